import { didYouMean } from '../checks/nearest.js'
import { EXCHANGE, type Exchange } from '../exchange/exchange.js'

type Method = (...args: never[]) => unknown
export type MethodTable = Readonly<Record<string, Method>>

/** Refuses the name of what is no method of the kit's: it would take over nothing. */
export function checkOverrides(overrides: ReadonlySet<string>, known: readonly string[]): void {
  for (const name of overrides) {
    if (known.includes(name)) continue
    const message = `option 'override': '${name}' is no method of the kit${didYouMean(name, known)}`
    throw Object.assign(new TypeError(message), { code: 'INVALID_OPTION' })
  }
}

/** Methods that replace a native one of the same name, as a superset of it. */
const SUPERSETS: ReadonlySet<string> = new Set(['download', 'back', 'setHeaders'])

/** The getters made here, to know one's own work by. */
const own = new WeakSet<object>()

/**
 * Puts the methods on a prototype, once, as accessors: a response that passed `responseKit()` sees the method, any
 * other sees what was there before. Own properties on each response would cost Express 40 % of its throughput.
 */
export function installMethods(prototype: object, methods: object, overrides: ReadonlySet<string>): void {
  for (const [name, method] of Object.entries(methods as MethodTable)) {
    const getter = Object.getOwnPropertyDescriptor(prototype, name)?.get
    if (getter !== undefined && own.has(getter)) continue
    const taken = readValue(prototype, name) !== undefined
    if (taken && !SUPERSETS.has(name) && !overrides.has(name)) continue
    const descriptor = accessor(prototype, name, method, taken && !SUPERSETS.has(name))
    own.add(descriptor.get)
    Object.defineProperty(prototype, name, descriptor)
  }
}

function accessor(prototype: object, name: string, method: Method, needsOverride: boolean) {
  const before = Object.getOwnPropertyDescriptor(prototype, name)
  const readBefore = before === undefined ? inheritedReader(prototype, name) : ownReader(before)
  return {
    configurable: true,
    enumerable: before?.enumerable ?? false,
    get(this: { [EXCHANGE]?: Exchange }) {
      const exchange = this[EXCHANGE]
      if (exchange === undefined) return readBefore(this)
      return needsOverride && !exchange.settings.override.has(name) ? readBefore(this) : method
    },
    // Assigning behaves as it would on a plain property: whoever assigns later has the name from then on.
    set(value: unknown) {
      Object.defineProperty(this, name, { value, configurable: true, enumerable: true, writable: true })
    },
  }
}

function ownReader(descriptor: PropertyDescriptor): (target: object) => unknown {
  const { get, value } = descriptor
  return get === undefined ? () => value : (target) => get.call(target)
}

function inheritedReader(prototype: object, name: string): (target: object) => unknown {
  return (target) => Reflect.get(Object.getPrototypeOf(prototype) ?? {}, name, target)
}

/** A property's value, or `undefined` where its getter refuses to run on a bare prototype. */
function readValue(prototype: object, name: string): unknown {
  try {
    return Reflect.get(prototype, name)
  } catch {
    return null
  }
}
