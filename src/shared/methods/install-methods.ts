import { didYouMean } from '../checks/nearest.js'
import { EXCHANGE, type Exchange } from '../exchange/exchange.js'

type Method = (...args: never[]) => unknown
export type MethodTable = Readonly<Record<string, Method>>

/** Refuses an override of a name that the kit does not add on this framework: it would have no effect. */
export function checkOverrides(overrides: ReadonlySet<string>, { framework, methods }: InstallPlace): void {
  const names = Object.keys(methods)
  for (const name of overrides) {
    if (names.includes(name)) continue
    const message = `option 'override': '${name}' is no method that the kit adds on ${framework}${didYouMean(name, names)}`
    throw Object.assign(new TypeError(message), { code: 'INVALID_OPTION' })
  }
}

/** What an adapter installs. */
export interface InstallPlace {
  /** Its name in errors. */
  readonly framework: 'Express' | 'Koa'
  /** The methods of every target. */
  readonly methods: object
  /** Further methods for a target that the framework did not make. */
  readonly methodsForOthers?: object
  /** Runs once for each prototype that gets the methods. */
  readonly onPrototype: (prototype: object) => void
}

/**
 * Makes a function that gives a response or context the methods. It puts them on a prototype that all targets share: on the
 * last of the prototypes that are the framework's own. A target that inherits from none of them gets the methods itself.
 */
export function createInstall(
  { methods, methodsForOthers = {}, onPrototype }: InstallPlace,
  overrides: ReadonlySet<string>,
): <Target extends object>(target: Target, ownPrototypes: (target: Target) => readonly object[]) => void {
  const ready = new WeakSet<object>()
  let latest: object | undefined // most apps have only one
  const overriding: MethodTable = Object.fromEntries(
    Object.entries(methods as MethodTable).filter(([name]) => overrides.has(name)),
  )
  return function install(target, ownPrototypes) {
    const prototype: object = Object.getPrototypeOf(target)
    if (prototype !== latest && !ready.has(prototype)) {
      const prototypes = ownPrototypes(target)
      const shared = prototypes.at(-1)
      if (shared === undefined) {
        installMethods(target, { ...methods, ...methodsForOthers }, overrides)
        return
      }
      for (const each of prototypes) installMethods(each, ownOf(each, overriding), overrides)
      installMethods(shared, methods, overrides)
      onPrototype(shared)
      ready.add(prototype)
    }
    latest = prototype
    if (overrides.size > 0) Object.assign(target, ownOf(target, overriding))
  }
}

/** The methods whose names the target has as its own properties. */
function ownOf(target: object, methods: MethodTable): MethodTable {
  return Object.fromEntries(Object.entries(methods).filter(([name]) => Object.hasOwn(target, name)))
}

/** Methods that replace a native one of the same name, as a superset of it. */
const SUPERSETS: ReadonlySet<string> = new Set(['download', 'back', 'setHeaders'])

/** The getters made here. A getter of another copy of the package is not in it. */
const own = new WeakSet<object>()

/**
 * Puts the methods on an object, once, as accessors: a response that passed `responseKit()` sees the method, any other
 * sees what was there before. Own properties on each response would cost Express 40 % of its throughput.
 */
function installMethods(object: object, methods: object, overrides: ReadonlySet<string>): void {
  for (const [name, method] of Object.entries(methods as MethodTable)) {
    const getter = Object.getOwnPropertyDescriptor(object, name)?.get
    if (getter !== undefined && own.has(getter)) continue
    const taken = readValue(object, name) !== undefined
    if (taken && !SUPERSETS.has(name) && !overrides.has(name)) continue
    const descriptor = accessor(object, name, method, taken && !SUPERSETS.has(name))
    own.add(descriptor.get)
    Object.defineProperty(object, name, descriptor)
  }
}

function accessor(object: object, name: string, method: Method, needsOverride: boolean) {
  const before = Object.getOwnPropertyDescriptor(object, name)
  const readBefore = before === undefined ? inheritedReader(object, name) : ownReader(before)
  return {
    configurable: true,
    enumerable: before?.enumerable ?? false,
    get(this: { [EXCHANGE]?: Exchange }) {
      const exchange = this[EXCHANGE]
      if (exchange === undefined) return readBefore(this)
      return needsOverride && !exchange.facts.settings.override.has(name) ? readBefore(this) : method
    },
    // An assignment works as on a plain property: code that assigns the name later replaces the method on that object.
    set(value: unknown) {
      Object.defineProperty(this, name, { value, configurable: true, enumerable: true, writable: true })
    },
  }
}

function ownReader(descriptor: PropertyDescriptor): (target: object) => unknown {
  const { get, value } = descriptor
  return get === undefined ? () => value : (target) => get.call(target)
}

function inheritedReader(object: object, name: string): (target: object) => unknown {
  return (target) => Reflect.get(Object.getPrototypeOf(object) ?? {}, name, target)
}

/** The value of a property; `null` if its getter refuses to run on a bare prototype. */
function readValue(object: object, name: string): unknown {
  try {
    return Reflect.get(object, name)
  } catch {
    return null
  }
}
