import { expect } from 'chai'
import { adoptPromise, callHook, isThenable } from '../../../src/shared/checks/promise.js'

/** An object with a `then`, as other libraries of promises make them. */
const thenable = (then: unknown): object => Object.fromEntries([['then', then]])
const rejecting = (reason: unknown): object =>
  thenable((_: unknown, reject: (reason: unknown) => void) => reject(reason))

describe('isThenable', () => {
  for (const [title, value, expected] of [
    ['a promise', Promise.resolve(), true],
    ['an object with a then', thenable(() => {}), true],
    [
      'a function with a then',
      Object.assign(
        () => {},
        thenable(() => {}),
      ),
      true,
    ],
    ['an object whose then is no function', thenable(1), false],
    ['null', null, false],
    ['a text', 'then', false],
  ] as const) {
    it(`${title}: ${expected}`, () => expect(isThenable(value as unknown)).to.equal(expected))
  }
})

describe('callHook', () => {
  const failure = new Error('hook')
  for (const [title, hook] of [
    [
      'throws',
      () => {
        throw failure
      },
    ],
    ['rejects', () => Promise.reject(failure)],
    ['returns another kind of promise that rejects', () => rejecting(failure)],
  ] as const) {
    it(`tells what a hook that ${title} fails with, and throws nothing`, async () => {
      expect(await new Promise((resolve) => callHook(hook, resolve))).to.equal(failure)
    })
  }

  it('tells nothing of a hook that works', async () => {
    const told: unknown[] = []
    callHook(
      () => 1,
      (reason) => told.push(reason),
    )
    callHook(
      () => Promise.resolve(1),
      (reason) => told.push(reason),
    )
    await new Promise(setImmediate)
    expect(told).to.deep.equal([])
  })
})

describe('adoptPromise', () => {
  it('contains a rejection, also of another kind of promise', async () => {
    const unhandled: unknown[] = []
    const listener = (reason: unknown): number => unhandled.push(reason)
    const others = process.listeners('unhandledRejection')
    process.removeAllListeners('unhandledRejection').on('unhandledRejection', listener)
    try {
      adoptPromise(Promise.reject(new Error('a')))
      adoptPromise(rejecting(new Error('b')))
      adoptPromise(undefined)
      await new Promise(setImmediate)
    } finally {
      process.removeListener('unhandledRejection', listener)
      for (const other of others) process.on('unhandledRejection', other)
    }
    expect(unhandled).to.deep.equal([])
  })
})
