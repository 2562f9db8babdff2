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
      resolveRoute(exchange, 'route()', target, parameters, options),
  backField: (exchange: Exchange) => () => backField(exchange),
  flash: (exchange: Exchange) => () => takeFlash(exchange),
}
const NAMES = ['route', 'backField', 'flash'] as const

/** Ours where it is hidden: it may come into the open. */
function isFree(variables: object, name: (typeof NAMES)[number]): boolean {
  return !(name in variables) || Object.getOwnPropertyDescriptor(variables, name)?.get === hidden[name].get
}

/**
 * The same for an app that renders nothing: there when asked for by name, and nowhere else, so that what the app lists or
 * compares is its own. All responses share these properties, as a new function in each would cost several times as much.
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
