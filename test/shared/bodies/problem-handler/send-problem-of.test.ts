import { expect } from 'chai'
import createError from 'http-errors'
import type { ProblemHandlerOptions } from '../../../../src/shared/bodies/problem-handler/problem-handler-options.js'
import { sendProblemOf } from '../../../../src/shared/bodies/problem-handler/send-problem-of.js'
import type { ResponseKitOptions } from '../../../../src/shared/settings/settings.js'
import { nodeExchange } from '../../../support/node-exchange.js'

const newExchange = (options?: ResponseKitOptions) => nodeExchange({ accept: 'application/json' }, options)
const send = (
  exchange: ReturnType<typeof nodeExchange>,
  error: unknown,
  options: ProblemHandlerOptions = {},
  isProduction = true,
): Error[] => {
  const logged: Error[] = []
  sendProblemOf(exchange, error, options, { isProduction, log: (each) => logged.push(each) })
  return logged
}

describe('sendProblemOf', () => {
  it('replaces the response that was prepared: its own fields go, those of others stay', () => {
    const exchange = newExchange()
    const { res } = exchange.facts
    for (const [name, value] of [
      ['ETag', '"a"'],
      ['Content-Encoding', 'gzip'],
      ['X-Request-Id', '7'],
    ] as const) {
      res.setHeader(name, value)
    }
    send(exchange, createError(404, 'no such page'))
    expect(res.statusCode).to.equal(404)
    expect(res.getHeader('Content-Type')).to.match(/^application\/problem\+json/)
    expect(res.getHeader('ETag')).not.to.equal('"a"')
    expect(res.getHeader('Content-Encoding')).to.equal(undefined)
    expect(res.getHeader('X-Request-Id')).to.equal('7')
    expect(res.writableEnded).to.equal(true)
  })

  it('answers a finishing call that had begun', () => {
    const exchange = newExchange()
    void exchange.finishLater(new Promise(() => {}))
    send(exchange, new Error('x'))
    expect(exchange.facts.res.statusCode).to.equal(500)
  })

  it('sends nothing to a client that has left', () => {
    const exchange = newExchange()
    exchange.facts.req.socket.destroy()
    send(exchange, new Error('x'))
    expect(exchange.facts.res.writableEnded).to.equal(false)
  })

  it('cuts off a response that has begun, so that it never looks complete', () => {
    const exchange = newExchange()
    exchange.facts.res.flushHeaders()
    send(exchange, new Error('x'))
    expect(exchange.facts.res.destroyed || exchange.facts.req.socket.destroyed).to.equal(true)
  })

  it('leaves a response that has ended', () => {
    const exchange = newExchange()
    exchange.facts.res.end('whole')
    send(exchange, new Error('x'))
    expect([exchange.facts.res.statusCode, exchange.facts.res.destroyed]).to.deep.equal([200, false])
  })

  it('logs an error only if the app has no hook for errors', () => {
    const error = new Error('x')
    expect(send(newExchange(), error)).to.deep.equal([error])
    expect(send(newExchange({ onError: () => {} }), error)).to.deep.equal([])
    expect(send(newExchange(), error, { onError: () => {} })).to.deep.equal([])
  })

  for (const [title, options] of [
    ['throws', { page: () => expect.fail('page'), details: () => expect.fail('details') }],
    ['gives no details', { details: () => 7 as never }],
    ['gives a status that is not from 400 to 599', { details: () => ({ status: 200 }) }],
    ['gives a promise', { details: () => Promise.reject(new Error('late')) as never }],
  ] as const) {
    it(`sends a bare 500 if a hook ${title}`, () => {
      const exchange = newExchange()
      send(exchange, createError(404), options)
      expect(exchange.facts.res.statusCode).to.equal(500)
      expect(exchange.facts.res.writableEnded).to.equal(true)
    })
  }
})
