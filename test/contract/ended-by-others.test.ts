import { existsSync, truncateSync } from 'node:fs'
import { setImmediate as turn } from 'node:timers/promises'
import { expect } from 'chai'
import { type ErrorContext, json, type ResponseMethods, type SendOutcome } from '../../src/index.js'
import { contract } from '../support/contract.js'
import { LARGE_SIZE } from '../support/large-body.js'
import { promised } from '../support/promised.js'
import { Sandbox } from '../support/sandbox.js'
import { Wire } from '../support/wire.js'

const PIECE = Buffer.alloc(64 * 1024, 'x')
const sandbox = new Sandbox()
after(() => sandbox.remove())

let files = 0

/** What `onError` is told: for each failure, whether it is an abort. */
function reports(): readonly [reported: boolean[], onError: (error: Error, context: ErrorContext) => void] {
  const reported: boolean[] = []
  return [reported, (_error, { aborted }) => void reported.push(aborted)]
}

/** A file of its own for each answer, because some are deleted. */
function sparseFile(): string {
  const path = sandbox.write(`large-${files++}.bin`, '')
  truncateSync(path, LARGE_SIZE)
  return path
}

function* pieces(): Generator<Buffer> {
  for (let sent = 0; sent < LARGE_SIZE; sent += PIECE.length) yield PIECE
}

const LENGTH = { headers: { 'Content-Length': `${LARGE_SIZE}` } }
type Answer = (target: ResponseMethods, path: string, callback?: (error?: Error) => void) => unknown
const bodies: Readonly<Record<string, readonly [answer: Answer, range?: string]>> = {
  'a file': [(target, path, callback) => target.file(path, { deleteAfterSend: true }, callback)],
  'a part of a file': [(target, path, callback) => target.file(path, {}, callback), 'bytes=1-'],
  'two parts of a file': [(target, path, callback) => target.file(path, {}, callback), 'bytes=0-33554431,33554433-'],
  'a Buffer': [(target, _path, callback) => target.file(Buffer.alloc(LARGE_SIZE), {}, callback)],
  'a generator with a length': [(target, _path, callback) => target.download(pieces(), 'a.bin', LENGTH, callback)],
}

/** The events of a client that leaves, in the order in which Node emits them. */
const leavings: Readonly<Record<string, (req: any, res: any, listener: () => void) => void>> = {
  "the socket's error": (req, _res, listener) => req.socket.once('error', listener),
  "the socket's close, before others": (req, _res, listener) => req.socket.prependOnceListener('close', listener),
  "the request's aborted": (req, _res, listener) => req.once('aborted', listener),
  "the request's close": (req, _res, listener) => req.once('close', listener),
  "the response's close": (_req, res, listener) => res.once('close', listener),
}

/** Calls that are ended in the middle of their own work: by `end()` in their hook, or in a `write` that middleware has wrapped. */
const ended: Readonly<
  Record<string, (target: ResponseMethods, end: () => void, wrap: (end: () => void) => void) => unknown>
> = {
  'file() in onProgress': (target, end) => target.file(sparseFile(), { onProgress: end }),
  'download() of a generator in onProgress': (target, end) => target.download(pieces(), 'a.bin', { onProgress: end }),
  'download() of an async generator in write()': (target, end, wrap) => {
    wrap(end)
    return target.download(asyncPieces(), 'a.bin')
  },
  'download() with a length in write()': (target, end, wrap) => {
    wrap(end)
    return target.download(asyncPieces(), 'a.bin', LENGTH)
  },
  'ndjson() in write()': (target, end, wrap) => {
    wrap(end)
    return target.ndjson(asyncPieces())
  },
}

async function* asyncPieces(): AsyncGenerator<Buffer> {
  yield* pieces()
}

contract('other code that ends an answer in the middle of its call', ({ serve }) => {
  for (const [call, answer] of Object.entries(ended)) {
    it(`${call}: the call and the tasks after it come to their end`, async () => {
      let tell = (): void => undefined
      const over = new Promise<void>((resolve) => {
        tell = resolve
      })
      let settle = (): void => undefined
      const settled = new Promise<void>((resolve) => {
        settle = resolve
      })
      const app = await serve(async (target, { native }) => {
        const res = native.res ?? native.ctx.res
        const wrap = (end: () => void): void => {
          const { write } = res
          let count = 0
          res.write = (...given: unknown[]) => {
            const isAccepted = Reflect.apply(write, res, given)
            if (++count === 3) end()
            return isAccepted
          }
        }
        target.afterSend(tell)
        try {
          await answer(target, () => res.end(), wrap)
        } finally {
          settle()
        }
      })
      const wire = await Wire.connect(app.port)
      await wire.get('/', 'Connection: close\r\n').receiveAll()
      expect(wire.body.length).to.be.lessThan(LARGE_SIZE)
      await Promise.all([over, settled])
    })
  }
})

