import { once } from 'node:events'
import type { Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { expect } from 'chai'
import { contract } from '../support/contract.js'
import { endlessBytes, LARGE_SIZE, largeBytes, largePath } from '../support/large-body.js'
import { Wire } from '../support/wire.js'

const half = (LARGE_SIZE / 2 - 1000).toString()

/** Every way that a body of file() leaves. */
const cases: readonly (readonly [title: string, source: () => any, fields: string, setUp: 'plain' | 'wrapped'])[] = [
  ['a path', () => largePath, '', 'plain'],
  ['a path, a part of it', () => largePath, 'Range: bytes=1-\r\n', 'plain'],
  ['a path, several parts of it', () => largePath, `Range: bytes=0-${half},${LARGE_SIZE - 9}-\r\n`, 'plain'],
  ['a path, the response wrapped', () => largePath, '', 'wrapped'],
  ['a Buffer', () => largeBytes, '', 'plain'],
  ['a Blob', () => new Blob([largeBytes]), '', 'plain'],
  ['a generator', endlessBytes, '', 'plain'],
  ['a random-access object', () => ({ size: LARGE_SIZE, read: () => endlessBytes() }), '', 'plain'],
]

contract('idleLimit', ({ serve, framework }) => {
  for (const [title, source, fields, setUp] of cases) {
    it(`ends ${title} for a client that accepts nothing`, async () => {
      let told = (_aborted: boolean): void => {}
      const failure = new Promise<boolean>((resolve) => {
        told = resolve
      })
      const app = await serve(
        (target, { native: { res } }) => {
          if (setUp === 'wrapped') {
            const { write } = res
            res.write = (...chunk: unknown[]) => Reflect.apply(write, res, chunk) // as a middleware that counts does
          }
          return target.file(source())
        },
        { kit: { idleLimit: '200ms', onError: (_error, { aborted }) => told(aborted) } },
      )
      const closed = new Promise<void>((resolve) => {
        app.server.once('connection', (socket) => socket.once('close', () => resolve()))
      })
      const wire = await Wire.connect(app.port)
      await wire.get('/', fields).receive(1)
      expect(await failure, framework.name).to.equal(true)
      await closed
      await wire.receiveAll()
      expect(wire.body.length).to.be.below(LARGE_SIZE)
      expect(app.errors).to.deep.equal([])
    })
  }

  for (const [title, source, fields] of cases) {
    it(`sends ${title} in pieces that a slow client can take within the limit`, async () => {
      const app = await serve((target) => target.file(source()), { kit: { idleLimit: '60s' } })
      const connected = once(app.server, 'connection')
      const wire = await Wire.connect(app.port)
      const [socket]: Socket[] = await connected
      wire.get('/', fields)
      await wire.receive(2_000_000) // a file grows its pieces for a client that keeps up
      wire.socket.pause()
      while ((socket?.writableLength ?? 0) === 0) await turn()
      expect(socket?.writableLength, framework.name).to.be.at.most(65_536 + 1000) // with the head of a part or of a chunk
      wire.socket.destroy()
    })
  }

  it('does not end a client that takes its time but reads on', async () => {
    const app = await serve((target) => target.file(largePath), { kit: { idleLimit: '500ms' } })
    const wire = await Wire.connect(app.port)
    wire.get('/', 'Connection: close\r\n')
    for (let count = 0; count < LARGE_SIZE; count += 2_000_000) {
      await wire.receive(count)
      await new Promise((resolve) => setTimeout(resolve, 40))
    }
    await wire.receiveAll()
    expect(wire.body.length).to.equal(LARGE_SIZE)
  })
})
