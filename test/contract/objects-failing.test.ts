import { once } from 'node:events'
import { expect } from 'chai'
import { type S3ClientLike, s3Source } from '../../src/s3/index.js'
import { contract } from '../support/contract.js'
import { readZip } from '../support/read-zip.js'
import { type Fault, S3Server, type StoreRequest } from '../support/s3-server.js'
import { Wire } from '../support/wire.js'

const OLD = 'the old version'
const NEW = 'the new version, which is longer'
const LARGE = Buffer.alloc(2_000_000, 'large object ')
const server = new S3Server()
let client: S3ClientLike
const source = (Key: string) => s3Source(client, { Bucket: 'secret-bucket', Key })

/** The fault at the requests of one method. */
const at =
  (method: string, fault: Fault): Fault =>
  (request, count) =>
    request.method === method ? fault(request, count) : undefined

/** Does something before each GET of the object, as another client of the store. */
const beforeGet = (times: number, change: () => void): Fault => {
  let left = times
  return at('GET', () => {
    if (left-- > 0) change()
    return undefined
  })
}

const reset: Fault = ({ res }) => {
  res.socket?.resetAndDestroy()
  return 'handled'
}

/** Begins to answer with the large object, sends some bytes, and breaks off. */
const breakOff =
  (bytes: number, end: (request: StoreRequest) => void): Fault =>
  (request) => {
    const { res } = request
    res.writeHead(200, { 'Content-Length': LARGE.length, ETag: S3Server.tagOf(LARGE) })
    res.write(LARGE.subarray(0, bytes), () => end(request))
    return 'handled'
  }