/** What a handler calls after its client has left. Those that answer at once throw. */
const late: Readonly<Record<string, readonly [isAtOnce: boolean, call: (target: ResponseMethods) => unknown]>> = {
  text: [true, (target) => target.text('late')],
  html: [true, (target) => target.html('late')],
  bytes: [true, (target) => target.bytes(Buffer.from('late'))],
  empty: [true, (target) => target.empty()],
  problem: [true, (target) => target.problem({ status: 409 })],
  file: [false, (target) => target.file(Buffer.from('late'))],
  download: [false, (target) => target.download(pieces(), 'late.bin')],
  zip: [false, (target) => target.zip([{ name: 'late', source: Buffer.from('late') }])],
  ndjson: [false, (target) => target.ndjson([1])],
  sse: [false, (target) => target.sse([{ data: 1 }])],
  streaming: [false, (target) => target.streaming(['late'])],
  reply: [false, (target) => target.reply(json({ late: true }))],
  'reply of a promise': [false, (target) => target.reply(Promise.resolve(json({ late: true }).setStatus(201)))],
  created: [false, (target) => target.created('/late', { late: true })],
  negotiate: [false, (target) => target.negotiate({ 'text/plain': () => 'late' })],
  template: [false, (target) => target.template('late')],
  redirectTo: [false, (target) => target.redirectTo('late')],
  redirectLocal: [false, (target) => target.redirectLocal('/late')],
  back: [false, (target) => target.back('/late')],
  toIntended: [false, (target) => target.toIntended('/late')],
}

contract('a call after the client has left and other code has ended the response', ({ serve }) => {
  for (const [name, [isAtOnce, call]] of Object.entries(late))
    for (const [event, listen] of Object.entries(leavings))
      it(`${name}() after a listener of ${event}: an abort, for all that is told of it`, async () => {
        const [reported, onError] = reports()
        const [told, tell] = promised<SendOutcome>()
        let thrown: { code?: string } | undefined
        let begin = (): void => undefined
        const begun = new Promise<void>((resolve) => {
          begin = resolve
        })
        const app = await serve(
          async (target, { native }) => {
            const { req, res } = native.ctx ?? native
            const ended = new Promise<void>((resolve) => listen(req, res, () => res.end(resolve())))
            begin()
            await ended
            for (let count = 0; count < 5; count++) await turn() // the connection is closed by now
            target.afterSend(tell)
            try {
              await call(target)
            } catch (error) {
              thrown = error as { code?: string }
            }
          },
          { kit: { onError, templates: () => 'late' } },
        )
        const wire = await Wire.connect(app.port)
        wire.get('/')
        await begun
        wire.reset()
        const { aborted, error } = await told
        for (let count = 0; count < 5; count++) await turn() // what is told of it later would be told by now
        expect([aborted, error]).to.deep.equal([true, undefined])
        if (isAtOnce) expect(thrown).to.have.property('code', 'ECONNABORTED')
        else expect(thrown).to.equal(undefined)
        const ofTheCall = app.errors.filter(({ message }) => message !== 'read ECONNRESET') // Koa's own, of the connection
        expect([reported.includes(false), ofTheCall]).to.deep.equal([false, []])
      })

  it('a call after an answer that its client has got whole is the second answer', async () => {
    const [told, tell] = promised<SendOutcome>()
    let answer = (): void => undefined
    const left = new Promise<void>((resolve) => {
      answer = resolve
    })
    let thrown: { code?: string } | undefined
    const app = await serve(async (target, { native }) => {
      const { res, req } = native.ctx ?? native
      if (native.ctx !== undefined) native.ctx.respond = false
      req.socket.once('close', answer)
      res.end('whole')
      await left
      target.afterSend(tell)
      try {
        await target.file(Buffer.from('late'))
      } catch (error) {
        thrown = error as { code?: string }
      }
    })
    const wire = await Wire.connect(app.port)
    await wire.get('/', 'Connection: close\r\n').receiveAll()
    expect([await told, thrown?.code]).to.deep.equal([{ aborted: false, error: undefined }, 'ALREADY_SENT'])
  })
})

