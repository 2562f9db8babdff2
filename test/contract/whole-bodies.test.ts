import http from 'node:http'
import { expect } from 'chai'
import { contract } from '../support/contract.js'
import { Wire } from '../support/wire.js'

contract('a text on its way to the socket', ({ serve, answer, ask }) => {
  it('arrives whole whatever its length and script', async () => {
    for (const body of ['x', 'é'.repeat(70_000), `${'語'.repeat(1000)}x`, 'y'.repeat(3_000_000)]) {
      const { text, headers } = await answer((target) => void target.text(body))
      expect(headers['content-length']).to.equal(`${Buffer.byteLength(body)}`)
      expect(text === body, `${body.length} characters`).to.equal(true)
    }
  })

  it('keeps its place among pipelined requests', async () => {
    const app = await serve(async (target, { url }) => {
      if (url === '/slow') await new Promise((resolve) => setTimeout(resolve, 20))
      target.text(`<${url}>`)
    })
    const wire = await Wire.connect(app.port)
    wire.get('/slow').get('/second').get('/third', 'Connection: close\r\n')
    const bodies = (await wire.receiveAll()).toString().match(/<[^>]+>/g)
    expect(bodies).to.deep.equal(['</slow>', '</second>', '</third>'])
  })

  it('leaves the connection open for the next request', async () => {
    const app = await serve((target, { url }) => void target.html(url))
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
    try {
      for (let count = 0; count < 5; count++) {
        expect((await ask(app, { path: `/${count}`, agent })).text).to.equal(`/${count}`)
      }
    } finally {
      agent.destroy()
    }
  })

  it('goes through the write or the end that another package has put on the response', async () => {
    for (const name of ['write', 'end'] as const) {
      const { text } = await answer((target, { native }) => {
        const res = native.res as http.ServerResponse
        const before = res[name] as (...args: unknown[]) => unknown
        res[name] = ((chunk: unknown, ...rest: unknown[]) =>
          before.call(res, typeof chunk === 'string' ? chunk.toUpperCase() : chunk, ...rest)) as never
        target.text('heard')
      })
      expect(text).to.equal(name === 'end' ? 'HEARD' : 'heard') // node's own end does not call res.write
    }
  })

  it('leaves when it is given, however many requests came in together', async () => {
    const unsent: number[] = []
    const app = await serve((target, { native }) => {
      const { socket } = native.req
      native.res.once('prefinish', () => unsent.push(socket.writableLength))
      target.text('now')
    })
    const wires = await Promise.all(Array.from({ length: 8 }, () => Wire.connect(app.port)))
    for (let round = 0; round < 3; round++) {
      for (const wire of wires) wire.get('/', round === 2 ? 'Connection: close\r\n' : '')
    }
    await Promise.all(wires.map((wire) => wire.receiveAll()))
    expect(unsent).to.deep.equal(Array(24).fill(0))
  })

  it('finishes once, after it was handed to the socket', async () => {
    let finished = 0
    let isWritten = false
    await answer((target, { native }) => {
      const res = native.res as http.ServerResponse
      res.on('finish', () => {
        finished++
        isWritten = res.writableFinished
      })
      target.text('done')
    })
    expect([finished, isWritten]).to.deep.equal([1, true])
  })
})
