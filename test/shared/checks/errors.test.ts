import { join } from 'node:path'
import { runInNewContext } from 'node:vm'
import { expect } from 'chai'
import { isError, showValue, toError } from '../../../src/shared/checks/errors.js'
import { readSourceTree } from '../../support/source-tree.js'

/** An error of another realm whose class has no internal slot, as `util.inherits` and old libraries make them. */
const INHERITED = 'Object.assign(Object.create(RangeError.prototype), { message: "m", stack: "s" })'

describe('isError()', () => {
  for (const [name, value] of [
    ['an error', new Error('m')],
    ['a subclass', new (class extends TypeError {})('m')],
    ['an object made from the prototype of errors', Object.create(Error.prototype)],
    ['a DOMException', new DOMException('m', 'AbortError')],
    ['an error of another realm', runInNewContext('new Error("m")')],
    ['a subclass of another realm', runInNewContext('new (class A extends TypeError {})("m")')],
    ['an inherited error of another realm', runInNewContext(INHERITED)],
  ] as const) {
    it(`${name} is one`, () => {
      expect(isError(value)).to.equal(true)
      expect(toError(value)).to.equal(value)
    })
  }

  for (const [name, value] of [
    ['what a client can send', JSON.parse('{"name":"Error","message":"m","stack":"s"}')],
    ['the same of another realm', runInNewContext('({ name: "Error", message: "m", stack: "s" })')],
    ['an object without prototype', Object.assign(Object.create(null), { name: 'E', message: 'm', stack: 's' })],
    ['a string', 'Error'],
    ['null', null],
    ['undefined', undefined],
    ['a function', Error],
    ['a Proxy that refuses everything', refusing()],
  ] as const) {
    it(`${name} is no argument`, () => {
      expect(isError(value)).to.equal(false)
      expect(toError(value)).to.be.instanceOf(Error).with.property('code', 'SOURCE_FAILED')
    })
  }

  it('an error with a getter that throws is one, and is the cause of one that can be read', () => {
    const unreadable = Object.defineProperty(new Error(), 'message', { get: fail })
    expect(isError(unreadable)).to.equal(true)
    const error = toError(unreadable)
    expect(error.message).to.equal('thrown: an object that cannot be shown')
    expect(error.cause === unreadable).to.equal(true) // chai reads what it compares
  })

  it('an error is shown without its stack, also one of another realm', () => {
    expect(showValue(runInNewContext('new Error("m")'))).to.equal('Error: m')
  })

  it('is the only test for errors: `instanceof Error` fails for other realms', () => {
    const tree = readSourceTree(join(import.meta.dirname, '../../..'), 'src')
    const files = [...tree].filter(([, source]) => /\binstanceof Error\b/.test(source)).map(([file]) => file)
    expect(files).to.deep.equal(['src/shared/checks/is-error.ts'])
  })
})

function fail(): never {
  throw new Error('trap')
}

function refusing(): object {
  return new Proxy({}, { getPrototypeOf: fail, get: fail, has: fail })
}