contract('a client that leaves while the last bytes wait in the process', ({ serve, framework }) => {
  const large = Buffer.alloc(LARGE_SIZE, 'x')
  const calls: Readonly<Record<string, (target: ResponseMethods, res: any) => unknown>> = {
    'bytes()': (target) => target.bytes(large),
    'text()': (target) => target.text('x'.repeat(LARGE_SIZE)),
    'file() of a Buffer': (target) => target.file(large),
    'end() of other code': (_target, res) => res.end(large),
    'end() of other code before afterSend()': (_target, res) => res.end(large),
  }
  for (const [call, answer] of Object.entries(calls))
    for (const close of ['', 'Connection: close\r\n'])
      it(`${call}${close && ', Connection: close'}: what waits for the end is told of an abort`, async () => {
        const [told, tell] = promised<SendOutcome>()
        const app = await serve((target, { native }) => {
          const { res } = native.ctx ?? native
          if (!call.endsWith('before afterSend()')) target.afterSend(tell)
          if (call.startsWith('end()') && native.ctx !== undefined) native.ctx.respond = false
          const answered = answer(target, res)
          if (call.endsWith('before afterSend()')) target.afterSend(tell)
          return answered
        })
        const wire = await Wire.connect(app.port)
        await wire.get('/', close).receive(1)
        wire.reset()
        expect(await told).to.deep.equal({ aborted: true, error: undefined })
      })

  const early: typeof calls = { ...calls, 'text() of few bytes': (target) => target.text('few') }
  for (const [call, answer] of Object.entries(early))
    it(`${call} after a reset that the process has not seen yet: what waits for the end is told of an abort`, async () => {
      let wire: Wire | undefined
      const [told, tell] = promised<SendOutcome>()
      const app = await serve((target, { native }) => {
        const { res } = native.ctx ?? native
        if (call.startsWith('end()') && native.ctx !== undefined) native.ctx.respond = false
        wire?.reset() // the system has it at once, and the server reads it in a later turn
        target.afterSend(tell)
        return answer(target, res)
      })
      wire = await Wire.connect(app.port)
      wire.get('/')
      expect(await told).to.deep.equal({ aborted: true, error: undefined })
    })

  const failures: Readonly<Record<string, readonly [rest: string, fail: (req: any) => void]>> = {
    // A handler of Koa runs after Node has read all bytes and has closed the connection.
    ...(framework.family === 'express' && { 'bytes that are no request': ['{"a":1}\r\n', () => undefined] }),
    'an error that the app gives to the socket': ['', (req) => req.socket.destroy(new Error('enough'))],
    'an error that the app gives to the request': ['', (req) => req.destroy(new Error('enough'))],
  }
  for (const [what, [rest, fail]] of Object.entries(failures))
    it(`${what}, after an answer that the system has taken: the answer is complete`, async function () {
      if (Number(process.versions.node.split('.')[0]) >= 24) this.skip() // Node itself does not call this answer finished
      const [told, tell] = promised<SendOutcome>()
      const app = await serve((target, { native }) => {
        const { req, res } = native.ctx ?? native
        target.afterSend(tell)
        const { end } = res
        res.end = (...given: unknown[]) => {
          const ended = Reflect.apply(end, res, given)
          fail(req)
          return ended
        }
        return target.text('whole')
      })
      const wire = await Wire.connect(app.port)
      await wire.send(`GET / HTTP/1.1\r\nHost: x\r\n\r\n${rest}`).receiveUntil('whole')
      expect(wire.received.toString().endsWith('whole')).to.equal(true)
      wire.socket.end()
      expect(await told).to.deep.equal({ aborted: false, error: undefined })
    })

  const destroys: Readonly<Record<string, (res: any, destroy: () => void) => unknown>> = {
    'a listener of finish': (res, destroy) => res.prependOnceListener('finish', destroy).end(large),
    'the callback of end()': (res, destroy) => res.end(large, destroy),
    'the callback of write()': (res, destroy) => {
      res.setHeader('Content-Length', LARGE_SIZE)
      res.write(large, destroy)
      res.end()
    },
  }
  for (const [what, answer] of Object.entries(destroys))
    it(`${what} closes the connection after the last byte: the answer is complete`, async () => {
      const [told, tell] = promised<SendOutcome>()
      const app = await serve((target, { native }) => {
        const { req, res } = native.ctx ?? native
        target.afterSend(tell)
        if (native.ctx !== undefined) native.ctx.respond = false
        answer(res, () => req.socket.destroy())
      })
      const wire = await Wire.connect(app.port)
      await wire.get('/').receiveAll()
      expect(wire.body.length).to.equal(LARGE_SIZE)
      expect(await told).to.deep.equal({ aborted: false, error: undefined })
    })
})

