import { expect } from 'chai'
import { checkAwaited } from '../../../src/shared/json/check-awaited.js'

/** The query of a database, as a library makes it: it runs when its `then` is called. */
const query = (members: object): object => {
  const made = { runs: 0, ...members }
  Object.defineProperty(made, 'then', { value: () => made.runs++ })
  return made
}

describe('checkAwaited', () => {
  it('refuses a query that was not awaited, and does not run it', () => {
    const given = query({})
    expect(() => checkAwaited('json: value', given))
      .to.throw(TypeError, /^json: value must be something JSON can represent; await the promise first, got/)
      .with.property('code', 'INVALID_ARGUMENT')
    expect(given).to.have.property('runs', 0)
  })

  it('takes values, data with a member of that name, and what says itself how it is written', () => {
    for (const value of [
      {},
      [],
      null,
      undefined,
      'then',
      1,
      JSON.parse('{"then":"next week"}'),
      query({ toJSON: () => 1 }),
    ]) {
      expect(() => checkAwaited('json: value', value)).not.to.throw()
    }
  })
})
