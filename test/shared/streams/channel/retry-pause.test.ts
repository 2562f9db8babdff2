import { expect } from 'chai'
import { RetryPause } from '../../../../src/shared/streams/channel/retry-pause.js'

describe('RetryPause', () => {
  it('does not wait before the first failure, also after a success', () => {
    const pause = new RetryPause(new AbortController().signal)
    expect(pause.wait()).to.equal(undefined)
    pause.noteSuccess()
    expect(pause.wait()).to.equal(undefined)
  })

  it('goes on after a short success that ends with a failure', async () => {
    const closing = new AbortController()
    const pause = new RetryPause(closing.signal)
    pause.noteFailure()
    await pause.wait()
    pause.noteSuccess()
    pause.noteFailure()
    const waiting = pause.wait()
    expect(waiting).to.be.a('promise')
    closing.abort()
    await waiting
  })

  it('is over if the time has passed before the store is asked', async () => {
    const pause = new RetryPause(new AbortController().signal)
    pause.noteFailure()
    let waits = 0
    // A timer that begins late in a turn fires as much too early, so a short rest may be left.
    for (let rest = pause.wait(); rest !== undefined; rest = pause.wait()) {
      waits++
      await rest
    }
    expect(waits).to.be.at.least(1)
  })

  it('ends without a failure when its signal fires', async () => {
    const closing = new AbortController()
    const pause = new RetryPause(closing.signal)
    for (let count = 0; count < 20; count++) pause.noteFailure()
    const waiting = pause.wait()
    closing.abort(new Error('closed'))
    await waiting // else the test would take seconds
  })
})
