import { AsyncLocalStorage } from 'node:async_hooks'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { join } from 'node:path'
import timers from 'node:timers'
import { expect } from 'chai'
import { contract } from '../support/contract.js'
import { Crowd } from '../support/crowd.js'
import type { Handler } from '../support/frameworks.js'

const SIZE = 8
const ROUNDS = 10

contract('answers given in one turn of the event loop', ({ serve, framework }) => {
  /** Runs when the response has been ended and nothing of it can have been sent since. */
  const answering =
    (whenEnded: (socket: Socket, native: { req: any; res: any }) => void): Handler =>
    (target, { url, native }) => {
      const { socket } = native.req
      native.res.once('prefinish', () => whenEnded(socket, native))
      target.text(`<${url}>`)
    }
  const crowds: Crowd[] = []
  /** They have asked before, so that the server has been seen to be busy. */
  const gather = async (port: number, size = SIZE): Promise<Crowd> => {
    const crowd = await Crowd.connect(port, size)
    crowds.push(crowd)
    for (const _ of [1, 2]) await crowd.ask()
    return crowd
  }
  afterEach(() => {
    for (const crowd of crowds.splice(0)) crowd.close()
  })
  const bodiesOf = (answers: readonly string[]) => answers.map((answer) => /<.*>/.exec(answer)?.[0])
  const expected = (size: number) => Array.from({ length: size }, (_, index) => `</${index}>`)

  it('wait for its end; where there is one alone, it does not wait', async () => {
    let held: boolean[] = []
    const app = await serve(answering((socket) => held.push(socket.writableLength > 0)))
    const crowd = await gather(app.port)
    const rounds: boolean[] = []
    for (let round = 0; round < ROUNDS; round++) {
      held = []
      expect(bodiesOf(await crowd.ask())).to.deep.equal(expected(SIZE))
      rounds.push(held.every(Boolean))
    }
    expect(rounds).to.include(true)
    const single = await gather(app.port, 1)
    held = []
    for (let round = 0; round < ROUNDS; round++) await single.ask()
    expect(held).to.deep.equal(Array(ROUNDS).fill(false))
  })

  it('wait in a number that is bounded', async () => {
    const sockets = new Set<Socket>()
    let most = 0
    const app = await serve(
      answering((socket) => {
        sockets.add(socket)
        most = Math.max(most, [...sockets].filter(({ writableLength }) => writableLength > 0).length)
      }),
    )
    const crowd = await gather(app.port, 200)
    expect(bodiesOf(await crowd.ask())).to.deep.equal(expected(200))
    expect(most).to.equal(64)
  })

  it('do not wait where they are long', async () => {
    let waited = 0
    const app = await serve((target, { native: { req, res } }) => {
      res.once('prefinish', () => {
        if (req.socket.writableLength > 0) waited++
      })
      target.text('x'.repeat(40_000))
    })
    const crowd = await gather(app.port)
    for (const answer of await crowd.ask()) expect(answer.endsWith('x'.repeat(40_000))).to.equal(true)
    expect(waited).to.equal(0)
  })

  it('arrive in order where requests are pipelined', async () => {
    const app = await serve((target, { url }) => void target.text(`<${url}>`))
    const crowd = await gather(app.port)
    const { wires } = crowd
    for (const wire of wires) wire.get('/a').get('/b').get('/c', 'Connection: close\r\n')
    const all = await Promise.all(wires.map((wire) => wire.receiveAll()))
    for (const received of all) {
      expect(received.toString().match(/<.*>/g)?.slice(-3)).to.deep.equal(['</a>', '</b>', '</c>'])
    }
  })

  const endings: readonly (readonly [title: string, end: (socket: Socket, native: { res: any }) => void])[] = [
    ['destroys the connection', (socket) => socket.destroy()],
    ['destroys the response', (_socket, { res }) => res.destroy()],
    ['ends the connection', (socket) => socket.end()],
    ['ends the connection when it is through', (socket) => socket.destroySoon()],
  ]
  for (const [title, end] of endings) {
    it(`are sent before somebody ${title}`, async () => {
      const app = await serve((target, request) =>
        answering((socket, native) => {
          if (request.native.req.headers['x-round'] === '2') end(socket, native)
        })(target, request),
      )
      const crowd = await gather(app.port)
      expect(bodiesOf(await crowd.ask('X-Round: 2\r\n'))).to.deep.equal(expected(SIZE))
      await Promise.all(crowd.wires.map((wire) => wire.receiveAll()))
    })
  }

  it('are not held up by a cork that comes and goes, nor sent by it', async () => {
    const lengths: number[] = []
    const app = await serve(
      answering((socket) => {
        socket.cork()
        socket.uncork()
        lengths.push(socket.writableLength)
      }),
    )
    const crowd = await gather(app.port)
    for (let round = 0; round < ROUNDS; round++) {
      expect(bodiesOf(await crowd.ask())).to.deep.equal(expected(SIZE))
    }
    expect(lengths.filter((length) => length > 0)).to.have.length.above(ROUNDS)
  })

  it('finish in the asynchronous context they were ended in', async () => {
    const store = new AsyncLocalStorage<string>()
    const found: (string | undefined)[] = []
    const listener = framework.createListener(
      answering((_socket, { res }) => res.once('finish', () => found.push(store.getStore()))),
      {},
      [],
    )
    const server = http.createServer((req, res) => void store.run(req.url ?? '', () => listener(req, res)))
    await once(server.listen(0, '127.0.0.1'), 'listening')
    await gather((server.address() as AddressInfo).port)
    expect(found).to.deep.equal([...expected(SIZE), ...expected(SIZE)].map((each) => each.slice(1, -1)))
    for (const crowd of crowds) crowd.close()
    await once(server.close(), 'close')
  })

  it('leave also where a test has put a clock of its own in place of the real one', async () => {
    const app = await serve((target, { url }) => void target.text(`<${url}>`))
    const crowd = await gather(app.port)
    const { setImmediate: real } = globalThis
    const stopped = (() => undefined) as unknown as typeof setImmediate
    globalThis.setImmediate = timers.setImmediate = stopped
    try {
      expect(bodiesOf(await crowd.ask())).to.deep.equal(expected(SIZE))
    } finally {
      globalThis.setImmediate = timers.setImmediate = real
    }
  })

  it('are sent where the process exits behind them', async () => {
    const script = join(import.meta.dirname, '../fixtures/exit-behind-answers.mjs')
    const child: ChildProcess = spawn(process.execPath, ['--import', 'tsx', script, framework.name, String(SIZE)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = (await once(child.stdout as NonNullable<ChildProcess['stdout']>, 'data')) as [Buffer]
    const crowd = await gather(Number(line))
    expect(bodiesOf(await crowd.ask('X-Exit: 1\r\n'))).to.deep.equal(expected(SIZE))
    await Promise.all([...crowd.wires.map((wire) => wire.receiveAll()), child.exitCode ?? once(child, 'exit')])
    expect(child.exitCode).to.equal(7)
  })
})
