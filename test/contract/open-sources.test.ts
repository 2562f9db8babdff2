import { type EventEmitter, once } from 'node:events'
import { type FileHandle, open } from 'node:fs/promises'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { expect } from 'chai'
import { parse } from 'content-disposition'
import { type FileSource, file } from '../../src/index.js'
import { contract } from '../support/contract.js'
import { readZip } from '../support/read-zip.js'
import { Sandbox } from '../support/sandbox.js'
import { Wire } from '../support/wire.js'

const TEXT = 'abcdefghijklmnopqrstuvwxyz'
const LARGE = Buffer.alloc(3_000_000, 'large file ')
const sandbox = new Sandbox()
const alphabet = sandbox.write('alphabet.txt', TEXT)
const spaced = sandbox.write('a b%c.txt', TEXT)
const large = sandbox.write('large.bin', LARGE)
after(() => sandbox.remove())

contract('a file: URL', ({ answer, serve, askForError }) => {
  for (const call of ['file', 'download'] as const) {
    it(`${call}() sends the file that it names, as of its path`, async () => {
      const byUrl = await answer((target) => target[call](pathToFileURL(spaced)))
      const byPath = await answer((target) => target[call](spaced))
      expect(byUrl.text).to.equal(TEXT)
      expect(byUrl.headers).to.deep.include({ ...byPath.headers, date: byUrl.headers.date })
    })
  }

  it('is an entry of a zip too', async () => {
    const { body } = await answer((target) => target.zip([{ name: 'a.txt', source: pathToFileURL(alphabet) }]))
    expect(readZip(body)).to.deep.equal({ 'a.txt': TEXT })
  })

  it('a missing one is a 404', async () => {
    const app = await serve((target) => target.file(pathToFileURL(sandbox.path('missing.txt'))))
    expect((await askForError(app)).status).to.equal(404)
  })

  for (const url of ['https://app.example/a.txt', 'file://host.example/a.txt', 'file:///a%2Fb.txt', 'data:,a']) {
    it(`${url} is refused with an error that names it`, async () => {
      const app = await serve((target) => target.file(new URL(url)))
      expect((await askForError(app)).status).to.equal(500)
      expect(app.errors[0]).to.include({ code: 'INVALID_ARGUMENT' })
      expect(app.errors[0]?.message)
        .to.match(/^file\(\): source must be a file: URL of this machine/)
        .and.include(url)
    })
  }

  it('below a root of the call it is refused, as an absolute path', async () => {
    const app = await serve((target) => target.file(pathToFileURL(alphabet), { root: sandbox.root }))
    const { status } = await askForError(app)
    expect(status).to.equal(500)
    expect(app.errors[0]?.message).to.include("a path, as there is an option 'root'")
  })
})

/** Whether Node says that the handle is closed. */
const isClosed = (handle: FileHandle): boolean => handle.fd === -1

async function closed(handle: FileHandle): Promise<void> {
  // Its types do not say that it is an emitter.
  if (!isClosed(handle)) await once(handle as unknown as EventEmitter, 'close')
}

