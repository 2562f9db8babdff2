import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import net from 'node:net'
import { Transform } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { expect } from 'chai'
import { channel } from '../../src/index.js'
import { Audience } from '../../src/shared/streams/channel/audience.js'
import { collectGarbage } from '../support/collect-garbage.js'
import { contract } from '../support/contract.js'

/** A client of an event stream, with what has reached it so far. */
class Client {
  readonly socket: net.Socket
  received = ''

  constructor(port: number, version = '1.1', path = '/', fields = '') {
    this.socket = net.connect(port, '127.0.0.1')
    this.socket.on('error', () => undefined) // cut off by the server
    this.socket.on('data', (data) => {
      this.received += data.toString('latin1')
    })
    this.socket.write(`GET ${path} HTTP/${version}\r\nHost: a\r\n${fields}\r\n`)
  }

  /** Reads on until the text has come. */
  async until(text: string): Promise<void> {
    while (!this.received.includes(text)) await once(this.socket, 'data')
  }

  get body(): string {
    return this.received.slice(this.received.indexOf('\r\n\r\n') + 4)
  }
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await turn()
}

/** A client that has the head and the opening of the stream. */
async function connect(port: number, version?: string, path?: string): Promise<Client> {
  const client = new Client(port, version, path)
  await client.until(':\n\n')
  return client
}

/** Files and sockets that are open; only Linux lists them. */
const countDescriptors = (): number => (process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0)

