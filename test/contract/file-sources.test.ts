import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { gunzipSync } from 'node:zlib'
import { expect } from 'chai'
import { contract } from '../support/contract.js'
import { Sandbox } from '../support/sandbox.js'

const TEXT = 'abcdefghijklmnopqrstuvwxyz'
const sandbox = new Sandbox()
const alphabet = sandbox.write('alphabet.txt', TEXT)
after(() => sandbox.remove())

const seekable: readonly (readonly [string, () => any])[] = [
  ['a path', () => alphabet],
  ['a Buffer', () => Buffer.from(TEXT)],
  ['a typed array', () => new Uint8Array(Buffer.from(`..${TEXT}`)).subarray(2)],
  ['an ArrayBuffer', () => new TextEncoder().encode(TEXT).buffer],
  ['a Blob', () => new Blob([TEXT])],
  ['a random-access object of bytes', () => randomAccess((part) => Buffer.from(part))],
  ['a random-access object of streams', () => randomAccess(async (part) => Readable.from([part]))],
  ['a random-access object of web streams', () => randomAccess((part) => new Blob([part]).stream())],
]

const readOnce: readonly (readonly [string, () => any])[] = [
  ['a Node stream', () => createReadStream(alphabet)],
  ['a web stream', () => new Blob([TEXT]).stream()],
  ['an iterable', () => new Set([TEXT.slice(0, 5), Buffer.from(TEXT.slice(5))])],
  ['an async generator', () => letters()],
]

function randomAccess(make: (part: string) => unknown): unknown {
  return {
    size: TEXT.length,
    read: ({ start, end }: { start: number; end: number }) => make(TEXT.slice(start, end + 1)),
    name: 'alphabet.txt',
  }
}

async function* letters(): AsyncGenerator<string> {
  for (const letter of TEXT) yield letter
}

const MEGABYTE = 1024 * 1024
const long = randomBytes(3 * MEGABYTE + 7)

contract('bytes in memory over 1 MB', ({ answer }) => {
  for (const [title, range, first, last] of [
    ['all of them', undefined, 0, long.length - 1],
    ['a range', 'bytes=5-2500000', 5, 2_500_000],
  ] as const) {
    it(`${title}: they leave in pieces, so that TLS does not encrypt them in one turn`, async () => {
      const pieces: number[] = []
      const { body } = await answer(
        (target, { native }) => {
          for (const name of ['write', 'end']) {
            const send = native.res[name]
            native.res[name] = (chunk: unknown, ...rest: unknown[]) => {
              if (chunk instanceof Uint8Array) pieces.push(chunk.length)
              return send.call(native.res, chunk, ...rest)
            }
          }
          return target.file(long)
        },
        range === undefined ? {} : { headers: { Range: range } },
      )
      expect(body.equals(long.subarray(first, last + 1))).to.equal(true)
      expect(pieces.reduce((sum, length) => sum + length, 0)).to.equal(body.length)
      expect(Math.max(...pieces)).to.be.at.most(MEGABYTE)
    })
  }
})

