import { once } from 'node:events'
import http from 'node:http'
import http2 from 'node:http2'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import {
  channel,
  csv,
  defineRoutes,
  empty,
  file,
  html,
  json,
  jsonStream,
  ndjson,
  negotiate,
  notModified,
  Reply,
  type ResponseKitOptions,
  redirect,
  redirectTo,
  sendReply,
  sse,
  streaming,
  text,
  zip,
} from '../../../src/index.js'
import { request } from '../../support/request.js'

type Listener = (req: any, res: any) => void

describe('sendReply() on node:http', () => {
  let server: http.Server | undefined

  const serve = async (listener: Listener): Promise<number> => {
    server = http.createServer(listener).listen(0, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }

  afterEach(async () => {
    server?.closeAllConnections()
    server?.close()
    if (server !== undefined) await once(server, 'close')
    server = undefined
  })

  it('writes a Reply', async () => {
    const port = await serve((req, res) => void sendReply(req, res, html('<p>', { status: 201 }).setCookie('a', '1')))
    const { status, headers, text } = await request(port)
    expect(status).to.equal(201)
    expect(headers).to.include({ 'content-type': 'text/html; charset=utf-8', 'content-length': '3' })
    expect(headers['set-cookie']).to.have.length(1)
    expect(text).to.equal('<p>')
  })

  it('answers conditional requests and HEAD', async () => {
    const port = await serve((req, res) => void sendReply(req, res, text('x')))
    const { headers } = await request(port)
    expect((await request(port, { headers: { 'If-None-Match': headers.etag } })).status).to.equal(304)
    const head = await request(port, { method: 'HEAD' })
    expect(head.headers['content-length']).to.equal('1')
    expect(head.body).to.have.length(0)
  })

  it('takes any value and a promise of it', async () => {
    const port = await serve((req, res) => void sendReply(req, res, Promise.resolve({ a: 1 })))
    expect((await request(port)).text).to.equal('{"a":1}')
  })

  it('takes options', async () => {
    const options = { routes: defineRoutes({ user: '/users/:id' }), etag: 'strong' } as const
    const port = await serve(
      (req, res) => void sendReply(req, res, req.url === '/' ? redirectTo('user', { id: 7 }) : text('x'), options),
    )
    expect((await request(port)).headers.location).to.equal('/users/7')
    expect((await request(port, { path: '/x' })).headers.etag).to.match(/^"/)
  })

  it('rejects before anything is written, and what was staged is taken back', async () => {
    const port = await serve((req, res) => {
      sendReply(req, res, json(1n, { status: 201, headers: { 'X-Foo': 'a' } })).catch((error) => {
        res.statusCode === 200 && !res.hasHeader('X-Foo') && sendReply(req, res, text(error.code, { status: 500 }))
      })
    })
    const { status, text: body } = await request(port)
    expect(status).to.equal(500)
    expect(body).to.equal('INVALID_ARGUMENT')
  })

  it('takes what was staged back if the source fails before its first byte', async () => {
    const failing = async function* (): AsyncGenerator<never> {
      yield await Promise.reject(new Error('unreadable'))
    }
    const port = await serve((req, res) => {
      sendReply(req, res, streaming(failing(), { status: 201, headers: { 'X-Foo': 'a' }, cookies: { a: '1' } })).catch(
        ({ message }) => res.end(message),
      )
    })
    const { status, headers, text: body } = await request(port)
    expect([status, body]).to.deep.equal([200, 'unreadable'])
    expect(headers).not.to.have.any.keys('x-foo', 'set-cookie')
  })

  it('sends an empty body with the status that it names, 204 if it names none', async () => {
    const replies: readonly (readonly [make: () => Reply, status: number])[] = [
      [() => empty(undefined, { status: 200 }), 200],
      [() => new Reply().setStatus(200).setEmpty(), 200],
      [() => empty(), 204],
    ]
    const port = await serve((req, res) => void sendReply(req, res, replies[Number(req.url.slice(1))]?.[0]()))
    for (const [index, [make, status]] of replies.entries()) {
      expect((await request(port, { path: `/${index}` })).status).to.equal(status)
      expect((await make().toWebResponse()).status).to.equal(status)
    }
  })

  it('rejects on a late failure, and the connection is destroyed', async () => {
    let failure: Promise<unknown> | undefined
    const port = await serve((req, res) => {
      failure = sendReply(
        req,
        res,
        streaming(async function* () {
          yield 'begun'
          throw new Error('late')
        }),
      ).catch((error) => error)
    })
    expect(await request(port).catch((error) => error)).to.include({ code: 'ECONNRESET' })
    expect(await failure).to.include({ message: 'late' })
  })

  it('leaves an answer alone that other code has given while its promise was waited for', async () => {
    let failure: unknown
    const port = await serve(async (req, res) => {
      const late = new Promise(setImmediate).then(() => {
        res.writeHead(503).end('timeout')
        return text('late', { status: 201, headers: { 'X-Late': 'a' } })
      })
      failure = await sendReply(req, res, late).catch((error) => error)
    })
    expect(await request(port)).to.include({ status: 503, text: 'timeout' })
    expect(failure).to.include({ code: 'ALREADY_SENT' })
  })

  it('resolves where the client went away', async () => {
    let sent: Promise<unknown> | undefined
    const port = await serve((req, res) => {
      sent = sendReply(
        req,
        res,
        streaming(async function* () {
          for (;;) yield 'x'.repeat(1000)
        }),
      )
    })
    const outgoing = http.get({ port })
    outgoing.on('error', () => {})
    const [incoming] = await once(outgoing, 'response')
    incoming.destroy()
    expect(await sent).to.equal(undefined)
  })

  it('a second one is ALREADY_SENT', async () => {
    let failure: unknown
    const port = await serve(async (req, res) => {
      await sendReply(req, res, text('first'))
      failure = await sendReply(req, res, text('second')).catch((error) => error)
    })
    expect((await request(port)).text).to.equal('first')
    expect(failure).to.include({ code: 'ALREADY_SENT' })
  })
})

describe('sendReply() on node:http2', () => {
  it('writes text, no content, a redirect, a stream and a cookie', async () => {
    const server = http2.createServer((req, res) => {
      if (req.url === '/go') return void sendReply(req, res, redirect('/next'))
      if (req.url === '/none') return void sendReply(req, res, null)
      if (req.url === '/stream') return void sendReply(req, res, streaming(['a', 'b'], { type: 'text/plain' }))
      void sendReply(req, res, text('x', { status: 201 }).setCookie('a', '1').setCookie('b', '2'))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const client = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const get = async (path: string) => {
      const stream = client.request({ ':path': path })
      const [headers] = await once(stream, 'response')
      const chunks: Buffer[] = []
      for await (const chunk of stream) chunks.push(chunk)
      return { headers, body: Buffer.concat(chunks).toString() }
    }
    const whole = await get('/')
    expect(whole.headers).to.include({
      ':status': 201,
      'content-type': 'text/plain; charset=utf-8',
      'content-length': '1',
    })
    expect(whole.headers['set-cookie']).to.have.length(2)
    expect(whole.body).to.equal('x')
    expect((await get('/none')).headers[':status']).to.equal(204)
    expect((await get('/go')).body).to.equal('Found. Redirecting to /next')
    expect((await get('/stream')).body).to.equal('ab')
    client.close()
    server.close()
    await once(server, 'close')
  })
})

describe('sendReply() on node:http2 to a client that cancels', () => {
  const long = Buffer.alloc(8 * 1024 * 1024, 'x')
  const replies: Record<string, () => unknown> = {
    'an endless stream': () =>
      streaming(function* () {
        for (;;) yield long.subarray(0, 65_536)
      }),
    'an archive': () => zip([{ name: 'a', source: long }], 'a.zip', { compress: false }),
    'a file in memory': () => file(long),
  }
  for (const [title, make] of Object.entries(replies)) {
    it(`resolves, and tells onError of an abort: ${title}`, async () => {
      const told: unknown[] = []
      let tell: (outcome: unknown) => void = () => undefined
      const outcome = new Promise<unknown>((resolve) => {
        tell = resolve
      })
      const onError: ResponseKitOptions['onError'] = (error, { aborted }) => {
        told.push([Reflect.get(error, 'code'), aborted])
      }
      const server = http2.createServer((req, res) => {
        sendReply(req, res, make(), { onError }).then(() => tell('resolved'), tell)
      })
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      const client = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
      const stream = client.request({ ':path': '/' })
      await once(stream, 'data')
      stream.close(http2.constants.NGHTTP2_CANCEL)
      expect(await outcome).to.equal('resolved')
      expect(told).to.deep.equal([['ECONNABORTED', true]])
      client.destroy()
      server.close()
      await once(server, 'close')
    })
  }
})

/** The kinds that stream, and what a client gets. */
const STREAMS: Record<string, [make: () => unknown, type: string, body: string | RegExp]> = {
  sse: [() => sse(['a', { event: 'b', data: 1 }]), 'text/event-stream', 'data: a\n\nevent: b\ndata: 1\n\n'],
  ndjson: [() => ndjson([1, 2]), 'application/x-ndjson', '1\n2\n'],
  jsonStream: [() => jsonStream({ a: new Set([1]) }), 'application/json; charset=utf-8', '{"a":[1]}'],
  csv: [() => csv([{ a: 1 }]), 'text/csv; charset=utf-8; header=present', 'a\r\n1\r\n'],
  zip: [() => zip([{ name: 'a', source: Buffer.from('b') }]), 'application/zip', /^PK/],
  negotiate: [() => negotiate({ text: 'a' }), 'text/plain; charset=utf-8', 'a'],
  notModified: [() => notModified({ etag: 'a' }, () => 'b'), 'text/plain; charset=utf-8', 'b'],
}

for (const protocol of ['http', 'http2'] as const) {
  describe(`sendReply() sends streams and choices on node:${protocol}`, () => {
    let close = async (): Promise<void> => undefined
    const serve = async (make: () => unknown) => {
      const listener: Listener = (req, res) => void sendReply(req, res, make()).catch(() => res.destroy())
      const server = protocol === 'http' ? http.createServer(listener) : http2.createServer(listener)
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      const { port } = server.address() as AddressInfo
      const client = protocol === 'http' ? undefined : http2.connect(`http://127.0.0.1:${port}`)
      close = async () => {
        client?.destroy()
        server.close()
        await once(server, 'close')
      }
      /** A request, its fields, and the stream of its body. */
      return async () => {
        if (client === undefined) {
          const [incoming] = (await once(http.get({ port, host: '127.0.0.1', agent: false }), 'response')) as [
            http.IncomingMessage,
          ]
          return { fields: incoming.headers, stream: incoming }
        }
        const stream = client.request({ ':path': '/' })
        const [fields] = await once(stream, 'response')
        return { fields, stream }
      }
    }
    afterEach(() => close())

    for (const [name, [make, type, body]] of Object.entries(STREAMS)) {
      it(name, async () => {
        const { fields, stream } = await (await serve(make))()
        expect(fields['content-type']).to.equal(type)
        const text = Buffer.concat(await stream.toArray()).toString('latin1')
        if (typeof body === 'string') expect(text).to.equal(body)
        else expect(text).to.match(body)
      })
    }

    it('a channel: events come as they are published, and a client that leaves is forgotten', async () => {
      const news = channel()
      const { fields, stream } = await (await serve(() => sse(news)))()
      expect(fields['content-type']).to.equal('text/event-stream')
      let text = ''
      stream.on('data', (chunk) => {
        text += chunk
      })
      stream.on('error', () => undefined)
      await news.publish({ event: 'a', data: 'first' })
      while (!text.includes('data: first\n')) await once(stream, 'data')
      await news.publish('second')
      while (!text.includes('data: second\n')) await once(stream, 'data')
      expect(news.size).to.equal(1)
      stream.destroy()
      while (news.size > 0) await new Promise((resolve) => setImmediate(resolve))
      await news.close()
    })
  })
}
