import { expect } from 'chai'
import { abortedError, Exchange } from '../../../src/shared/exchange/exchange.js'
import type { NodeFacts } from '../../../src/shared/exchange/node-exchange.js'
import type { ResponseDescription } from '../../../src/shared/exchange/response-description.js'
import type { ResponseKitOptions } from '../../../src/shared/settings/settings.js'
import { nodeExchange } from '../../support/node-exchange.js'
import { thrown } from '../../support/thrown.js'

const ANSWER: ResponseDescription = { fields: [], defaults: [], body: 'x' }

/** An exchange that records what it is asked to write, and who gets a failure. */
class RecordedExchange extends Exchange {
  readonly facts: NodeFacts
  readonly written: ResponseDescription[] = []
  readonly raised: Error[] = []
  #write: (description: ResponseDescription) => void | Promise<void> = () => {}

  constructor(facts: NodeFacts) {
    super()
    this.facts = facts
  }

  writesBy(write: (description: ResponseDescription) => void | Promise<void>): this {
    this.#write = write
    return this
  }

  write(description: ResponseDescription): void | Promise<void> {
    this.written.push(description)
    return this.#write(description)
  }

  raise(error: Error): void {
    this.raised.push(error)
  }

  override stageStatus(): void {}
}

const newExchange = (options?: ResponseKitOptions) => new RecordedExchange(nodeExchange({}, options).facts)

describe('Exchange', () => {
  it('has one answer: a second call is refused, and says which call came too late', () => {
    const exchange = newExchange()
    exchange.refuseIfAnswered('text()')
    exchange.finish(ANSWER)
    const error = thrown(() => exchange.refuseIfAnswered('json()'))
    expect(error.code).to.equal('ALREADY_SENT')
    expect(error.message).to.match(/^json\(\): /)
    expect([exchange.isRefusal(error), exchange.isRefusal(new Error('another'))]).to.deep.equal([true, false])
    expect(exchange.written).to.have.length(1)
  })

  it('refuses a call after other code has sent the head', () => {
    const exchange = newExchange()
    exchange.facts.res.flushHeaders()
    expect(thrown(() => exchange.refuseIfAnswered('text()')).code).to.equal('ALREADY_SENT')
  })

  it('can answer again after a write that throws before the head', () => {
    const failure = new Error('bad field')
    const exchange = newExchange().writesBy(() => {
      throw failure
    })
    expect(thrown(() => exchange.finish(ANSWER))).to.equal(failure)
    expect(exchange.isAnswered).to.equal(false)
  })

  it('stays answered after a write that throws later than the head', () => {
    const exchange = newExchange().writesBy(() => {
      exchange.facts.res.flushHeaders()
      throw new Error('late')
    })
    thrown(() => exchange.finish(ANSWER))
    expect(exchange.isAnswered).to.equal(true)
  })

  it('can answer again after its answer is withdrawn', () => {
    const exchange = newExchange()
    exchange.finish(ANSWER)
    exchange.withdraw()
    exchange.refuseIfAnswered('problem()')
  })

  it('gives a failure once: to the framework, and to the hook', async () => {
    const told: unknown[] = []
    const failure = new Error('render')
    const exchange = newExchange({ onError: (error, request) => void told.push(error, request.aborted) })
    await exchange.finishLater(Promise.reject(failure))
    expect(exchange.raised).to.deep.equal([failure])
    expect(exchange.failure).to.equal(failure)
    expect(told).to.deep.equal([failure, false])
    exchange.report(failure, false)
    expect(told, 'met at a second place').to.have.length(2)
  })

  it('gives a failure to the callback in place of the framework', async () => {
    const failure = new Error('read')
    const got: unknown[] = []
    const exchange = newExchange()
    await exchange.finishLater(Promise.reject(failure), (error) => got.push(error))
    expect(got).to.deep.equal([failure])
    expect(exchange.raised).to.deep.equal([])
  })

  it('gives to the framework what the callback throws or rejects with', async () => {
    for (const callback of [
      () => {
        throw new Error('callback')
      },
      () => Promise.reject(new Error('callback')),
    ]) {
      const exchange = newExchange()
      await exchange.finishLater(Promise.resolve(ANSWER), callback)
      await new Promise(setImmediate)
      expect(exchange.raised.map(({ message }) => message)).to.deep.equal(['callback'])
    }
  })

  it('makes an error of a thrown value that is no error', async () => {
    const exchange = newExchange()
    await exchange.finishLater(Promise.reject('text'))
    expect(exchange.raised[0]).to.be.an.instanceOf(Error).with.property('cause', 'text')
  })

  it('takes a client that left for no failure, and closes the source of the body', async () => {
    const told: unknown[] = []
    const exchange = newExchange({ onError: (_error, { aborted }) => void told.push(aborted) })
    let isClosed = false
    const body = {
      open: () => '',
      cancel() {
        isClosed = true
      },
    }
    exchange.facts.req.socket.destroy()
    await exchange.finishLater(Promise.resolve({ ...ANSWER, body }))
    expect([exchange.raised, exchange.failure, told, isClosed]).to.deep.equal([[], undefined, [true], true])
    expect(exchange.written).to.deep.equal([])
  })

  it('writes nothing over an answer that other code has sent meanwhile', async () => {
    const exchange = newExchange()
    const describing = exchange.finishLater(new Promise((resolve) => setImmediate(() => resolve(ANSWER))))
    exchange.facts.res.end('whole')
    await describing
    expect(exchange.written).to.deep.equal([])
    expect(exchange.facts.res.destroyed).to.equal(false)
    expect(exchange.failure).to.have.property('code', 'ALREADY_SENT')
  })

  it('cuts off a response that fails after its head, so that it never looks complete', () => {
    const exchange = newExchange()
    const { res } = exchange.facts
    res.flushHeaders()
    exchange.fail(new Error('source'))
    expect(res.destroyed || exchange.facts.req.socket.destroyed).to.equal(true)
    expect(exchange.raised).to.have.length(1)
  })

  it('ignores what the hook fails with', async () => {
    for (const onError of [
      () => {
        throw new Error('hook')
      },
      () => Promise.reject(new Error('hook')) as never,
    ]) {
      const exchange = newExchange({ onError })
      exchange.report(new Error('x'), false)
      await new Promise(setImmediate)
      expect(exchange.raised).to.deep.equal([])
    }
  })

  it('waits for work that the framework completes itself', async () => {
    const exchange = newExchange()
    const work = exchange.finishAfter(Promise.reject(new Error('store')), () => expect.fail('the store has failed'))
    expect(exchange.pending).to.equal(work)
    expect(exchange.isAnswered).to.equal(true)
    await work
    expect(exchange.raised.map(({ message }) => message)).to.deep.equal(['store'])
    expect(exchange.isAnswered, 'an error page may follow').to.equal(false)
  })

  it('needs the option templates to render', () => {
    expect(thrown(() => newExchange().render('page', {})).code).to.equal('NOT_CONFIGURED')
    const templates = (name: string, variables: object) => `${name} ${JSON.stringify(variables)}`
    const exchange = newExchange({ templates })
    exchange.facts.locals.a = 1
    expect(exchange.render('page', { b: 2 })).to.equal('page {"a":1,"b":2}')
  })
})

it('the error of a client that left has the code of Express, and is not shown', () => {
  expect(abortedError()).to.include({ code: 'ECONNABORTED', status: 400, expose: false })
})
