import http, { type ServerResponse } from 'node:http'
import { setImmediate as turn } from 'node:timers/promises'
import { expect } from 'chai'
import { Frame } from '../../../src/shared/wire/frame.js'
import { ResponseWriter } from '../../../src/shared/wire/response-writer.js'
import { listen, type RunningApp } from '../../support/frameworks.js'
import { rawExchange } from '../../support/raw-exchange.js'
import { request } from '../../support/request.js'
import { Wire } from '../../support/wire.js'

describe('ResponseWriter', () => {
  let app: RunningApp
  let handle: (res: ServerResponse, writer: ResponseWriter) => unknown
  beforeEach(async () => {
    app = await listen((_req, res) => void handle(res, new ResponseWriter(res)))
  })
  afterEach(() => app.close())

  it('takes a frame only after the head, and sends it as one chunk among others (RFC 9112 §7.1)', async () => {
    const taken: boolean[] = []
    handle = async (res, writer) => {
      taken.push(writer.take(new Frame('early')))
      writer.write(Buffer.from('one '))
      await turn()
      taken.push(writer.take(new Frame('two ')))
      writer.write(Buffer.from('three'))
      res.end()
    }
    expect((await request(app.port)).text).to.equal('one two three')
    expect(taken).to.deep.equal([false, true])
  })

  it('takes no frame for a client of HTTP/1.0, which knows no chunks', async () => {
    const taken: boolean[] = []
    handle = async (res, writer) => {
      writer.write(Buffer.from('one'))
      await turn()
      taken.push(writer.take(new Frame('two')))
      res.end()
    }
    const received = await rawExchange(app.port, 'GET / HTTP/1.0\r\n\r\n')
    expect(received.slice(received.indexOf('\r\n\r\n') + 4)).to.equal('one')
    expect(taken).to.deep.equal([false])
  })

  it('takes no frame after the end: the connection is for the next response', async () => {
    const taken: boolean[] = []
    handle = async (res, writer) => {
      writer.write(Buffer.from('one'))
      await turn()
      taken.push(writer.take(new Frame('two')))
      res.end()
      taken.push(writer.take(new Frame('three')))
      await turn()
      taken.push(writer.take(new Frame('four')))
    }
    const agent = new http.Agent({ keepAlive: true })
    const texts = [await request(app.port, { agent }), await request(app.port, { agent })].map(({ text }) => text)
    agent.destroy()
    expect(texts).to.deep.equal(['onetwo', 'onetwo'])
    expect(taken.slice(0, 3)).to.deep.equal([true, false, false])
  })

  it('takes no frame on a socket whose write is not native', async () => {
    const taken: boolean[] = []
    handle = async (res, writer) => {
      writer.write(Buffer.from('one'))
      await turn()
      taken.push(writer.take(new Frame('two')))
      res.end()
    }
    app.server.on('connection', (socket) => {
      const { write } = socket
      socket.write = function (...given: any[]) {
        return write.apply(this, given as any)
      }
    })
    expect((await request(app.port)).text).to.equal('one')
    expect(taken).to.deep.equal([false])
  })

  it('says that there is no room as long as the client does not read, and calls back when there is', async () => {
    let writes = 0
    let isWaiting = false
    let mayEnd = false
    handle = async (res, writer) => {
      // The system may make its buffers larger, so there can be room again although the client reads nothing.
      while (!mayEnd) {
        while (writer.write(Buffer.alloc(256 * 1024))) writes++
        writes++
        expect(writer.take(new Frame('not now'))).to.equal(false)
        isWaiting = true
        await new Promise<void>((resolve) => writer.whenRoom(resolve))
        isWaiting = false
      }
      res.end()
    }
    const wire = await Wire.connect(app.port)
    await wire.get('/', 'Connection: close\r\n').receive(1)
    let before = -1
    while (before !== writes) {
      before = writes
      for (let count = 0; count < 100; count++) await turn()
    }
    expect(isWaiting).to.equal(true)
    mayEnd = true
    const received = await wire.receiveAll()
    expect(isWaiting).to.equal(false)
    expect(received.length).to.be.above(writes * 256 * 1024)
    expect(received.includes('not now')).to.equal(false)
  })

  it('takes for an answer to write() that is neither true nor false that there is room', () => {
    const response = { write: () => undefined, on: () => undefined }
    const writer = new ResponseWriter(response as unknown as ServerResponse)
    expect(writer.write(Buffer.from('a'))).to.equal(true)
  })
})
