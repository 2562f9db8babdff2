import { EXCHANGE, type Exchange } from '../exchange/exchange.js'
import type { View } from '../exchange/host-types.js'
import { type RouteOptions, resolveRoute } from '../routes/resolve-route.js'
import type { RouteParameters } from '../routes/route-source.js'
import { backField } from './back.js'
import { takeFlash } from './flash.js'

/**
 * Puts `route`, `backField` and `flash` among the view variables, for every template engine. What the app already has
 * under these names, for this response or in `shared`, stays.
 */
export function addViewVariables(
  exchange: Exchange,
  variables: Record<string, unknown>,
  shared: Readonly<Record<string, unknown>> = NO_SHARED,
): void {
  for (const name of NAMES) {
    if (isFree(variables, name) && !(name in shared)) variables[name] = makers[name](exchange)
  }
}

const NO_SHARED = Object.freeze({})

const makers = {
  route:
    (exchange: Exchange) =>
    (target: string | View, parameters?: RouteParameters, options: RouteOptions = {}): string =>
      resolveRoute(exchange, target, parameters, options),
  backField: (exchange: Exchange) => () => backField(exchange),
  flash: (exchange: Exchange) => () => takeFlash(exchange),
}
const NAMES = ['route', 'backField', 'flash'] as const

/** A hidden property of the kit's own may be replaced by a visible one. */
function isFree(variables: object, name: (typeof NAMES)[number]): boolean {
  return !(name in variables) || Object.getOwnPropertyDescriptor(variables, name)?.get === hidden[name].get
}

/**
 * The same for an app that renders nothing: the variables are there if code asks for one by name, and nothing lists them.
 * All responses share these properties, as a new function in each would cost several times as much.
 */
export function hideViewVariables(exchange: Exchange, variables: object): void {
  Object.defineProperty(variables, EXCHANGE, { value: exchange, configurable: true })
  for (const name of NAMES) {
    if (!(name in variables)) Object.defineProperty(variables, name, hidden[name])
  }
}

const hidden = {
  route: hiddenProperty('route'),
  backField: hiddenProperty('backField'),
  flash: hiddenProperty('flash'),
}

function hiddenProperty(name: (typeof NAMES)[number]): PropertyDescriptor & { get(): unknown } {
  return {
    configurable: true,
    enumerable: false,
    get(this: { readonly [EXCHANGE]: Exchange }) {
      return makers[name](this[EXCHANGE])
    },
    set(this: object, value: unknown) {
      Object.defineProperty(this, name, { value, configurable: true, enumerable: true, writable: true })
    },
  } as PropertyDescriptor & { get(): unknown } // both are called on the variables only
}

/** Holds the variables, as an accessor has taken the place of their property. */
export const VARIABLES: unique symbol = Symbol('response-kit.variables')

type ViewProperty = 'locals' | 'state'
type Variables = Record<string, unknown>

interface Viewed {
  [VARIABLES]?: Variables
  [EXCHANGE]?: Exchange
}

/** The prototypes that have the accessor. */
const watched = new WeakSet<object>()

/**
 * Puts the view variables into `res.locals` or `ctx.state` when a handler or an engine first asks for them: most requests
 * never do, and making them costs more than the rest of the middleware. The frameworks assign a new object to each
 * response, which reaches the setter.
 */
export function watchVariables(prototype: object, property: ViewProperty): void {
  if (watched.has(prototype)) return
  const before = Object.getOwnPropertyDescriptor(prototype, property)
  // An accessor of another package, or of another copy of the kit, keeps the variables itself.
  const { get: read, set: write } = before ?? OWN
  if (read === undefined || write === undefined) return
  watched.add(prototype)
  Object.defineProperty(prototype, property, {
    configurable: true,
    enumerable: before?.enumerable ?? false,
    get(this: Viewed) {
      const variables: Variables | undefined = read.call(this)
      if (variables !== undefined) this[EXCHANGE]?.installViewVariables(variables)
      return variables
    },
    set: write,
  })
}

const OWN: PropertyDescriptor = {
  get(this: Viewed) {
    return this[VARIABLES]
  },
  set(this: Viewed, variables: Variables) {
    this[VARIABLES] = variables
  },
}

/** Moves the variables of a response that got them before its prototype had the accessor. */
export function adoptVariables(target: object, exchange: Exchange, property: ViewProperty): void {
  const own = Object.getOwnPropertyDescriptor(target, property)
  if (own === undefined) return
  if (own.configurable === true && Reflect.deleteProperty(target, property)) Reflect.set(target, property, own.value)
  if (Object.hasOwn(target, property)) exchange.installViewVariables(own.value) // the property of another package
}
