import { AsyncLocalStorage } from 'node:async_hooks'
import { once } from 'node:events'
import http from 'node:http'
import { expect } from 'chai'
import { type SendOutcome, text } from '../../src/index.js'
import { contract } from '../support/contract.js'
import { responding } from '../support/responding.js'

function deferred<Value>(): { promise: Promise<Value>; resolve: (value: Value) => void } {
  let resolve!: (value: Value) => void
  const promise = new Promise<Value>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}

contract('afterSend()', ({ framework, answer, serve, ask, askForError }) => {
  it('runs tasks in the order they were staged, each after the one before it, once the response has ended', async () => {
    const order: string[] = []
    const done = deferred<void>()
    await answer((target, { native }) => {
      const { res } = native
      target
        .afterSend(async () => {
          order.push(`first, finished: ${res.writableFinished}`)
          await Promise.resolve()
          order.push('first is through')
        })
        .afterSend(() => {
          order.push('second')
          done.resolve()
        })
        .text('x')
      order.push('handler')
    })
    await done.promise
    expect(order).to.deep.equal(['handler', 'first, finished: true', 'first is through', 'second'])
  })

  it('takes no HTTP/2 stream that the app keeps on the response for its own', async () => {
    const done = deferred<SendOutcome>()
    const { text: body } = await answer((target, { native }) => {
      const res = native.res ?? native.ctx.res
      res.stream = { rstCode: 8, destroyed: true, aborted: true, writableFinished: false } // as that of an upstream that is gone
      return target.afterSend(done.resolve).streaming(['a', 'b'])
    })
    expect(body).to.equal('ab')
    expect(await done.promise).to.deep.equal({ aborted: false, error: undefined })
  })

  it('tells of a whole answer', async () => {
    const outcome = deferred<SendOutcome>()
    await answer((target) => target.afterSend(outcome.resolve).text('x') && undefined)
    expect(await outcome.promise).to.deep.equal({ aborted: false, error: undefined })
  })

  it('tells of what failed, though an error page was sent', async () => {
    const outcome = deferred<SendOutcome>()
    const app = await serve((target) => target.afterSend(outcome.resolve).reply(Promise.reject(new Error('boom'))))
    await askForError(app)
    const { aborted, error } = await outcome.promise
    expect(aborted).to.equal(false)
    expect(error?.message).to.equal('boom')
  })

  it('tells of a client that went away', async () => {
    const outcome = deferred<SendOutcome>()
    const reached = deferred<void>()
    const app = await serve(async (target, { native }) => {
      target.afterSend(outcome.resolve)
      reached.resolve()
      await once(native.res, 'close')
    })
    const request = http.get({ port: app.port })
    request.on('error', () => {})
    await reached.promise
    request.destroy()
    expect(await outcome.promise).to.deep.equal({ aborted: true, error: undefined })
  })

  it('reports a task that fails, and runs the others', async () => {
    const reports: unknown[] = []
    const done = deferred<void>()
    const kit = { onError: (error: Error, context: unknown) => reports.push([error.message, context]) }
    const app = await serve(
      (target) => {
        target
          .afterSend(() => Promise.reject(new Error('task')))
          .afterSend(() => done.resolve())
          .text('whole')
      },
      { kit },
    )
    expect((await ask(app, { path: '/a' })).text).to.equal('whole')
    await done.promise
    expect(reports).to.deep.equal([['task', { method: 'GET', url: '/a', aborted: false }]])
    expect(app.errors).to.deep.equal([])
  })

  it("runs in the request's own AsyncLocalStorage", async () => {
    const storage = new AsyncLocalStorage<string>()
    const seen = deferred<string | undefined>()
    await answer((target) =>
      storage.run('mine', () => void target.afterSend(() => seen.resolve(storage.getStore())).text('')),
    )
    expect(await seen.promise).to.equal('mine')
  })

  it('is staged by a Reply too, and runs each time that is sent', async () => {
    const outcomes: SendOutcome[] = []
    let told = deferred<void>()
    const reply = text('x').afterSend((outcome) => {
      outcomes.push(outcome)
      told.resolve()
    })
    const app = await serve(responding(framework, () => reply))
    await ask(app)
    await told.promise
    told = deferred()
    await ask(app)
    await told.promise
    expect(outcomes).to.have.length(2)
  })

  it('staged when all is over, it runs at once', async () => {
    const outcome = deferred<SendOutcome>()
    await answer((target, { native }) => {
      native.res.once('close', () => setImmediate(() => target.afterSend(outcome.resolve)))
      target.text('x')
    })
    expect((await outcome.promise).aborted).to.equal(false)
  })

  it('a task that is no function is an error', async () => {
    const app = await serve((target) => void target.afterSend('later' as any))
    expect((await askForError(app)).status).to.equal(500)
    expect(app.errors[0]?.message).to.equal("afterSend: task must be a function, got 'later'")
  })
})
