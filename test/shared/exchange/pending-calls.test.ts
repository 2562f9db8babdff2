import { expect } from 'chai'
import { addPending, type PendingCalls, pendingSettled } from '../../../src/shared/exchange/pending-calls.js'

/** Calls that end when the test says so. */
function deferred(count: number): { call: Promise<void>; end: () => void }[] {
  return Array.from({ length: count }, () => {
    let end = (): void => {}
    const call = new Promise<void>((resolve) => {
      end = resolve
    })
    return { call, end }
  })
}

describe('the calls that others wait for', () => {
  const orders = [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ]
  for (const order of orders) {
    it(`all of them have to end, in any order: ${order}`, async () => {
      const all = deferred(3)
      const calls: PendingCalls = { pending: undefined }
      for (const { call } of all) addPending(calls, call)
      let isSettled = false
      const settled = pendingSettled(calls).then(() => {
        isSettled = true
      })
      for (const index of order) {
        expect(isSettled).to.equal(false)
        all[index]?.end()
        await new Promise(setImmediate)
      }
      await settled
    })
  }

  it('one that is made while others wait has to end too', async () => {
    const [first, second] = deferred(2)
    const calls: PendingCalls = { pending: first?.call }
    let isSettled = false
    const settled = pendingSettled(calls).then(() => {
      isSettled = true
    })
    if (second !== undefined) addPending(calls, second.call)
    first?.end()
    await new Promise(setImmediate)
    expect(isSettled).to.equal(false)
    second?.end()
    await settled
  })

  it('none is waited for if there is none, or if they are forgotten meanwhile', async () => {
    await pendingSettled({ pending: undefined })
    const [first] = deferred(1)
    const calls: PendingCalls = { pending: first?.call }
    const settled = pendingSettled(calls)
    calls.pending = undefined
    first?.end()
    await settled
  })
})
