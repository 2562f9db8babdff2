import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import { join } from 'node:path'
import { duplexPair } from 'node:stream'
import { expect } from 'chai'
import { writesToNativeSocket } from '../../../src/shared/wire/native-socket.js'

const fixture = (name: string) => readFileSync(join(import.meta.dirname, '../../fixtures', name))

/** What the function says of the response of one request over TCP. */
async function ask(server: http.Server | https.Server, change: (res: http.ServerResponse) => void = () => {}) {
  let answer: boolean | undefined
  server.on('request', (_req, res) => {
    change(res)
    answer = writesToNativeSocket(res)
    Reflect.apply(http.ServerResponse.prototype.end, res, [])
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as { port: number }
  const module = server instanceof https.Server ? https : http
  const [incoming] = await once(module.get({ port, agent: false, rejectUnauthorized: false } as object), 'response')
  await once(incoming.resume(), 'end')
  await new Promise((resolve) => server.close(resolve))
  return answer
}

describe('writesToNativeSocket()', () => {
  it('is true on a net.Socket and on a tls.TLSSocket', async () => {
    expect(await ask(http.createServer())).to.equal(true)
    const pair = { key: fixture('localhost-key.pem'), cert: fixture('localhost-cert.pem') }
    expect(await ask(https.createServer(pair))).to.equal(true)
  })

  for (const name of ['write', 'cork', 'uncork'] as const) {
    it(`is false if the ${name} of the socket was replaced`, async () => {
      const replaced = await ask(http.createServer(), ({ socket }) => {
        if (socket !== null)
          socket[name] = ((...all: never[]) => Reflect.apply(Object.getPrototypeOf(socket)[name], socket, all)) as never
      })
      expect(replaced).to.equal(false)
    })
  }

  it('is false if the write of the response was replaced, as compression does', async () => {
    const replaced = await ask(http.createServer(), (res) => {
      res.write = (() => true) as never
    })
    expect(replaced).to.equal(false)
  })

  it("is false over a Duplex that was given by server.emit('connection')", async () => {
    const [client, connection] = duplexPair()
    let answer: boolean | undefined
    const server = http.createServer((_req, res) => {
      answer = writesToNativeSocket(res)
      res.end()
    })
    server.emit('connection', connection)
    client.end('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    await once(client.resume(), 'end')
    expect(answer).to.equal(false)
  })

  it('is false for what is no response of node:http', () => {
    expect(writesToNativeSocket({})).to.equal(false)
    expect(writesToNativeSocket({ write: http.ServerResponse.prototype.write })).to.equal(false)
  })
})
