import { readFile } from 'node:fs/promises'
import { expect } from 'chai'
import createError from 'http-errors'
import { problemOf } from '../../../../src/shared/bodies/problem-handler/problem-of.js'

const failure = (members: object) => Object.assign(new Error('the text'), members)

describe('problemOf()', () => {
  it('has the text only for expose: true, or with internals', () => {
    for (const expose of [undefined, false, 1, 'true', {}]) {
      expect(problemOf(failure({ status: 400, expose }), false)).to.deep.equal({ status: 400 })
    }
    expect(problemOf(failure({ status: 400, expose: true }), false)).to.deep.equal({ status: 400, detail: 'the text' })
    expect(problemOf(failure({ status: 400 }), true)).to.deep.equal({ status: 400, detail: 'the text' })
  })

  it('has no text of an error of the system, which http-errors exposes, but with internals', async () => {
    const reason = await readFile('/srv/private/x').catch((error: Error) => error)
    const error = createError(404, reason as Error)
    expect(error.expose).to.equal(true)
    expect(problemOf(error, false)).to.deep.equal({ status: 404 })
    expect(problemOf(error, true)).to.have.property('detail').that.includes('/srv/private/x')
    expect(problemOf(createError(404, 'no such page'), false)).to.have.property('detail', 'no such page')
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
