import { expect } from 'chai'
import { MeasuredBytes } from '../../../src/shared/files/measured-bytes.js'
import { openPullSource } from '../../../src/shared/streams/pull-source.js'

async function read(chunks: readonly unknown[], announced?: number): Promise<string> {
  const bytes = new MeasuredBytes('file(): source', openPullSource(chunks), announced)
  const parts: Uint8Array[] = []
  for (let part = await bytes.next(); part !== undefined; part = await bytes.next()) parts.push(part)
  const whole = Buffer.concat(parts)
  expect(bytes.size).to.equal(whole.byteLength)
  return whole.toString('hex')
}

const hexOf = (text: string): string => Buffer.from(text).toString('hex')
const [HIGH, LOW] = '😀'.split('')
/** U+FFFD in UTF-8: what half a character becomes. */
const HALF = 'efbfbd'

describe('MeasuredBytes', () => {
  const cases: readonly (readonly [title: string, chunks: readonly unknown[], expected: string])[] = [
    ['nothing', [], ''],
    ['bytes and text', [Buffer.from('a'), 'b', new Uint8Array([0x63]), ''], hexOf('abc')],
    ['a character in two texts', [`a${HIGH}`, `${LOW}b`], hexOf('a😀b')],
    ['a character in two texts, with an empty one between', [HIGH, '', LOW], hexOf('😀')],
    ['half a character before bytes', [HIGH, Buffer.from('a')], `${HALF}61`],
    ['half a character at the end', ['a', HIGH], `61${HALF}`],
    ['promises', [Promise.resolve('a'), Promise.resolve(Buffer.from('b'))], hexOf('ab')],
    ['a text of more than one slice', ['é'.repeat(300_000), 'x'], hexOf(`${'é'.repeat(300_000)}x`)],
  ]
  for (const [title, chunks, expected] of cases) {
    it(`gives ${title}`, async () => {
      expect(await read(chunks)).to.equal(expected)
      expect(await read(chunks, expected.length / 2)).to.equal(expected)
    })
  }

  for (const [announced, code] of [
    [2, 'LONG_BODY'],
    [4, 'SHORT_BODY'],
  ] as const) {
    it(`fails with ${code} if 3 bytes come and ${announced} were announced`, async () => {
      const failure = await read(['a', 'bc'], announced).catch((error: unknown) => error)
      expect(failure).to.include({ code })
    })
  }

  it('pulls one chunk at a time, so that its caller can end a turn between empty ones', async () => {
    let pulled = 0
    function* texts(): Generator<string> {
      for (const text of ['', HIGH, '']) {
        pulled++
        yield `${text}`
      }
    }
    const bytes = new MeasuredBytes('file(): source', openPullSource(texts()), undefined)
    for (const count of [1, 2, 3]) {
      expect(await bytes.next()).to.have.length(0)
      expect(pulled).to.equal(count)
    }
    expect(Buffer.from((await bytes.next()) ?? []).toString('hex')).to.equal(HALF)
    expect(await bytes.next()).to.equal(undefined)
  })

  it('ends a source that gives too much', async () => {
    let isEnded = false
    function* endless(): Generator<string> {
      try {
        for (;;) yield 'abc'
      } finally {
        isEnded = true
      }
    }
    const bytes = new MeasuredBytes('file(): source', openPullSource(endless()), 4)
    await bytes.next()
    expect(await bytes.next().catch((error: unknown) => error)).to.include({ code: 'LONG_BODY' })
    expect(isEnded).to.equal(true)
  })
})