describe('objects of a store that fails', () => {
  before(async () => {
    await server.start()
    client = server.client()
  })
  beforeEach(() => {
    server.reset()
    server.put('file.txt', OLD, { 'Content-Type': 'text/plain' })
    server.put('large.bin', LARGE)
  })
  after(() => server.stop())

  contract('a failure before the head', ({ serve, askForError }) => {
    const cases: readonly (readonly [
      title: string,
      fault: Fault,
      status: number,
      code: string,
      retryAfter?: string,
    ])[] = [
      ['404', ({ res }) => S3Server.fail(res, 404, 'NoSuchKey'), 404, 'ENOENT'],
      ['404 of a bucket', ({ res }) => S3Server.fail(res, 404, 'NoSuchBucket'), 404, 'ENOENT'],
      ['405 of a deletion', ({ res }) => S3Server.fail(res, 405, 'MethodNotAllowed'), 404, 'ENOENT'],
      ['403', ({ res }) => S3Server.fail(res, 403, 'AccessDenied'), 403, 'EACCES'],
      ['403 of a bad key', ({ res }) => S3Server.fail(res, 403, 'SignatureDoesNotMatch'), 403, 'EACCES'],
      ['401', ({ res }) => S3Server.fail(res, 401, 'Unauthorized'), 403, 'EACCES'],
      ['503 SlowDown', ({ res }) => S3Server.fail(res, 503, 'SlowDown'), 503, 'STORE_BUSY', '1'],
      [
        '503 with a time',
        ({ res }) => S3Server.fail(res, 503, 'SlowDown', { 'Retry-After': '7' }),
        503,
        'STORE_BUSY',
        '7',
      ],
      [
        '503 with a bad time',
        ({ res }) => S3Server.fail(res, 503, 'SlowDown', { 'Retry-After': 'x' }),
        503,
        'STORE_BUSY',
        '1',
      ],
      ['429', ({ res }) => S3Server.fail(res, 429, 'TooManyRequests'), 503, 'STORE_BUSY', '1'],
      ['500', ({ res }) => S3Server.fail(res, 500, 'InternalError'), 502, 'SOURCE_FAILED'],
      ['400', ({ res }) => S3Server.fail(res, 400, 'ExpiredToken'), 502, 'SOURCE_FAILED'],
      ['a reset', reset, 502, 'SOURCE_FAILED'],
    ]
    for (const method of ['HEAD', 'GET']) {
      for (const [title, fault, status, code, retryAfter] of cases) {
        it(`${title} to ${method} is a ${status} that names nothing of the store`, async () => {
          server.fault = at(method, fault)
          const app = await serve((target) => target.setHeader('Cache-Control', 'public').file(source('file.txt')))
          const answered = await askForError(app)
          expect(answered.status).to.equal(status)
          expect(answered.headers['retry-after']).to.equal(retryAfter)
          expect(answered.rawHeaders.join() + answered.text).not.to.match(/secret|AKIA|NoSuch|AccessDenied|<Error/)
          expect(answered.headers).not.to.have.any.keys('etag', 'content-disposition', 'cache-control')
          expect(app.errors).to.have.length(1)
          expect(app.errors[0]).to.include({ code })
        })
      }
    }

    it('a HEAD request gets the same status', async () => {
      server.fault = ({ res }) => S3Server.fail(res, 503, 'SlowDown', { 'Retry-After': '7' })
      const app = await serve((target) => target.file(source('file.txt')))
      const { status, headers } = await askForError(app, { method: 'HEAD' })
      expect([status, headers['retry-after']]).to.deep.equal([503, '7'])
    })

    it('problem details show no text of the store', async () => {
      server.fault = at('GET', ({ res }) => S3Server.fail(res, 500, 'InternalError'))
      const app = await serve((target) => target.file(source('file.txt')), { problems: { showInternals: true } })
      const { status, text } = await askForError(app)
      expect(status).to.equal(502)
      expect(text)
        .to.include('502')
        .and.not.match(/secret|AKIA|InternalError/)
    })

    it('a store that is not there is a 502', async () => {
      const gone = await new S3Server().start()
      const away = gone.client()
      gone.stop()
      const app = await serve((target) => target.file(s3Source(away, { Bucket: 'b', Key: 'k' })))
      expect((await askForError(app)).status).to.equal(502)
    })

    it('a store that does not know the length is a 502', async () => {
      server.fault = at('HEAD', ({ res }) => {
        res.writeHead(200, { 'Transfer-Encoding': 'chunked' }).end()
        return 'handled'
      })
      const app = await serve((target) => target.file(source('file.txt')))
      expect((await askForError(app)).status).to.equal(502)
    })

    it('a store that answers a range with the whole is a 502, and the rest is not read', async () => {
      server.fault = at(
        'GET',
        breakOff(500_000, () => {}),
      )
      const app = await serve((target) => target.file(source('large.bin')))
      const { status } = await askForError(app, { headers: { Range: 'bytes=2-4' } })
      expect(status).to.equal(502)
      expect(await server.requests[1]?.over).to.equal(false)
    })

    it('a store that gives another part than the one that was asked for is a 502', async () => {
      server.knowsRanges = false
      const app = await serve((target) => target.file(source('file.txt')))
      expect((await askForError(app, { headers: { Range: 'bytes=2-4' } })).status).to.equal(502)
    })

    it('a store that answers a range, and says neither which part it gives nor how long that is, is a 502', async () => {
      for (const fields of [{}, { ETag: S3Server.tagOf(OLD) }]) {
        server.fault = at('GET', ({ res }) => {
          res.writeHead(200, fields).write('<html>') // Node sends it in chunks
          res.end('a page of a proxy, longer than the range</html>')
          return 'handled'
        })
        const app = await serve((target) => target.file(source('file.txt')))
        const { status, text } = await askForError(app, { headers: { Range: 'bytes=2-9' } })
        expect(status).to.equal(502)
        expect(text).not.to.include('<html>a page')
        expect(app.errors[0]).to.include({ code: 'SOURCE_FAILED' })
      }
    })

    it('a body that fails before its first byte is a 502', async () => {
      server.fault = at('GET', ({ res }) => {
        res.writeHead(200, { 'Content-Length': OLD.length, ETag: S3Server.tagOf(OLD) }).flushHeaders()
        res.socket?.end()
        return 'handled'
      })
      const app = await serve((target) => target.file(source('file.txt')))
      expect((await askForError(app)).status).to.equal(502)
    })
  })

  contract('an object that is replaced between HEAD and GET', ({ answer, serve, askForError }) => {
    for (const [title, knows] of [
      ['a store that answers 412', { knowsConditions: true }],
      ['a store that does not know If-Match', { knowsConditions: false }],
      ['a store without tags', { knowsConditions: false, tagsObjects: false }],
    ] as const) {
      it(`is answered with the new version, head and bytes (${title})`, async () => {
        Object.assign(server, knows)
        server.fault = beforeGet(1, () => server.put('file.txt', NEW, { 'Content-Type': 'text/csv' }))
        const { status, headers, text } = await answer((target) => target.file(source('file.txt')))
        expect([status, text, headers['content-length']]).to.deep.equal([200, NEW, `${NEW.length}`])
        expect(headers['content-type']?.toLowerCase()).to.equal('text/csv; charset=utf-8')
        if ('tagsObjects' in knows) expect(headers).not.to.have.property('etag')
        else expect(headers.etag).to.equal(S3Server.tagOf(NEW))
        expect(server.requests.map(({ method }) => method)).to.deep.equal(['HEAD', 'GET', 'HEAD', 'GET'])
      })

      it(`is a 503 if that happens each time (${title})`, async () => {
        Object.assign(server, knows)
        let version = OLD
        server.fault = beforeGet(99, () => {
          version += '+'
          server.put('file.txt', version)
        })
        const app = await serve((target) => target.file(source('file.txt')))
        const { status, headers } = await askForError(app)
        expect([status, headers['retry-after']]).to.deep.equal([503, '1'])
        expect(app.errors[0]).to.include({ code: 'SOURCE_CHANGED' })
        expect(server.requests).to.have.length(6)
      })
    }

    it('by a shorter one: the range is answered as of the new one', async () => {
      server.fault = beforeGet(1, () => server.put('file.txt', 'new'))
      const { status, headers } = await answer((target) => target.file(source('file.txt')), {
        headers: { Range: 'bytes=5-8' },
      })
      expect([status, headers['content-range']]).to.deep.equal([416, 'bytes */3'])
    })

    it('by one that the client has: 304', async () => {
      server.fault = beforeGet(1, () => server.put('file.txt', NEW))
      const { status } = await answer((target) => target.file(source('file.txt')), {
        headers: { 'If-None-Match': S3Server.tagOf(NEW) },
      })
      expect(status).to.equal(304)
    })

    it('after that is deleted: 404', async () => {
      server.fault = beforeGet(1, () => server.objects.delete('file.txt'))
      const app = await serve((target) => target.file(source('file.txt')))
      expect((await askForError(app)).status).to.equal(404)
    })

    it('between two ranges is cut, as the head is out', async () => {
      let gets = 0
      server.fault = at('GET', () => {
        if (++gets === 2) server.put('large.bin', NEW)
        return undefined
      })
      const app = await serve((target) => target.file(source('large.bin')))
      const wire = await Wire.connect(app.port)
      wire.get('/', 'Range: bytes=0-99, 200-299\r\n')
      const received = (await wire.receiveAll()).toString()
      expect(received).to.match(/^HTTP\/1.1 206 /)
      const [, length] = /Content-Length: (\d+)/i.exec(received) ?? []
      expect(wire.body.length).to.be.lessThan(Number(length))
    })
  })

  contract('a failure after the head', ({ serve }) => {
    const faults: readonly (readonly [string, (request: StoreRequest) => void])[] = [
      ['ends short', ({ res }) => res.socket?.end()],
      ['is reset', ({ res }) => res.socket?.resetAndDestroy()],
    ]
    for (const [title, end] of faults) {
      it(`a body that ${title} is cut, so that it never looks complete`, async () => {
        server.fault = at('GET', breakOff(500_000, end))
        const app = await serve((target) => target.file(source('large.bin')))
        const wire = await Wire.connect(app.port)
        await wire.get().receiveAll()
        expect(wire.received.toString('latin1', 0, 15)).to.equal('HTTP/1.1 200 OK')
        expect(wire.body.length).to.be.lessThan(LARGE.length)
        expect(wire.body.equals(LARGE.subarray(0, wire.body.length))).to.equal(true)
      })
    }

    it('an entry of an archive that breaks off cuts the archive', async () => {
      server.fault = at(
        'GET',
        breakOff(500_000, ({ res }) => res.socket?.end()),
      )
      const app = await serve((target) => target.zip([{ name: 'a', source: source('large.bin') }], 'a.zip'))
      const wire = await Wire.connect(app.port)
      const received = await wire.get().receiveAll()
      expect(received.toString('latin1', 0, 15)).to.equal('HTTP/1.1 200 OK')
      expect(() => readZip(wire.body)).to.throw()
    })
  })

  contract('a client that leaves', ({ serve }) => {
    const requestOf = async (method: string): Promise<StoreRequest> => {
      for (;;) {
        const found = server.requests.find((each) => each.method === method)
        if (found !== undefined) return found
        await once(server, 'request')
      }
    }

    for (const method of ['HEAD', 'GET']) {
      it(`while the store has not answered ${method} ends that request`, async () => {
        server.fault = at(method, () => 'handled')
        const app = await serve((target) => target.file(source('large.bin')))
        const wire = await Wire.connect(app.port)
        wire.get()
        const request = await requestOf(method)
        wire.socket.destroy()
        expect(await request.over).to.equal(false)
        expect(app.errors).to.deep.equal([])
      })
    }

    for (const [title, call] of [
      ['the whole', (target: any) => target.file(source('large.bin'))],
      ['an archive', (target: any) => target.zip([{ name: 'a', source: source('large.bin') }], 'a.zip')],
    ] as const) {
      it(`in the middle of ${title} ends the GET`, async () => {
        server.fault = at(
          'GET',
          breakOff(500_000, () => {}),
        )
        const app = await serve(call)
        const wire = await Wire.connect(app.port)
        await wire.get().receive(200)
        const request = await requestOf('GET')
        wire.socket.destroy()
        expect(await request.over).to.equal(false)
        expect(app.errors).to.deep.equal([])
      })
    }
  })
})
