import { expect } from 'chai'
import { fieldsOf, problemOf } from '../../../../src/shared/bodies/problem-handler/problem-of.js'

const failure = (members: object) => Object.assign(new Error('the text'), members)

describe('problemOf()', () => {
  it('has the text only for expose: true, or with internals', () => {
    for (const expose of [undefined, false, 1, 'true', {}]) {
      expect(problemOf(failure({ status: 400, expose }), false)).to.deep.equal({ status: 400 })
    }
    expect(problemOf(failure({ status: 400, expose: true }), false)).to.deep.equal({ status: 400, detail: 'the text' })
    expect(problemOf(failure({ status: 400 }), true)).to.deep.equal({ status: 400, detail: 'the text' })
  })

  it('has the stack only with internals, from 500 on', () => {
    expect(problemOf(failure({ expose: true }), false)).not.to.have.property('stack')
    expect(problemOf(failure({ status: 400 }), true)).not.to.have.property('stack')
    expect(problemOf(failure({}), true).stack)
      .to.be.an('array')
      .that.includes('Error: the text')
  })

  it('leaves out an empty text', () => {
    expect(problemOf(Object.assign(new Error(''), { expose: true, status: 400 }), false)).to.deep.equal({ status: 400 })
  })
})

describe('fieldsOf()', () => {
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
      'X-None': undefined,
    }
    expect(fieldsOf(failure({ headers }))).to.deep.equal([
      ['Retry-After', '120'],
      ['Allow', 'GET, HEAD'],
      ['Content-Range', 'bytes */9'],
    ])
  })

  it('has none if there are no fields', () => {
    for (const headers of [undefined, null, 'a', 7]) expect(fieldsOf(failure({ headers }))).to.deep.equal([])
  })
})