contract('sources that can be read from anywhere', ({ answer }) => {
  for (const [title, source] of seekable) {
    it(`${title} is sent whole, with its length and Accept-Ranges`, async () => {
      const { status, headers, text } = await answer((target) => target.download(source(), 'a.txt'))
      expect(status).to.equal(200)
      expect(headers).to.include({ 'content-length': '26', 'accept-ranges': 'bytes' })
      expect(headers['content-type']?.toLowerCase()).to.equal('text/plain; charset=utf-8')
      expect(text).to.equal(TEXT)
    })

    it(`${title} answers a range`, async () => {
      const { status, headers, text } = await answer((target) => target.file(source()), {
        headers: { Range: 'bytes=2-4' },
      })
      expect(status).to.equal(206)
      expect(headers).to.include({ 'content-range': 'bytes 2-4/26', 'content-length': '3' })
      expect(text).to.equal('cde')
    })

    it(`${title} answers several ranges as multipart/byteranges (RFC 9110 §14.6)`, async () => {
      const { status, headers, text } = await answer((target) => target.file(source(), { type: 'text/x' }), {
        headers: { Range: 'bytes=0-1, -2 ,8-9' },
      })
      expect(status).to.equal(206)
      expect(headers).not.to.have.property('content-range')
      expect(headers['content-length']).to.equal(String(text.length))
      const boundary = /^multipart\/byteranges; boundary=([\w-]+)$/.exec(headers['content-type'] ?? '')?.[1]
      const part = (range: string, body: string): string =>
        `--${boundary}\r\nContent-Type: text/x; charset=utf-8\r\nContent-Range: bytes ${range}/26\r\n\r\n${body}\r\n`
      expect(text).to.equal(`${part('0-1', 'ab')}${part('24-25', 'yz')}${part('8-9', 'ij')}--${boundary}--\r\n`)
    })
  }

  it('bytes carry an entity-tag of their content and answer 304', async () => {
    const first = await answer((target) => target.file(Buffer.from(TEXT)))
    expect(first.headers.etag).to.match(/^"/)
    const second = await answer((target) => target.file(Buffer.from(TEXT)), {
      headers: { 'If-None-Match': first.headers.etag },
    })
    expect(second.status).to.equal(304)
  })

  it('a File brings its name, type and date', async () => {
    const { File } = await import('node:buffer')
    const file = new File([TEXT], 'notes.md', { type: 'text/x-notes', lastModified: Date.UTC(2021, 0, 2, 3, 4, 5) })
    const { headers } = await answer((target) => target.file(file))
    expect(headers).to.include({
      'content-type': 'text/x-notes; charset=utf-8',
      'content-disposition': 'inline; filename=notes.md',
      'last-modified': 'Sat, 02 Jan 2021 03:04:05 GMT',
    })
  })

  it('a random-access object brings its validators and type', async () => {
    const source = { size: 0, read: () => [], etag: '"v1"', type: 'a/b', lastModified: new Date(0) }
    const { status, headers } = await answer((target) => target.file(source))
    expect(status).to.equal(200)
    expect(headers).to.include({
      etag: '"v1"',
      'content-type': 'a/b',
      'last-modified': 'Thu, 01 Jan 1970 00:00:00 GMT',
      'content-length': '0',
    })
  })

  it('more than ten parts, or several that are no less than the whole, are answered with the whole', async () => {
    for (const range of ['bytes=0-0,2-2,4-4,6-6,8-8,10-10,12-12,14-14,16-16,18-18,20-20', 'bytes=0-12,13-25']) {
      const { status } = await answer((target) => target.file(Buffer.from(TEXT)), { headers: { Range: range } })
      expect(status).to.equal(200)
    }
  })

  it('overlapping ranges are one', async () => {
    const { headers, text } = await answer((target) => target.file(Buffer.from(TEXT)), {
      headers: { Range: 'bytes=4-8,2-5' },
    })
    expect(headers['content-range']).to.equal('bytes 2-8/26')
    expect(text).to.equal('cdefghi')
  })
})

contract('sources that are read once', ({ answer, serve, ask, askForError }) => {
  for (const [title, source] of readOnce) {
    it(`${title} is sent in chunks, without Accept-Ranges, whatever the Range`, async () => {
      const { status, headers, text } = await answer((target) => target.download(source(), 'a.txt'), {
        headers: { Range: 'bytes=0-1' },
      })
      expect(status).to.equal(200)
      expect(headers).not.to.have.any.keys('content-length', 'accept-ranges', 'etag', 'last-modified')
      expect(headers['transfer-encoding']).to.equal('chunked')
      expect(text).to.equal(TEXT)
    })
  }

  it('a stream is destroyed on 304 and 412', async () => {
    for (const [field, status] of [
      ['If-None-Match', 304],
      ['If-Match', 412],
    ] as const) {
      const stream = createReadStream(alphabet)
      const app = await serve((target) => target.file(stream, { etag: field === 'If-Match' ? '"other"' : '"v1"' }))
      const closed = once(stream, 'close')
      expect((await ask(app, { headers: { [field]: '"v1"' } })).status).to.equal(status)
      await closed
    }
  })

  it('a stream is destroyed on HEAD, and if the call is refused', async () => {
    const onHead = createReadStream(alphabet)
    const headClosed = once(onHead, 'close')
    const app = await serve((target) => target.file(onHead))
    await askForError(app, { method: 'HEAD' })
    await headClosed
    const refused = createReadStream(alphabet)
    const refusedClosed = once(refused, 'close')
    const other = await serve((target) => target.file(refused, { dotfiles: 'no' as 'deny' }))
    expect((await askForError(other)).status).to.equal(500)
    await refusedClosed
  })

  it('one that fails before its first byte is an error page without a field of the file', async () => {
    const app = await serve((target) => {
      const source = (async function* () {
        yield ''
        throw Object.assign(new Error('no luck'), { status: 502 })
      })()
      return target.download(source, 'a.txt')
    })
    const { status, headers } = await askForError(app)
    expect(status).to.equal(502)
    expect(headers).not.to.have.any.keys('content-disposition', 'accept-ranges')
    expect(app.errors).to.have.length(1)
  })
})

contract('a range that Express and Koa would compress', ({ framework, serve, askForError }) => {
  it('stays as it is under compression and koa-compress', async () => {
    const content = 'compressible '.repeat(1000)
    const { default: compression } = await import('compression')
    const { default: koaCompress } = await import('koa-compress')
    const setUp = (app: any): void => app.use(framework.family === 'express' ? compression() : koaCompress())
    const app = await serve((target) => target.file(Buffer.from(content), { type: 'text/plain' }), { setUp })
    const whole = await askForError(app, { headers: { 'Accept-Encoding': 'gzip' } })
    expect(whole.headers['content-encoding']).to.equal('gzip') // they do compress
    const part = await askForError(app, { headers: { Range: 'bytes=100-8099', 'Accept-Encoding': 'gzip' } })
    expect(part.status).to.equal(206)
    expect(part.headers).not.to.have.property('content-encoding')
    expect(part.headers['content-length']).to.equal('8000')
    expect(part.text).to.equal(content.slice(100, 8100))
  })

  it('a whole large file is compressed as any other body', async () => {
    const path = sandbox.write('large.txt', 'compressible '.repeat(100_000))
    const { default: compression } = await import('compression')
    const { default: koaCompress } = await import('koa-compress')
    const setUp = (app: any): void => app.use(framework.family === 'express' ? compression() : koaCompress())
    const app = await serve((target) => target.file(path), { setUp })
    const { headers, body } = await askForError(app, { headers: { 'Accept-Encoding': 'gzip' } })
    expect(headers['content-encoding']).to.equal('gzip')
    expect(gunzipSync(body).equals(Buffer.from('compressible '.repeat(100_000)))).to.equal(true)
  })
})

contract('a hash of a source that can be read once', ({ serve, askForError }) => {
  for (const [option, value] of [
    ['digest', 'sha-256'],
    ['digest', 'sha-512'],
    ['etag', 'content'],
  ] as const) {
    it(`${option}: '${value}' is an error that names the option and its value`, async () => {
      const app = await serve((target) => target.file(letters(), { [option]: value }))
      expect((await askForError(app)).status).to.equal(500)
      expect(app.errors[0]?.message).to.equal(
        `file(): option '${option}' must be given for a source that can be read more than once, got '${value}'`,
      )
    })
  }
})
