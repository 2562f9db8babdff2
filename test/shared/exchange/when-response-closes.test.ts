import { AsyncLocalStorage } from 'node:async_hooks'
import { EventEmitter, once } from 'node:events'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { duplexPair } from 'node:stream'
import { expect } from 'chai'
import { isComplete, noteEnd, whenResponseCloses } from '../../../src/shared/exchange/when-response-closes.js'
import { Wire } from '../../support/wire.js'

type Handler = (req: IncomingMessage, res: ServerResponse) => void

describe('whenResponseCloses()', () => {
  const servers: http.Server[] = []
  afterEach(() =>
    Promise.all(
      servers.splice(0).map((server) => {
        server.closeAllConnections()
        return new Promise((resolve) => server.close(resolve))
      }),
    ),
  )

  async function connect(handler: Handler): Promise<Wire> {
    const server = http.createServer(handler)
    servers.push(server)
    await once(server.listen(0, '127.0.0.1'), 'listening')
    return Wire.connect((server.address() as AddressInfo).port)
  }

  it('calls each callback once, in order, and the response is complete', async () => {
    const told: unknown[] = []
    const wire = await connect((req, res) => {
      for (const name of ['a', 'b']) whenResponseCloses(req, res, () => told.push(name, isComplete(res)))
      res.end('x')
    })
    await wire.get('/', 'Connection: close\r\n').receiveAll()
    expect(told).to.deep.equal(['a', true, 'b', true])
  })

  it('adds as many listeners for many callbacks as for one', async () => {
    const wire = await connect((req, res) => {
      const before = res.eventNames().map((name) => res.listenerCount(name))
      for (let count = 0; count < 20; count++) whenResponseCloses(req, res, () => undefined)
      const after = ['finish', 'close'].map((name) => res.listenerCount(name))
      res.end(JSON.stringify([before.length > 0, after.every((count) => count <= 2)]))
    })
    await wire.get('/', 'Connection: close\r\n').receiveAll()
    expect(wire.received.toString().endsWith('[true,true]')).to.equal(true)
  })

  it('calls back if the client leaves, and the response is not complete', async () => {
    let wire: Wire | undefined
    const told = new Promise((resolve) => {
      void connect((req, res) => {
        whenResponseCloses(req, res, () => resolve(isComplete(res)))
        res.write('x')
        wire?.socket.destroy()
      }).then((connected) => {
        wire = connected.get()
      })
    })
    expect(await told).to.equal(false)
  })

  it('a Duplex that is destroyed by a peer that has all of the response: complete', async () => {
    const [client, connection] = duplexPair()
    const server = http.createServer()
    const complete = new Promise((resolve) => {
      server.once('request', (req: IncomingMessage, res: ServerResponse) => {
        whenResponseCloses(req, res, () => resolve(isComplete(res)))
        res.end('all of it')
      })
    })
    server.emit('connection', connection)
    client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    for (let text = ''; !text.endsWith('all of it'); ) {
      const [chunk] = await once(client, 'data')
      text += chunk
    }
    connection.destroy()
    client.destroy()
    expect(await complete).to.equal(true)
  })

  it('calls back for a pipelined response whose turn never comes', async () => {
    const told: string[] = []
    let wire: Wire | undefined
    const done = new Promise<void>((resolve) => {
      void connect((req, res) => {
        whenResponseCloses(req, res, () => {
          told.push(`${req.url} ${isComplete(res)}`)
          if (told.length === 2) resolve()
        })
        if (req.url === '/second') {
          res.end('waits for the first')
          wire?.socket.destroy()
        }
      }).then((connected) => {
        wire = connected.get('/first').get('/second')
      })
    })
    await done
    expect(told.sort()).to.deep.equal(['/first false', '/second false'])
  })

  it('calls back soon for a response that has ended already', async () => {
    const told = new Promise((resolve) => {
      void connect((req, res) => {
        res.once('close', () => whenResponseCloses(req, res, () => resolve(isComplete(res))))
        res.end()
      }).then((wire) => wire.get('/', 'Connection: close\r\n').receiveAll())
    })
    expect(await told).to.equal(true)
  })

  it('calls back in the async context of the caller', async () => {
    const store = new AsyncLocalStorage<string>()
    const told: unknown[] = []
    const wire = await connect((req, res) => {
      store.run('mine', () => whenResponseCloses(req, res, () => told.push(store.getStore())))
      res.end()
    })
    await wire.get('/', 'Connection: close\r\n').receiveAll()
    expect(told).to.deep.equal(['mine'])
  })

  it('takes `finish` for the end of a response that emits no `close`', () => {
    const res = new EventEmitter() as unknown as ServerResponse
    let count = 0
    whenResponseCloses({} as IncomingMessage, res, () => count++)
    res.emit('finish')
    expect([count, isComplete(res)]).to.deep.equal([1, true])
    res.emit('close')
    expect(count).to.equal(1)
  })

  it('is told by noteEnd() of a test double without events', async () => {
    const res = { writableEnded: false, once: () => undefined }
    let count = 0
    whenResponseCloses({} as IncomingMessage, res as unknown as ServerResponse, () => count++)
    noteEnd(res as unknown as ServerResponse)
    await Promise.resolve()
    expect(count).to.equal(0)
    res.writableEnded = true
    noteEnd(res as unknown as ServerResponse)
    await Promise.resolve()
    expect(count).to.equal(1)
  })
})
