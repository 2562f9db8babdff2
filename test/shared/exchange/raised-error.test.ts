import { expect } from 'chai'
import { replacingError, withSendableHeaders } from '../../../src/shared/exchange/raised-error.js'

const failure = <Members extends object>(members: Members) => Object.assign(new Error('the text'), members)

describe('withSendableHeaders()', () => {
  it('is the error itself, with what it has, if all of its fields can be copied', () => {
    for (const headers of [
      undefined,
      null,
      'a',
      {},
      { 'Retry-After': 3, Connection: 'close' },
      new Headers({ a: 'b' }),
    ]) {
      const error = Object.freeze(failure({ headers }))
      expect(withSendableHeaders(error)).to.equal(error)
    }
  })

  it('is the error itself with the fields that can be copied', () => {
    const cookies = ['a=1', 'b=2']
    const headers = {
      'Retry-After': 3,
      'x-reason': 'a\nb',
      'content-length': '5',
      Connection: 'close',
      'Set-Cookie': cookies,
    }
    const error = failure({ headers })
    expect(withSendableHeaders(error)).to.equal(error)
    expect(error.headers).to.deep.equal({ 'Retry-After': 3, Connection: 'close', 'Set-Cookie': cookies })
    expect(headers).to.have.property('content-length', '5') // the object is the caller's
  })

  it('is another error if the first is frozen or has a member that cannot be read', () => {
    const frozen = Object.freeze(failure({ status: 409, expose: true, headers: { 'a b': 'c', Allow: 'GET' } }))
    const error = withSendableHeaders(frozen)
    expect(error).to.include({ code: 'SOURCE_FAILED', message: 'the text', status: 409, expose: true, cause: frozen })
    expect(error).to.have.deep.property('headers', { Allow: 'GET' })
    const get = (): never => {
      throw new Error('refused')
    }
    const unreadable = failure({ headers: Object.defineProperty({}, 'a', { get, enumerable: true }) })
    expect(withSendableHeaders(unreadable)).to.have.property('cause', unreadable)
  })
})

describe('replacingError()', () => {
  it('has a text, whatever the message is', () => {
    for (const [message, shown] of [
      ['a', 'a'],
      [undefined, 'undefined'],
      [{ a: 1 }, '{ a: 1 }'],
    ]) {
      expect(replacingError(failure({ message }))).to.have.property('message', shown)
    }
    expect(replacingError(failure({ message: Symbol('a') })).message).to.be.a('string')
  })
})