contract('channel: its clients', ({ serve, framework }) => {
  /** A middleware that overwrites all bytes of the clients of `/a`. */
  const overwriting = (native: any): void =>
    native.use(
      framework.family === 'express'
        ? (req: any, res: any, next: () => void) => {
            const { write } = res
            res.write = (chunk: any, ...rest: unknown[]) =>
              write.call(res, req.url === '/a' ? chunk.fill('!') : chunk, ...rest)
            next()
          }
        : async (ctx: any, next: () => Promise<void>) => {
            await next()
            const change = (chunk: Buffer, _encoding: string, done: (error: null, chunk: Buffer) => void) =>
              done(null, ctx.url === '/a' ? chunk.fill('!') : chunk)
            ctx.body = ctx.body.pipe(new Transform({ transform: change }))
          },
    )

  it('do not see what a middleware changes in the bytes of another one', async () => {
    const news = channel()
    const app = await serve((target) => target.sse(news), { setUp: overwriting })
    const clients = ['/a', '/b', '/a', '/c'].map((path) => new Client(app.port, '1.1', path))
    await until(() => news.size === 4)
    await news.publish({ data: 'hello' })
    await Promise.all(clients.map((client, index) => client.until(index % 2 === 0 ? '!!!!!!!' : 'data: hello')))
    for (const client of [clients[1], clients[3]]) expect(client?.body).not.to.include('!')
    for (const { socket } of clients) socket.destroy()
  })

  it('of a source do not either, if it gives nothing for a while', async () => {
    const silent = async function* (): AsyncGenerator<string> {
      await new Promise(() => undefined)
      yield 'never'
    }
    const app = await serve((target) => target.sse(silent, { heartbeat: '20ms' }), { setUp: overwriting })
    for (const [path, comments] of [
      ['/a', '!!!'],
      ['/b', ':\n\n'],
    ] as const) {
      const client = new Client(app.port, '1.1', path)
      await client.until(comments)
      expect(client.body.includes('!')).to.equal(path === '/a')
      client.socket.destroy()
    }
  })

  it('get the events of one tick in one chunk, in order, and those of the next tick after it (RFC 9112 §7.1)', async () => {
    const news = channel({ replay: 0 })
    const app = await serve((target) => target.sse(news))
    const client = await connect(app.port)
    const before = client.body.length
    news.publish({ id: 'a', data: 'one' })
    news.publish({ id: 'b', data: 'zwei €' })
    await client.until('id: b')
    news.publish({ id: 'c', data: 'three' })
    await client.until('three\n\n\r\n')
    // 'id: a' LF 'data: one' LF LF is 17 bytes; 'id: b' LF 'data: zwei €' LF LF is 22, as the sign is three of them.
    const euro = Buffer.from('€').toString('latin1')
    expect(client.body.slice(before)).to.equal(
      `27\r\nid: a\ndata: one\n\nid: b\ndata: zwei ${euro}\n\n\r\n13\r\nid: c\ndata: three\n\n\r\n`,
    )
    client.socket.destroy()
    await until(() => news.size === 0)
  })

  it('of HTTP/1.0 get no chunked coding (RFC 9112 §6.1)', async () => {
    const news = channel({ replay: 0 })
    const app = await serve((target) => target.sse(news))
    const client = await connect(app.port, '1.0')
    news.publish({ id: 'a', data: 'one' })
    await client.until('one')
    await news.close()
    await once(client.socket, 'close')
    expect(client.body).to.equal(':\n\nid: a\ndata: one\n\n')
  })

  it('hear a comment if silence follows an event', async () => {
    const news = channel({ replay: 0 })
    const app = await serve((target) => target.sse(news, { heartbeat: '20ms' }))
    const client = await connect(app.port)
    news.publish({ id: 'a', data: 'one' })
    await client.until('id: a\ndata: one\n\n\r\n3\r\n:\n\n')
    client.socket.destroy()
    await until(() => news.size === 0)
  })

  it('each hear a comment at their own heartbeat', async () => {
    const news = channel({ replay: 0 })
    const app = await serve((target, { url }) => target.sse(news, { heartbeat: url === '/slow' ? '1h' : '20ms' }))
    const [slow, ...others] = [new Client(app.port, '1.1', '/slow'), new Client(app.port), new Client(app.port)]
    await Promise.all([slow, ...others].map((client) => client.until(':\n\n')))
    await Promise.all(others.map((client) => client.until(':\n\n\r\n3\r\n:\n\n')))
    expect(slow.body).to.equal('3\r\n:\n\n\r\n')
    for (const { socket } of [slow, ...others]) socket.destroy()
    await until(() => news.size === 0)
  })

  it('leave nothing that each later event would cost, also if each had another heartbeat', async () => {
    const news = channel({ replay: 0 })
    const app = await serve((target, { url }) => target.sse(news, { heartbeat: Number(url.slice(1)) }))
    const staying = await connect(app.port, '1.1', '/3600')
    for (let heartbeat = 60; heartbeat < 65; heartbeat++) {
      const leaving = await connect(app.port, '1.1', `/${heartbeat}`)
      leaving.socket.destroy()
      await until(() => news.size === 1)
    }
    const { deliver } = Audience.prototype
    let deliveries = 0
    Audience.prototype.deliver = function (...given) {
      deliveries++
      Reflect.apply(deliver, this, given)
    }
    try {
      news.publish({ id: 'a', data: 'one' })
      await staying.until('id: a')
    } finally {
      Audience.prototype.deliver = deliver
    }
    expect(deliveries).to.equal(1)
    staying.socket.destroy()
    await until(() => news.size === 0)
  })

  it('learn first when to return, together with the first events', async () => {
    const news = channel()
    await news.publish({ id: 'a', data: 'one' })
    const app = await serve((target) => target.sse(news, { retry: '5s' }))
    const fresh = new Client(app.port)
    await fresh.until('id: a\n\n')
    expect(fresh.body).to.equal('14\r\nretry: 5000\n\nid: a\n\n\r\n') // 13 and 7 bytes
    fresh.socket.destroy()
    await until(() => news.size === 0)
    const returning = new Client(app.port, '1.1', '/', 'Last-Event-ID: unknown\r\n')
    await returning.until('one')
    expect(returning.body.replace(/[\da-f]+\r\n|\r\n/g, '')).to.equal('retry: 5000\n\nid: a\ndata: one\n\n')
    returning.socket.destroy()
    await until(() => news.size === 0)
  })

  it('whose response the app ended get no event after it: the connection is for the next request', async () => {
    const news = channel({ replay: 0 })
    const responses: ServerResponse[] = []
    const app = await serve((target, { url, native }) => {
      if (url === '/next') return target.text('next')
      responses.push(native.res)
      return target.sse(news)
    })
    const client = await connect(app.port)
    news.publish('one')
    await client.until('one')
    responses[0]?.end()
    news.publish('two')
    client.socket.write('GET /next HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    await once(client.socket, 'close')
    expect(client.received).to.match(/data: one\n\n\r\n0\r\n\r\nHTTP\/1\.1 200 OK\r\n/)
    expect(client.received.endsWith('\r\n\r\nnext')).to.equal(true)
    await until(() => news.size === 0)
  })

  it('are dropped if they stop reading and 1 MB gathers; the others miss nothing', async () => {
    const told: string[] = []
    const news = channel({ replay: 0 })
    const app = await serve((target) => target.sse(news), {
      kit: { onError: (error, { aborted }) => void told.push(`${aborted}: ${error.message}`) },
    })
    const accepted: net.Socket[] = []
    app.server.on('connection', (socket: net.Socket) => void accepted.push(socket))
    const stalled = await connect(app.port)
    stalled.socket.pause()
    const reading = await connect(app.port)
    const [socket] = accepted
    let [published, longest] = [0, 0]
    for (; news.size === 2; published++) {
      news.publish({ id: published, data: 'x'.repeat(32 * 1024) })
      await reading.until(`id: ${published}\n`)
      longest = Math.max(longest, socket?.writableLength ?? 0)
      expect(published).to.be.below(1024) // 32 MB: far more than a socket takes by itself
    }
    expect(longest).to.be.below(256 * 1024)
    expect(told).to.deep.equal(['true: The client does not keep up with the channel: dropped with 1 MB before it'])
    expect(app.errors).to.deep.equal([])
    news.publish({ id: 'last', data: '' })
    await reading.until('id: last')
    const ids = reading.received.match(/^id: .*/gm)
    expect(ids).to.deep.equal([...Array.from({ length: published }, (_, index) => `id: ${index}`), 'id: last'])
    for (const { socket } of [stalled, reading]) socket.destroy()
    await until(() => news.size === 0)
  })

  it('give everything back, 1,000 at once: descriptors, listeners, heap', async function () {
    this.timeout(30_000)
    const news = channel({ replay: 0 })
    const stopping = new AbortController()
    const app = await serve((target) => target.sse(news), { kit: { shutdown: stopping.signal } })
    const crowd = async (): Promise<void> => {
      const clients: Client[] = []
      while (clients.length < 1000) {
        const group = Array.from({ length: 100 }, () => connect(app.port))
        clients.push(...(await Promise.all(group)))
      }
      expect(news.size).to.equal(1000)
      news.publish({ id: 'a', data: 'one' })
      await Promise.all(clients.map((client) => client.until('id: a')))
      const closed = clients.map(({ socket }) => once(socket, 'close'))
      for (const { socket } of clients) socket.resetAndDestroy()
      await Promise.all(closed)
      await until(() => news.size === 0)
      for (let open = 1; open > 0; await turn()) {
        open = await new Promise((resolve) => app.server.getConnections((_, count) => resolve(count)))
      }
    }
    await crowd() // compiles, fills the pools
    collectGarbage()
    const [heap, descriptors] = [process.memoryUsage().heapUsed, countDescriptors()]
    await crowd()
    await turn()
    collectGarbage()
    expect(countDescriptors()).to.be.at.most(descriptors)
    // A client costs tens of kilobytes: a thousand that stay would be far above.
    expect(process.memoryUsage().heapUsed - heap).to.be.below(3 * 1024 * 1024)
    expect(app.errors).to.deep.equal([])
  })

  if (framework.family === 'koa') {
    it('have a body that a middleware can listen to: it hears every event', async () => {
      const news = channel({ replay: 0 })
      let heard = ''
      const app = await serve(async (target, { native }) => {
        await target.sse(news)
        native.ctx.body.on('data', (data: Buffer) => {
          heard += data
        })
      })
      const client = await connect(app.port)
      news.publish({ id: 'a', data: 'one' })
      await client.until('id: a')
      expect(heard).to.equal(':\n\nid: a\ndata: one\n\n')
      client.socket.destroy()
      await until(() => news.size === 0)
    })
  }
})