contract('a FileHandle', ({ answer, serve, askForError }) => {
  it('is sent whole, with length and validators, and closed', async () => {
    const handles: FileHandle[] = []
    const { status, headers, text } = await answer(async (target) => {
      const handle = await open(alphabet)
      handles.push(handle)
      await target.download(handle, 'a.txt')
    })
    expect([status, text]).to.deep.equal([200, TEXT])
    expect(headers).to.include({
      'content-length': '26',
      'accept-ranges': 'bytes',
      'last-modified': 'Sat, 02 Jan 2021 03:04:05 GMT',
    })
    expect(headers['content-type']?.toLowerCase()).to.equal('text/plain; charset=utf-8')
    expect(headers.etag).to.match(/^"/)
    for (const handle of handles) await closed(handle)
  })

  it('answers a range, several ranges and a condition, like the path', async () => {
    for (const fields of [{ Range: 'bytes=2-4' }, { Range: 'bytes=0-1,24-25' }, { 'If-Modified-Since': '@' }]) {
      const headers = {
        ...fields,
        ...('If-Modified-Since' in fields && { 'If-Modified-Since': new Date().toUTCString() }),
      }
      const ofHandle = await answer(async (target) => target.file(await open(alphabet), { type: 'text/x' }), {
        headers,
      })
      const ofPath = await answer((target) => target.file(alphabet, { type: 'text/x' }), { headers })
      expect(ofHandle.status).to.equal(ofPath.status)
      expect(ofHandle.body.length).to.equal(ofPath.body.length)
      expect(ofHandle.headers.etag).to.equal(ofPath.headers.etag)
    }
  })

  it('reads from the start, wherever the position of the handle is, and leaves that position', async () => {
    const handle = await open(alphabet)
    await handle.read(Buffer.alloc(5), 0, 5)
    const { text } = await answer((target) => target.file(handle, { autoClose: false }))
    expect(text).to.equal(TEXT)
    const { buffer } = await handle.read(Buffer.alloc(1), 0, 1)
    expect(buffer.toString()).to.equal('f')
    await handle.close()
  })

  it('a large one is sent by bytes, also in a range', async () => {
    const whole = await answer(async (target) => target.file(await open(large)))
    expect(whole.body.equals(LARGE)).to.equal(true)
    const part = await answer(async (target) => target.file(await open(large)), {
      headers: { Range: 'bytes=1000000-2999999' },
    })
    expect(part.body.equals(LARGE.subarray(1_000_000))).to.equal(true)
  })

  for (const [title, init, options] of [
    ['HEAD', { method: 'HEAD' }, {}],
    ['a 304', { headers: { 'If-None-Match': '"v1"' } }, { etag: '"v1"' }],
    ['a 412', { headers: { 'If-Match': '"other"' } }, { etag: '"v1"' }],
    ['a 416', { headers: { Range: 'bytes=99-' } }, {}],
  ] as const) {
    it(`${title} closes it`, async () => {
      const handle = await open(alphabet)
      await answer((target) => target.file(handle, options), init)
      await closed(handle)
    })

    it(`${title} leaves it open after autoClose: false`, async () => {
      const handle = await open(alphabet)
      await answer((target) => target.file(handle, { ...options, autoClose: false }), init)
      expect(isClosed(handle)).to.equal(false)
      await handle.close()
    })
  }

  it('a call that is refused closes it, unless autoClose is false', async () => {
    for (const autoClose of [true, false]) {
      const handle = await open(alphabet)
      const app = await serve((target) => target.download(handle, undefined, { dotfiles: 'no' as 'deny', autoClose }))
      expect((await askForError(app)).status).to.equal(500)
      if (autoClose) await closed(handle)
      else expect(isClosed(handle)).to.equal(false)
      await handle.close()
    }
  })

  it('a client that leaves in mid-body closes it', async () => {
    const handle = await open(large)
    const app = await serve((target) => target.file(handle))
    const wire = await Wire.connect(app.port)
    await wire.get().receive(1000)
    wire.socket.destroy()
    await closed(handle)
  })

  it('with autoClose: false it serves many answers at once, also of one Reply', async () => {
    const handle = await open(large)
    const reply = file(handle, { autoClose: false })
    const app = await serve((target) => target.reply(reply))
    const bodies = await Promise.all([1, 2, 3].map(async () => (await askForError(app)).body))
    expect(bodies.every((body) => body.equals(LARGE))).to.equal(true)
    await handle.close()
  })

  it('of a directory is a 404, and a closed one an error page', async () => {
    const directory = await serve(async (target) => target.file(await open(sandbox.root)))
    expect((await askForError(directory)).status).to.equal(404)
    const handle = await open(alphabet)
    await handle.close()
    const over = await serve((target) => target.file(handle))
    expect((await askForError(over)).status).to.equal(500)
  })

  it('is an entry of a zip, and closed', async () => {
    const handles: FileHandle[] = []
    const { body } = await answer(async (target) => {
      const handle = await open(alphabet)
      handles.push(handle)
      await target.zip([{ name: 'a.txt', source: handle }])
    })
    expect(readZip(body)).to.deep.equal({ 'a.txt': TEXT })
    for (const handle of handles) await closed(handle)
  })
})

describe('what fetch() gives, sent as a file', () => {
  const upstream = http.createServer((req, res) => {
    const coded = gzipSync(TEXT)
    const send = (fields: http.OutgoingHttpHeaders, body: string | Buffer = TEXT, status = 200): void =>
      void res.writeHead(status, { 'Content-Length': Buffer.byteLength(body), ...fields }).end(body)
    const routes: Record<string, () => void> = {
      '/report.csv': () =>
        send({
          'Content-Type': 'text/csv; charset=iso-8859-1',
          ETag: '"v1"',
          'Last-Modified': 'Sat, 02 Jan 2021 03:04:05 GMT',
          'Content-Disposition': `attachment; filename="x.csv"; filename*=UTF-8''b%C3%BCcher.csv`,
          'Set-Cookie': 'secret=1',
          'Cache-Control': 'private',
        }),
      '/files/a%20b.txt?x=1': () => send({ 'Content-Type': 'text/plain' }),
      '/raw-name': () => res.writeHead(200, ['Content-Disposition', 'attachment; filename="b\xc3\xbc.csv"']).end(TEXT),
      '/gzip': () => send({ 'Content-Encoding': 'gzip', ETag: '"coded"' }, coded),
      '/unknown-coding': () => send({ 'Content-Encoding': 'x-own', ETag: '"coded"' }),
      '/bad-type': () => send({ 'Content-Type': 'nonsense' }),
      '/chunked': () => void res.writeHead(200, { 'Transfer-Encoding': 'chunked' }).end(TEXT),
      '/short': () => {
        res.writeHead(200, { 'Content-Length': 1_000_000 }).write(Buffer.alloc(500_000))
        setTimeout(() => res.destroy(), 50)
      },
      '/missing': () => send({}, 'secret page', 404),
      '/gone': () => send({}, 'secret page', 410),
      '/broken': () => send({}, 'secret page', 500),
      '/part': () => send({ 'Content-Range': 'bytes 0-25/99' }, TEXT, 206),
    }
    routes[req.url ?? '']?.()
  })
  let origin = ''
  before(async () => {
    upstream.listen(0, '127.0.0.1')
    await once(upstream, 'listening')
    origin = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`
  })
  after(() => {
    upstream.closeAllConnections()
    upstream.close()
  })

  contract('a Response', ({ answer, serve, askForError }) => {
    const get = async (path: string): Promise<FileSource> => fetch(origin + path, { headers: { Connection: 'close' } })

    it('brings its type, length, validators and filename, and no other field', async () => {
      const { status, headers, text } = await answer(async (target) => target.download(await get('/report.csv')))
      expect([status, text]).to.deep.equal([200, TEXT])
      expect(headers).to.include({
        'content-type': 'text/csv; charset=iso-8859-1',
        'content-length': '26',
        etag: '"v1"',
        'last-modified': 'Sat, 02 Jan 2021 03:04:05 GMT',
      })
      expect(parse(headers['content-disposition'] ?? '')).to.deep.include({ type: 'attachment' })
      expect(parse(headers['content-disposition'] ?? '').parameters.filename).to.equal('bücher.csv')
      expect(headers).not.to.have.any.keys('set-cookie', 'accept-ranges')
      expect(headers['cache-control']).to.equal('public, max-age=0')
    })

    it('a type without a charset stays as it is: the content may name another one', async () => {
      const { headers } = await answer(async (target) => target.file(await get('/files/a%20b.txt?x=1')))
      expect(headers['content-type']).to.equal('text/plain')
      expect(parse(headers['content-disposition'] ?? '')).to.deep.include({ type: 'inline' })
      expect(parse(headers['content-disposition'] ?? '').parameters.filename).to.equal('a b.txt')
    })

    it('a malformed type does not count: the name decides', async () => {
      const { status, headers } = await answer(async (target) => target.download(await get('/bad-type'), 'a.csv'))
      expect(status).to.equal(200)
      expect(headers['content-type']?.toLowerCase()).to.equal('text/csv; charset=utf-8') // Express 4 writes UTF-8
    })

    it('an option, a filename and a friendly name count before its own', async () => {
      const byOption = await answer(async (target) =>
        target.download(await get('/report.csv'), 'mine.txt', { type: 'text/x-own', etag: '"own"' }),
      )
      expect(byOption.headers).to.include({ 'content-type': 'text/x-own; charset=utf-8', etag: '"own"' })
      expect(parse(byOption.headers['content-disposition'] ?? '').parameters.filename).to.equal('mine.txt')
      const friendly = await answer(async (target) => target.file(await get('/report.csv'), { name: 'Books' }))
      expect(parse(friendly.headers['content-disposition'] ?? '').parameters.filename).to.equal('Books.csv')
    })

    it('a raw UTF-8 filename is read as UTF-8', async () => {
      const { headers } = await answer(async (target) => target.download(await get('/raw-name')))
      expect(parse(headers['content-disposition'] ?? '').parameters.filename).to.equal('bü.csv')
    })

    it('a body that fetch() has decoded has no length, and its tag is weak (RFC 9110 §8.8.1)', async () => {
      const { headers, text } = await answer(async (target) => target.file(await get('/gzip')))
      expect(text).to.equal(TEXT)
      expect(headers).not.to.have.any.keys('content-length', 'content-encoding')
      expect(headers.etag).to.equal('W/"coded"')
    })

    it('a body in a coding that fetch() does not know keeps coding, length and tag', async () => {
      const { headers, text } = await answer(async (target) => target.file(await get('/unknown-coding')))
      expect(text).to.equal(TEXT)
      expect(headers).to.include({ 'content-encoding': 'x-own', 'content-length': '26', etag: '"coded"' })
    })

    it('one without a length is sent in chunks', async () => {
      const { headers, text } = await answer(async (target) => target.file(await get('/chunked')))
      expect(text).to.equal(TEXT)
      expect(headers['transfer-encoding']).to.equal('chunked')
    })

    it('from read() of { size, read }, in the place of its body, is refused, and its body is cancelled', async () => {
      let isCancelled = false
      const stream = new ReadableStream({
        cancel() {
          isCancelled = true
        },
      })
      const app = await serve((target) => target.file({ size: 10, read: () => new Response(stream) as never }))
      expect((await askForError(app)).status).to.equal(500)
      expect(isCancelled).to.equal(true)
    })

    it('its validators decide on a 304, and its body is cancelled', async () => {
      const { status } = await answer(async (target) => target.file(await get('/report.csv')), {
        headers: { 'If-None-Match': '"v1"' },
      })
      expect(status).to.equal(304)
    })

    it('a client that leaves ends the download from there', async () => {
      const endless = http.createServer((_req, res) => {
        const timer = setInterval(() => res.write(Buffer.alloc(10_000)), 1)
        res.once('close', () => clearInterval(timer))
      })
      endless.listen(0, '127.0.0.1')
      await once(endless, 'listening')
      const { port } = endless.address() as AddressInfo
      const ended = new Promise<void>((resolve) => {
        endless.once('request', (_req, res) => res.once('close', () => resolve()))
      })
      const app = await serve(async (target) => target.file(await fetch(`http://127.0.0.1:${port}`)))
      const wire = await Wire.connect(app.port)
      await wire.get().receive(1000)
      wire.socket.destroy()
      await ended
      endless.close()
      endless.closeAllConnections() // fetch() opens its next connection early
    })

    it('one that ends early cuts the connection', async () => {
      const app = await serve(async (target) => target.file(await get('/short')))
      const wire = await Wire.connect(app.port)
      await wire.get('/', 'Connection: close\r\n').receiveAll()
      expect(wire.body.length).to.be.lessThan(1_000_000)
    })

    for (const [path, status] of [
      ['/missing', 404],
      ['/gone', 404],
      ['/broken', 502],
      ['/part', 502],
    ] as const) {
      it(`${path} is no file: ${status}, without its body`, async () => {
        const app = await serve(async (target) => target.download(await get(path)))
        const answered = await askForError(app)
        expect(answered.status).to.equal(status)
        expect(answered.text).not.to.include('secret')
        expect(answered.headers).not.to.have.any.keys('content-disposition', 'etag')
      })
    }

    it('one whose body was read, or has a reader, is refused', async () => {
      const uses: readonly ((response: Response) => unknown)[] = [
        (response) => response.text(),
        (response) => response.body?.getReader(),
      ]
      for (const use of uses) {
        const app = await serve(async (target) => {
          const response = new Response('x')
          await use(response)
          return target.file(response)
        })
        expect((await askForError(app)).status).to.equal(500)
        expect(app.errors[0]).to.include({ code: 'INVALID_ARGUMENT' })
      }
    })

    it('one that the app made itself is sent, coded as it says', async () => {
      const coded = gzipSync(TEXT)
      const { headers, body } = await answer((target) =>
        target.download(
          new Response(coded, { headers: { 'Content-Encoding': 'gzip', 'Content-Length': `${coded.length}` } }),
          'a.txt',
        ),
      )
      expect(headers).to.include({ 'content-encoding': 'gzip', 'content-length': `${coded.length}` })
      expect(body.equals(coded)).to.equal(true)
    })

    it('one without a body is an empty file', async () => {
      const { status, headers, text } = await answer((target) => target.download(new Response(null), 'a.txt'))
      expect([status, text, headers['content-length']]).to.deep.equal([200, '', '0'])
    })

    it('is an entry of a zip', async () => {
      const { body } = await answer(async (target) => target.zip([{ name: 'a.csv', source: await get('/report.csv') }]))
      expect(readZip(body)).to.deep.equal({ 'a.csv': TEXT })
    })

    it('reply(await fetch()) keeps Content-Length unless the body was decoded', async () => {
      const plain = await answer(async (target) => target.reply(await get('/report.csv')))
      expect(plain.headers['content-length']).to.equal('26')
      const decoded = await answer(async (target) => target.reply(await get('/gzip')))
      expect(decoded.headers).not.to.have.any.keys('content-length', 'content-encoding')
      expect(decoded.text).to.equal(TEXT)
      const unknown = await answer(async (target) => target.reply(await get('/unknown-coding')))
      expect(unknown.headers).to.include({ 'content-encoding': 'x-own', 'content-length': '26' })
    })
  })
})
