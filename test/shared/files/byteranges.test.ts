import { expect } from 'chai'
import { describeByteranges } from '../../../src/shared/files/byteranges.js'
import { BytesContent } from '../../../src/shared/files/memory-content.js'

const TEXT = '0123456789'
const RANGES = [
  { firstPos: 0, lastPos: 1 },
  { firstPos: 5, lastPos: 5 },
  { firstPos: 8, lastPos: 9 },
]

async function read(type = 'text/plain', ranges = RANGES) {
  const described = describeByteranges(
    'file(): source',
    new BytesContent('file()', Buffer.from(TEXT)),
    TEXT.length,
    ranges,
    type,
  )
  const source = described.pull(new AbortController())
  const chunks: Uint8Array[] = []
  for (let result = await source.next(); result.done !== true; result = await source.next()) {
    chunks.push(result.value as Uint8Array)
  }
  return { ...described, body: Buffer.concat(chunks) }
}

/** The parts of a body, as RFC 2046 §5.1.1 separates them: CRLF, two hyphens and the boundary. */
function partsOf(body: string, boundary: string): string[] {
  const [preamble, ...parts] = `\r\n${body}`.split(`\r\n--${boundary}`)
  expect(preamble).to.equal('')
  expect(parts.pop(), 'the closing delimiter').to.equal('--\r\n')
  return parts
}

describe('describeByteranges', () => {
  it('has a part for each range, with the type of the whole and its place in it (RFC 9110 §14.6)', async () => {
    const { type, body } = await read()
    const [, boundary = ''] = /^multipart\/byteranges; boundary=([\w'()+,./:=?-]{1,70})$/.exec(type) ?? []
    expect(partsOf(body.toString(), boundary)).to.deep.equal([
      '\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Range: bytes 0-1/10\r\n\r\n01',
      '\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Range: bytes 5-5/10\r\n\r\n5',
      '\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Range: bytes 8-9/10\r\n\r\n89',
    ])
  })

  it('announces the exact length', async () => {
    for (const ranges of [RANGES, RANGES.slice(0, 2)]) {
      const { length, body } = await read('image/png', ranges)
      expect(body.byteLength).to.equal(length)
    }
  })

  it('has a new boundary for each answer', async () => {
    expect((await read()).type).not.to.equal((await read()).type)
  })

  it('refuses a type that would break the head of a part', () => {
    const content = new BytesContent('file()', Buffer.from(TEXT))
    expect(() => describeByteranges('file(): source', content, 10, RANGES, 'a/b\r\nX: 1')).to.throw(TypeError)
  })
})
