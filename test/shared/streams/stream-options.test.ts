import { expect } from 'chai'
import { readTimerMs, streamOptionReaders } from '../../../src/shared/streams/stream-options.js'

describe('the options of responseKit() for streams', () => {
  it('have their defaults: 15 s, no limit, no signal, 5 s', () => {
    const { heartbeat, idleLimit, shutdown, grace } = streamOptionReaders
    expect([heartbeat(undefined), idleLimit(undefined), shutdown(undefined), grace(undefined)]).to.deep.equal([
      15_000,
      0,
      undefined,
      5000,
    ])
  })

  it('take durations: a number is seconds, a text has its unit', () => {
    expect(readTimerMs("option 'grace'", 2, 0)).to.equal(2000)
    expect(readTimerMs("option 'grace'", '2m', 0)).to.equal(120_000)
    expect(readTimerMs("option 'grace'", 0, 5)).to.equal(0)
  })

  // A timer of Node's fires at once beyond 2^31 - 1 ms.
  for (const wrong of [-1, '-1s', '25 days', Number.NaN, Infinity, 'soon', {}, null, true]) {
    it(`refuse ${String(wrong)} as a duration, and name the option`, () => {
      let refusal: any
      try {
        readTimerMs("option 'grace'", wrong, 0)
      } catch (error) {
        refusal = error
      }
      expect(refusal).to.include({ code: 'INVALID_OPTION' })
      expect(refusal.message).to.include("'grace'")
    })
  }

  it('refuse a shutdown that is no AbortSignal', () => {
    const { signal } = new AbortController()
    expect(streamOptionReaders.shutdown(signal)).to.equal(signal)
    expect(() => streamOptionReaders.shutdown(new AbortController())).to.throw("'shutdown'")
  })
})
