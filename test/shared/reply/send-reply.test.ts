import { once } from 'node:events'
import http from 'node:http'
import http2 from 'node:http2'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import { defineRoutes, html, json, redirectTo, sendReply, streaming, text } from '../../../src/index.js'
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
  it('writes text, no content, a stream and a cookie', async () => {
    const server = http2.createServer((req, res) => {
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
    expect((await get('/stream')).body).to.equal('ab')
    client.close()
    server.close()
    await once(server, 'close')
  })
})
