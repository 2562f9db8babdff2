import { runInNewContext } from 'node:vm'
import { expect } from 'chai'
import { isPlainObject } from '../../../src/shared/checks/plain-object.js'

describe('isPlainObject', () => {
  for (const [title, value, expected] of [
    ['a literal', { a: 1 }, true],
    ['a literal of another realm', runInNewContext('({ a: 1 })'), true],
    ['an object without a prototype', Object.create(null), true],
    ['an instance of a class', new (class Record {})(), false],
    ['a Date', new Date(), false],
    ['a Map', new Map(), false],
    ['an array', [], false],
    ['a function', () => {}, false],
  ] as const) {
    it(`${title}: ${expected}`, () => expect(isPlainObject(value)).to.equal(expected))
  }
})
