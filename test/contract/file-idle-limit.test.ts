import { expect } from 'chai'
import { contract } from '../support/contract.js'
import { Sandbox } from '../support/sandbox.js'
import { Wire } from '../support/wire.js'

const SIZE = 32_000_000
const sandbox = new Sandbox()
const bytes = Buffer.alloc(SIZE, 'x')
const path = sandbox.write('large.bin', bytes)
after(() => sandbox.remove())

function* endless(): Generator<Buffer> {
  for (;;) yield bytes.subarray(0, 65_536)
}

const half = (SIZE / 2 - 1000).toString()

/** Every way that a body of file() leaves. */
const cases: readonly (readonly [title: string, source: () => any, fields: string, setUp: 'plain' | 'wrapped'])[] = [
  ['a path', () => path, '', 'plain'],
  ['a path, a part of it', () => path, 'Range: bytes=1-\r\n', 'plain'],
  ['a path, several parts of it', () => path, `Range: bytes=0-${half},${SIZE - 9}-\r\n`, 'plain'],
  ['a path, the response wrapped', () => path, '', 'wrapped'],
  ['a Buffer', () => bytes, '', 'plain'],
  ['a Blob', () => new Blob([bytes]), '', 'plain'],
  ['a generator', endless, '', 'plain'],
  ['a random-access object', () => ({ size: SIZE, read: () => endless() }), '', 'plain'],
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
      expect(wire.body.length).to.be.below(SIZE)
      expect(app.errors).to.deep.equal([])
    })
  }

  it('does not end a client that takes its time but reads on', async () => {
    const app = await serve((target) => target.file(path), { kit: { idleLimit: '500ms' } })
    const wire = await Wire.connect(app.port)
    wire.get('/', 'Connection: close\r\n')
    for (let count = 0; count < SIZE; count += 2_000_000) {
      await wire.receive(count)
      await new Promise((resolve) => setTimeout(resolve, 40))
    }
    await wire.receiveAll()
    expect(wire.body.length).to.equal(SIZE)
  })
})
