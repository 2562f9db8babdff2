import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import net from 'node:net'
import { join } from 'node:path'
import { duplexPair } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import tls from 'node:tls'
import { expect } from 'chai'
import { contract } from '../support/contract.js'
import type { Handler } from '../support/frameworks.js'
import { requestPartially } from '../support/partial-request.js'
import { Sandbox } from '../support/sandbox.js'

interface Ended {
  readonly text: string
  /** `ECONNRESET` after a reset, `undefined` after a FIN. */
  readonly code: string | undefined
}

const fixture = (name: string) => join(import.meta.dirname, '../fixtures', name)

/** As nginx speaks to its upstreams by default. */
const askHttp10 = (port: number): Promise<Ended> => readAll(net.connect(port, '127.0.0.1'))

async function readAll(socket: net.Socket): Promise<Ended> {
  let text = ''
  let code: string | undefined
  socket.setEncoding('latin1').on('data', (chunk) => {
    text += chunk
  })
  socket.on('error', (error: NodeJS.ErrnoException) => {
    code = error.code
  })
  socket.write('GET / HTTP/1.0\r\nHost: a\r\n\r\n')
  await new Promise((resolve) => socket.once('close', resolve)) // not once(), which rejects at the error
  return { text, code }
}

const failing: Record<string, Handler> = {
  'streaming() of a source that fails late': (target) =>
    target.streaming(async function* () {
      yield 'first'
      await delay(20)
      throw new Error('late')
    }),
  'ndjson() of a source that fails late': (target) =>
    target.ndjson(async function* () {
      yield 1
      await delay(20)
      throw new Error('late')
    }),
  'download() of a source that fails late': (target) =>
    target.download(
      (async function* () {
        yield 'first'
        await delay(20)
        throw new Error('late')
      })(),
      'a.txt',
    ),
}

const endless: Handler = (target) =>
  target.streaming(function* () {
    for (;;) yield 'x'.repeat(65_536)
  })

contract('a body that ends with its connection (HTTP/1.0, RFC 9112 §6.3)', ({ serve, framework }) => {
  for (const [title, handler] of Object.entries(failing)) {
    it(`${title} is cut by a reset, so that it never looks whole`, async () => {
      const app = await serve(handler)
      const { text, code } = await askHttp10(app.port)
      expect(text).to.match(/^HTTP\/1\.1 200 /)
      expect(text).not.to.match(/^content-length:|^transfer-encoding:/im)
      expect(code).to.equal('ECONNRESET')
    })
  }

  it('is cut by a reset over TLS too', async () => {
    const pair = { key: readFileSync(fixture('localhost-key.pem')), cert: readFileSync(fixture('localhost-cert.pem')) }
    const listener = framework.createListener(failing['streaming() of a source that fails late'] as Handler, {}, [])
    const server = https.createServer(pair, listener).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as net.AddressInfo
    const { text, code } = await readAll(tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false }))
    server.close()
    expect(text.endsWith('first')).to.equal(true)
    expect(code).to.equal('ECONNRESET')
  })

  it('is cut without a fault over a connection that is no socket', async () => {
    const [client, connection] = duplexPair()
    const listener = framework.createListener(failing['streaming() of a source that fails late'] as Handler, {}, [])
    const cut = once(connection, 'close')
    http.createServer(listener).emit('connection', connection)
    client.on('error', () => undefined).resume()
    client.write('GET / HTTP/1.0\r\nHost: a\r\n\r\n')
    await cut
  })

  for (const [title, handler, kit] of [
    ['streaming() of a source that fails late', failing['streaming() of a source that fails late'] as Handler, {}],
    ['streaming() to a client that takes nothing', endless, { idleLimit: '50ms' }],
  ] as const) {
    it(`${title} is cut without a fault over a Unix socket, which has no reset`, async function () {
      if (process.platform === 'win32') this.skip()
      const sandbox = new Sandbox()
      const told: string[] = []
      const onError = ({ message }: Error) => void told.push(message)
      const server = http.createServer(framework.createListener(handler, { kit: { ...kit, onError } }, []))
      try {
        server.listen(join(sandbox.root, 'server.sock'))
        await once(server, 'listening')
        const connected = once(server, 'connection')
        const client = net.connect(join(sandbox.root, 'server.sock'))
        client.write('GET / HTTP/1.0\r\nHost: a\r\n\r\n')
        const [connection] = await connected
        await once(connection, 'close')
        client.destroy()
      } finally {
        server.close()
        sandbox.remove()
      }
      expect(told).to.have.length(1)
      expect(told[0]).to.match(/^late$|idleLimit/)
    })
  }

  it('ends by a FIN if it is whole', async () => {
    const app = await serve((target) => target.streaming(['first', 'second']))
    const { text, code } = await askHttp10(app.port)
    expect([text.endsWith('firstsecond'), code]).to.deep.equal([true, undefined])
  })
})

contract('a chunked body that is cut, in an answer that ends its connection', ({ serve }) => {
  const handler: Handler = (target) =>
    failing['streaming() of a source that fails late']?.(target.setHeader('Connection', 'close'), {} as never)

  it('has no last chunk (RFC 9112 §7.1), so a client that looks for it sees the cut', async () => {
    const app = await serve(handler)
    expect((await requestPartially(app.port)).isComplete).to.equal(false)
  })

  // SECURITY.md says so: if this fails on Node 20, the line there is out of date.
  it('is taken for whole by the fetch of Node 20, which does not look for it', async function () {
    if (!process.version.startsWith('v20.')) this.skip()
    const app = await serve(handler)
    expect(await (await fetch(app.origin)).text()).to.equal('first')
  })
})
