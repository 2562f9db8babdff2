import { expect } from 'chai'
import { fieldsOfError, isFieldOfErrorPage } from '../../../src/shared/fields/error-fields.js'

const failure = (members: object) => Object.assign(new Error('the text'), members)

describe('fieldsOfError()', () => {
  it('keeps what belongs to an error, and leaves out fields of a body, of the connection and invalid ones', () => {
    const headers = {
      'Retry-After': 120,
      Allow: ['GET', 'HEAD'],
      'Content-Range': 'bytes */9',
      'Content-Type': 'a/b',
      'content-length': '3',
      'Transfer-Encoding': 'chunked',
      Connection: 'close',
      'X-Bad': 'a\r\nb',
      'bad name': 'a',
      Trailer: 'X-Sum',
      'X-None': undefined,
      'X-Null': null,
      'X-Object': { toString: null },
      'X-Symbol': Symbol('a'),
      'X-Call': () => 'a',
    }
    expect(fieldsOfError(failure({ headers }))).to.deep.equal([
      ['Retry-After', '120'],
      ['Allow', 'GET, HEAD'],
      ['Content-Range', 'bytes */9'],
    ])
  })

  it('has none if there are no fields', () => {
    for (const headers of [undefined, null, 'a', 7]) expect(fieldsOfError(failure({ headers }))).to.deep.equal([])
  })
})

describe('isFieldOfErrorPage()', () => {
  it('is for each field that can stand beside the length of the page', () => {
    for (const name of ['Retry-After', 'content-security-policy', 'Connection', 'Content-Type', 'Set-Cookie']) {
      expect(isFieldOfErrorPage(name, 'a'), name).to.equal(true)
    }
    for (const value of ['', 'é', 7, false, ['a', 'b'], []]) expect(isFieldOfErrorPage('a', value)).to.equal(true)
  })

  it('is for an Upgrade, which a 426 has, but not over HTTP/2, which has none (RFC 9113 §8.2.2)', () => {
    expect(isFieldOfErrorPage('Upgrade', 'h2c')).to.equal(true)
    expect(isFieldOfErrorPage('Upgrade', 'h2c', 2)).to.equal(false)
  })

  it('is not for fields that frame another body, and for no invalid one', () => {
    for (const name of [
      'content-length',
      'Content-Encoding',
      'TRANSFER-ENCODING',
      'Trailer',
      'TE',
      'Keep-Alive',
      'Proxy-Connection',
      'a b',
      '',
      'a:',
    ]) {
      expect(isFieldOfErrorPage(name, 'a'), name).to.equal(false)
    }
    for (const value of [
      undefined,
      null,
      {},
      { toString: null },
      Symbol('a'),
      () => 'a',
      'a\nb',
      '€',
      ['a', 'b\r'],
      [['a']],
    ]) {
      expect(isFieldOfErrorPage('a', value)).to.equal(false)
    }
  })
})
