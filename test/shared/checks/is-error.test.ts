import { runInNewContext } from 'node:vm'
import { expect } from 'chai'
import { isError } from '../../../src/shared/checks/is-error.js'

class AppError extends Error {}

const hostile = new Proxy(
  {},
  {
    get() {
      throw new Error('read')
    },
    getPrototypeOf() {
      throw new Error('looked at')
    },
  },
)

describe('isError', () => {
  for (const [title, value] of [
    ['an Error', new Error('x')],
    ['an error of a class of the app', new AppError('x')],
    ['an Error of another realm', runInNewContext('new TypeError("x")')],
    ['a DOMException', new DOMException('x')],
    ['an object with the prototype of an error', Object.create(Error.prototype)],
    [
      'an error without the internal slot, of another realm',
      runInNewContext('Object.assign(Object.create(Error.prototype), { message: "x", stack: "Error: x" })'),
    ],
  ] as const) {
    it(`${title} is an error`, () => expect(isError(value)).to.equal(true))
  }

  for (const [title, value] of [
    ['undefined', undefined],
    ['null', null],
    ['a text', 'Error: x'],
    ['a record with the members of an error', { name: 'Error', message: 'x', stack: 'Error: x' }],
    ['the same without a prototype', Object.assign(Object.create(null), { name: 'E', message: 'x', stack: 's' })],
    ['the same of another realm', runInNewContext('({ name: "Error", message: "x", stack: "Error: x" })')],
    ['a list', [new Error('x')]],
    ['a proxy that throws', hostile],
  ] as const) {
    it(`${title} is no error`, () => expect(isError(value)).to.equal(false))
  }
})
