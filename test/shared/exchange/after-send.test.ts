import { AsyncLocalStorage } from 'node:async_hooks'
import { expect } from 'chai'
import { type SendOutcome, stageAfterSend } from '../../../src/shared/exchange/after-send.js'
import type { ResponseKitOptions } from '../../../src/shared/settings/settings.js'
import { nodeExchange } from '../../support/node-exchange.js'

/** The outcome that a task is told after `end` has ended the response. */
function outcomeOf(end: (exchange: ReturnType<typeof nodeExchange>) => void): Promise<SendOutcome> {
  const exchange = nodeExchange()
  return new Promise((resolve) => {
    stageAfterSend(exchange, resolve)
    end(exchange)
  })
}

/** Without a connection, Node emits no event for a response that is destroyed. */
function destroy({ res }: ReturnType<typeof nodeExchange>['facts']): void {
  res.destroy()
  res.emit('close')
}

describe('stageAfterSend', () => {
  it('a client that left: the response is aborted', async () => {
    expect(await outcomeOf(({ facts }) => destroy(facts))).to.deep.equal({ aborted: true, error: undefined })
  })

  it('a response that failed: the task gets the error, and the client did not abort', async () => {
    const failure = new Error('source')
    const outcome = await outcomeOf((exchange) => {
      exchange.noteFailure(failure)
      destroy(exchange.facts)
    })
    expect(outcome).to.deep.equal({ aborted: false, error: failure })
  })

  it('a complete response: neither', async () => {
    const outcome = await outcomeOf(({ facts }) => facts.res.emit('finish'))
    expect(outcome).to.deep.equal({ aborted: false, error: undefined })
  })

  it('tasks run one after the other, each in its own async context, and a failure stops none', async () => {
    const told: unknown[] = []
    const options: ResponseKitOptions = { onError: ({ message }) => void told.push(message) }
    const exchange = nodeExchange({}, options)
    const storage = new AsyncLocalStorage<string>()
    const seen: unknown[] = []
    storage.run('first', () =>
      stageAfterSend(exchange, async () => {
        await new Promise(setImmediate)
        seen.push(storage.getStore())
        throw new Error('task')
      }),
    )
    await storage.run(
      'second',
      () =>
        new Promise<void>((resolve) => {
          stageAfterSend(exchange, () => {
            seen.push(storage.getStore())
            resolve()
          })
          destroy(exchange.facts)
        }),
    )
    expect(seen).to.deep.equal(['first', 'second'])
    expect(told).to.deep.equal(['task'])
  })
})
