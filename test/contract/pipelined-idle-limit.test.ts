import { once } from 'node:events'
import { expect } from 'chai'
import { contract } from '../support/contract.js'
import { Sandbox } from '../support/sandbox.js'
import { Wire } from '../support/wire.js'

const SIZE = 2_000_000
const sandbox = new Sandbox()
const bytes = Buffer.alloc(SIZE, 'x')
const path = sandbox.write('large.bin', bytes)
after(() => sandbox.remove())

/** Every way that a response waits for its client. */
const cases: readonly (readonly [title: string, send: (target: any) => unknown, setUp?: 'wrapped'])[] = [
  ['a path', (target) => target.file(path)],
  ['a short file', (target) => target.file(sandbox.write('short.txt', 'short'))],
  ['a path, the response wrapped', (target) => target.file(path), 'wrapped'],
  ['a Buffer', (target) => target.file(bytes)],
  ['a Blob', (target) => target.file(new Blob([bytes]))],
  ['a generator', (target) => target.streaming([bytes, bytes])],
  ['a short generator', (target) => target.streaming(['x'])],
  ['a generator, the response wrapped', (target) => target.streaming([bytes, bytes]), 'wrapped'],
  ['events', (target) => target.sse(['x'.repeat(SIZE)])],
]

/** A promise that is resolved from outside. */
function gate(): { readonly opened: Promise<void>; open(): void } {
  let open: () => void = () => undefined
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}

/** Whether the connection has two answers, and all of the second one. */
function isSecondWhole(received: string): boolean {
  const [, , second] = received.split('HTTP/1.1 200 OK\r\n')
  if (second === undefined) return false
  const length = /^content-length: (\d+)$/im.exec(second)?.[1]
  const body = second.slice(second.indexOf('\r\n\r\n') + 4)
  return length === undefined ? body.endsWith('\r\n0\r\n\r\n') : body.length === Number(length)
}

contract('idleLimit of a pipelined request', ({ serve }) => {
  it('does not count the time before the response has its turn', async () => {
    const gates = cases.map(gate)
    const failures: string[] = []
    const app = await serve(
      async (target, { url, native: { res } }) => {
        const [, place, index = ''] = url.split('/')
        const [title, send, setUp] = cases[Number(index)] ?? []
        const first = gates[Number(index)]
        if (place === 'first') {
          await first?.opened
          return target.text('first')
        }
        if (setUp === 'wrapped') {
          const { write } = res
          res.write = (...chunk: unknown[]) => Reflect.apply(write, res, chunk) // as a middleware that counts does
        }
        setTimeout(() => first?.open(), 650)
        res.once('close', () => {
          if (!res.writableFinished) failures.push(title ?? '')
        })
        return send?.(target)
      },
      { kit: { idleLimit: '500ms', onError: ({ message }) => void failures.push(message) } },
    )
    const whole = await Promise.all(
      cases.map(async ([title], index) => {
        const wire = await Wire.connect(app.port)
        wire.get(`/first/${index}`).get(`/second/${index}`, 'Connection: close\r\n')
        return [title, isSecondWhole((await wire.receiveAll()).toString('latin1'))]
      }),
    )
    expect(whole).to.deep.equal(cases.map(([title]) => [title, true]))
    expect(failures).to.deep.equal([])
    expect(app.errors).to.deep.equal([])
  })

  it('counts from that turn on', async () => {
    const first = gate()
    let told: (error: Error) => void = () => undefined
    const failure = new Promise<Error>((resolve) => {
      told = resolve
    })
    const app = await serve(
      async (target, { url }) => {
        if (url === '/first') {
          await first.opened
          return target.text('first')
        }
        first.open()
        return target.streaming(Array(100).fill(bytes))
      },
      { kit: { idleLimit: '100ms', onError: told } },
    )
    const connected = once(app.server, 'connection')
    const wire = await Wire.connect(app.port)
    const [connection] = await connected
    const closed = once(connection, 'close')
    wire.socket.pause()
    wire.get('/first').get('/second')
    expect((await failure).message).to.include('idleLimit')
    await closed
    await wire.receiveAll() // the reset
  })
})
