import { switches } from './switches.js'

// Gains: Express gives each message another prototype after Node made it. On Node 20 and 22, V8 then gives the object a
// shape of its own, and each later access pays for it: three quarters of the throughput of a small Express app. On Node
// 24 and 26 it gains 0 to 12 % with an empty handler, and nothing with a handler of 1 ms. So it is off there.
// Delete with support for Node 22.

type Constructor = new (first: never, second?: never) => object

/**
 * A constructor whose products have `prototype` from the start. Express leaves a prototype alone that is already right.
 * `complete` gets each product.
 */
export function withPrototype<Base extends Constructor>(
  prototype: object,
  base: Base,
  native: Constructor,
  complete?: (made: object) => void,
): Base {
  // A class cannot fill an object that another constructor made. `Reflect.construct` could, but it gives each product a
  // shape of its own, which this file avoids. Such a base stays as it is.
  const isFunction = Object.getOwnPropertyDescriptor(base, 'prototype')?.writable === true
  if (!switches.prototypesAtBirth || !isFunction) return base
  const filler = createFiller(base, () => interferes(prototype, native), complete)
  filler.prototype = prototype
  return filler as unknown as Base // `new filler()` makes the same object as `new Base()`
}

/** The function has no name, so that stack traces still say `ServerResponse.end`. */
function createFiller(base: Constructor, hasConflict: () => boolean, complete?: (made: object) => void) {
  const fill = base as unknown as (this: object, first: unknown, second: unknown) => void // the caller has checked that it is no class
  let isUnfit: boolean | undefined
  return function (this: Reserve, first: unknown, second: unknown): object | undefined {
    // V8 makes room in an object for as many properties as its constructor assigns. Node and Express assign some forty
    // elsewhere; without room for them the object becomes a dictionary. These lines never run.
    if (first === NEVER) {
      this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = 0
      this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = 0
      this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = 0
      this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = 0
    }
    isUnfit ??= hasConflict()
    if (!isUnfit) {
      try {
        fill.call(this, first, second)
        complete?.(this)
        return undefined
      } catch {
        isUnfit = true // the app has made a name read-only since
      }
    }
    return Reflect.construct(base, [first, second])
  }
}

const NEVER: unique symbol = Symbol('never')

interface Reserve {
  _: number
}

/**
 * Whether the app has an accessor or a read-only property of a name that Node assigns in its constructors. The late change
 * of prototype finds that name assigned already; with an early one the assignment would go to the accessor.
 */
function interferes(prototype: object, native: Constructor): boolean {
  const sample = Reflect.construct(native, [{}])
  for (let above = prototype; above !== native.prototype && above !== null; above = Object.getPrototypeOf(above)) {
    for (const name of Reflect.ownKeys(sample)) {
      const own = Object.getOwnPropertyDescriptor(above, name)
      if (own !== undefined && own.writable !== true) return true
    }
  }
  return false
}
