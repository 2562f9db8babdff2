import { Readable } from 'node:stream'
import { expect } from 'chai'
import {
  isRandomAccess,
  RandomAccessContent,
  type RandomAccessSource,
  readRandomAccess,
} from '../../../src/shared/files/random-access.js'
import { thrown } from '../../support/thrown.js'

const read = () => Buffer.alloc(0)

describe('isRandomAccess', () => {
  for (const [title, value, expected] of [
    ['an object with size and read()', { size: 1, read }, true],
    ['a read that is no function', { size: 1, read: 1 }, false],
    ['no size', { read }, false],
    ['a Node stream, which has read() too', Object.assign(Readable.from([]), { size: 1 }), false],
  ] as const) {
    it(`${title}: ${expected}`, () => expect(isRandomAccess(value)).to.equal(expected))
  }
})

describe('readRandomAccess', () => {
  for (const [member, value] of [
    ['size', -1],
    ['size', 1.5],
    ['size', Number.NaN],
    ['size', 2 ** 53],
    ['size', '7'],
    ['name', 7],
    ['type', 'nonsense'],
    ['etag', 'a"b'],
    ['etag', 7],
    ['lastModified', 'soon'],
    ['lastModified', new Date(Number.NaN)],
  ] as const) {
    it(`refuses ${member} ${String(value)}, and names the call`, () => {
      const source = { size: 1, read, [member]: value } as RandomAccessSource
      expect(thrown(() => readRandomAccess('file(): source', source)).message).to.match(
        new RegExp(`^file\\(\\): source\\.${member}`),
      )
    })
  }

  it('takes a source with all facts', () => {
    readRandomAccess('file(): source', {
      size: 0,
      read,
      name: 'a',
      type: 'a/b',
      etag: 'W/"1"',
      lastModified: new Date(),
    })
    readRandomAccess('file(): source', { size: 0, read, etag: 'unquoted' }) // as object stores give it
  })
})

describe('RandomAccessContent', () => {
  it('reads each fact once: a getter may give another value each time', () => {
    const values: Record<string, readonly unknown[]> = {
      size: [3, Number.NaN],
      name: ['a.txt', 5],
      type: ['text/plain', 'text/plain\r\nX-A: b'],
      etag: ['"a"', '"a"\r\n'],
      lastModified: [0, 'never'],
    }
    const reads = new Map<string, number>()
    const getters = Object.entries(values).map(([name, list]) => {
      const get = () => {
        const at = reads.get(name) ?? 0
        reads.set(name, at + 1)
        return list[Math.min(at, 1)]
      }
      return [name, { get, enumerable: true }]
    })
    const source: RandomAccessSource = Object.defineProperties({ size: 0, read }, Object.fromEntries(getters))
    const content = new RandomAccessContent('file()', source)
    for (let time = 0; time < 2; time++) {
      const { size, name, type, lastModified } = content
      expect([size, name, type, lastModified, content.entityTag()]).to.deep.equal([3, 'a.txt', 'text/plain', 0, '"a"'])
    }
  })

  const bytesOf = async (source: RandomAccessSource, range?: { firstPos: number; lastPos: number }) => {
    const part = new RandomAccessContent('file()', source).pull(range)
    const chunks: Buffer[] = []
    for (let result = await part.next(); result.done !== true; result = await part.next()) {
      chunks.push(Buffer.from(result.value as Uint8Array))
    }
    return Buffer.concat(chunks).toString()
  }
  const TEXT = Buffer.from('0123456789')
  const source = (asked: unknown[]): RandomAccessSource => ({
    size: TEXT.length,
    read({ start, end }) {
      asked.push([start, end])
      return TEXT.subarray(start, end + 1)
    },
  })

  it('asks for the whole, or for a part, with both positions inclusive', async () => {
    const asked: unknown[] = []
    expect(await bytesOf(source(asked))).to.equal('0123456789')
    expect(await bytesOf(source(asked), { firstPos: 2, lastPos: 4 })).to.equal('234')
    expect(asked).to.deep.equal([
      [0, 9],
      [2, 4],
    ])
  })

  it('asks for nothing of an empty source', async () => {
    const asked: unknown[] = []
    expect(await bytesOf({ ...source(asked), size: 0 })).to.equal('')
    expect(asked).to.deep.equal([])
  })

  it('a date that lies in the future is now (RFC 9110 §8.8.2.1)', () => {
    const before = Date.now()
    const { lastModified } = new RandomAccessContent('file()', { ...source([]), lastModified: before + 1e9 })
    expect(lastModified).to.be.within(before, Date.now())
  })

  it('fails for a read that gives no bytes', async () => {
    for (const value of [undefined, null, 7, 'text', {}]) {
      const error = await bytesOf({ size: 1, read: () => value as never }).catch((reason: Error) => reason)
      expect(error, String(value))
        .to.be.an.instanceOf(TypeError)
        .with.property('message')
        .that.includes('source.read()')
    }
  })
})