contract('other code that ends an answer under way', ({ serve, framework }) => {
  for (const [body, [answer, range]] of Object.entries(bodies)) {
    for (const [how, last] of [
      ['end()', undefined],
      ['end() with bytes', Buffer.alloc(8 * 1024 * 1024, 'y')],
    ] as const) {
      it(`${body}, ${how}: the answer is cut, so no later one is taken for its rest`, async () => {
        const path = sparseFile()
        let end = (): void => undefined
        const [told, tell] = promised<SendOutcome>()
        const app = await serve((target, { native }) => {
          const res = native.res ?? native.ctx.res
          end = () => res.end(last)
          return answer(target.afterSend(tell), path)
        })
        const wire = await Wire.connect(app.port)
        wire.get('/', range === undefined ? '' : `Range: ${range}\r\n`)
        await wire.receive(1)
        wire.get('/')
        end()
        await wire.receiveAll()
        expect(wire.body.length).to.be.lessThan(LARGE_SIZE)
        const { aborted, error } = await told
        expect([aborted, (error as { code?: string } | undefined)?.code]).to.deep.equal([false, 'ALREADY_SENT'])
        expect(existsSync(path)).to.equal(true)
        expect(app.errors.map(({ message }) => message)).to.deep.equal([error?.message])
      })
    }
  }

  const streamed: Answer = (target, _path, callback) => target.download(asyncPieces(), 'a.bin', callback)
  const all: typeof bodies = { ...bodies, 'an async generator without a length': [streamed] }
  it('code that destroys the request and ends the response in a write(): no failure of the app', async () => {
    const [reported, onError] = reports()
    const [told, tell] = promised<SendOutcome>()
    const app = await serve(
      (target, { native }) => {
        const { req, res } = native.ctx ?? native
        const { write } = res
        let count = 0
        res.write = (...given: unknown[]) => {
          const isAccepted = Reflect.apply(write, res, given)
          if (++count === 3) {
            req.destroy()
            res.end()
          }
          return isAccepted
        }
        return streamed(target.afterSend(tell), '')
      },
      { kit: { onError } },
    )
    const wire = await Wire.connect(app.port)
    await wire.get('/').receiveAll()
    expect(await told).to.have.property('aborted', true)
    for (let count = 0; count < 5; count++) await turn() // what is told of it later would be told by now
    expect([reported.includes(false), app.errors]).to.deep.equal([false, []])
  })

  it('while the source waits and all it gave has left: the callback of the call is told', async () => {
    const [told, tell] = promised<Error | undefined>()
    const [waited, goOn] = promised<void>()
    let end = (): void => undefined
    const app = await serve((target, { native }) => {
      const res = native.res ?? native.ctx.res
      end = () => res.end()
      const source = async function* () {
        yield Buffer.from('first')
        await waited
      }
      return target.download(source(), 'a.bin', tell)
    })
    const wire = await Wire.connect(app.port)
    await wire.get('/', 'Connection: close\r\n').receiveUntil('first\r\n')
    for (let count = 0; count < 5; count++) await turn() // the writes of the first bytes are done
    end()
    await wire.receiveAll()
    expect(await told).to.have.property('code', 'ALREADY_SENT')
    goOn()
  })

  for (const [body, [answer, range]] of Object.entries(all)) {
    const field = range === undefined ? '' : `Range: ${range}\r\n`
    it(`${body}: code that destroys the request and ends the response has not sent the whole`, async () => {
      let leave = (): void => undefined
      const [told, tell] = promised<SendOutcome>()
      const path = sparseFile()
      const [reported, onError] = reports()
      const app = await serve(
        (target, { native }) => {
          const { req, res } = native.ctx ?? native
          leave = () => {
            req.destroy()
            res.end()
          }
          return answer(target.afterSend(tell), path)
        },
        { kit: { onError } },
      )
      const wire = await Wire.connect(app.port)
      await wire.get('/', field).receive(1)
      leave()
      expect(await told).to.have.property('aborted', true)
      wire.reset()
      for (let count = 0; count < 5; count++) await turn() // what is told of it later would be told by now
      expect(reported).to.not.include(false)
    })

    it(`${body}: the callback of the call is told`, async () => {
      let end = (): void => undefined
      let tell = (_error?: Error): void => undefined
      const told = new Promise<Error | undefined>((resolve) => {
        tell = resolve
      })
      const app = await serve((target, { native }) => {
        const res = native.res ?? native.ctx.res
        end = () => res.end()
        return answer(target, sparseFile(), tell)
      })
      const wire = await Wire.connect(app.port)
      await wire.get('/', `${field}Connection: close\r\n`).receive(1)
      end()
      await wire.receiveAll()
      expect(await told).to.have.property('code', 'ALREADY_SENT')
    })

    for (const [event, listen] of Object.entries(leavings))
      it(`${body}: a listener of ${event} that ends the response of a client that has left makes no failure of it`, async () => {
        const [reported, onError] = reports()
        const [told, tell] = promised<SendOutcome>()
        const app = await serve(
          (target, { native }) => {
            const res = native.res ?? native.ctx.res
            listen(native.req ?? native.ctx.req, res, () => res.end())
            return answer(target.afterSend(tell), sparseFile())
          },
          { kit: { onError } },
        )
        const wire = await Wire.connect(app.port)
        await wire.get('/', field).receive(1)
        wire.reset()
        expect(await told).to.have.property('aborted', true)
        for (let count = 0; count < 5; count++) await turn() // what is told of it later would be told by now
        expect([reported.includes(false), app.errors]).to.deep.equal([false, []])
      })
  }

  /** Middleware because of which the stream does not write on the response by itself. */
  const watchers: Readonly<Record<string, (res: any, body: any) => unknown>> = {
    'no middleware': () => undefined,
    'a wrapped write()': (res) => Object.assign(res, { write: res.write.bind(res) }),
    'a listener to the data': (_res, body) => body?.on('data', () => undefined),
  }
  for (const [middleware, watch] of Object.entries(watchers)) {
    it(`a source that goes on before the response has its turn on the connection, with ${middleware}`, async () => {
      const reported: unknown[] = []
      let goOn = (): void => undefined
      const ended = new Promise<void>((resolve) => {
        goOn = resolve
      })
      let answerFirst = (): void => undefined
      let second: any
      async function* source(): AsyncGenerator<string> {
        yield 'begin'
        await ended
        yield 'rest'
      }
      const app = await serve(
        async (target, { url, native }) => {
          const res = native.res ?? native.ctx.res
          if (url === '/third') return target.text('third')
          if (url === '/second') {
            second = res
            const answered = target.streaming(source())
            if (native.ctx === undefined) return watch(res, undefined)
            await answered
            return watch(res, native.ctx.body)
          }
          await new Promise<void>((resolve) => {
            answerFirst = resolve
          })
          return target.text('first')
        },
        { kit: { onError: (error) => reported.push((error as { code?: string }).code) } },
      )
      const wire = await Wire.connect(app.port)
      wire.get('/first').get('/second').get('/third', 'Connection: close\r\n')
      while (second?.headersSent !== true) await turn()
      second.end()
      goOn()
      while (reported.length === 0) await turn()
      answerFirst()
      // Koa 3 destroys a response whose body fails, also one that has its end: what follows on the connection is Node's.
      const count = framework.name === 'koa3' ? 1 : 3
      const bodies = (): string[] => wire.received.toString().match(/first|begin|rest|third/g) ?? []
      while (bodies().length < count && !wire.socket.readableEnded) await wire.receive(wire.received.length + 1)
      expect(bodies().slice(0, count)).to.deep.equal(['first', 'begin', 'third'].slice(0, count))
      expect(bodies()).to.not.include('rest')
      wire.reset()
      expect([reported, app.errors]).to.deep.equal([['ALREADY_SENT'], []])
    })
  }
})
