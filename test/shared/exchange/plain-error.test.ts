import { expect } from 'chai'
import createError from 'http-errors'
import { sendPlainError } from '../../../src/shared/exchange/plain-error.js'
import { nodeExchange } from '../../support/node-exchange.js'

const answerTo = (error: Error) => {
  const { res } = nodeExchange().facts
  res.setHeader('Set-Cookie', 'a=1')
  res.setHeader('Content-Encoding', 'gzip')
  sendPlainError(res, error)
  return res
}

describe('sendPlainError', () => {
  for (const [title, error, status] of [
    ['an error without a status', new Error('secret'), 500],
    ['an error with one', createError(404, 'secret'), 404],
    ['statusCode, as Express reads it', Object.assign(new Error('secret'), { statusCode: 418 }), 418],
    ['a status that is not from 400 to 599', Object.assign(new Error('secret'), { status: 200 }), 500],
    ['a status that is no number', Object.assign(new Error('secret'), { status: '404' }), 500],
    ['600', Object.assign(new Error('secret'), { status: 600 }), 500],
    ['a fraction', Object.assign(new Error('secret'), { status: 404.5 }), 500],
  ] as const) {
    it(`${title}: ${status}, in place of all fields of the failed response`, () => {
      const res = answerTo(error)
      expect(res.statusCode).to.equal(status)
      expect(res.getHeaderNames().sort()).to.deep.equal(['content-length', 'content-type', 'x-content-type-options'])
      expect(res.writableEnded).to.equal(true)
    })
  }

  it('leaves a response that is sent', () => {
    const { res } = nodeExchange().facts
    res.end('whole')
    sendPlainError(res, new Error('late'))
    expect(res.statusCode).to.equal(200)
  })
})
