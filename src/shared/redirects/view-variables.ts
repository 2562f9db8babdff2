import { EXCHANGE, type Exchange } from '../exchange/exchange.js'
import type { View } from '../exchange/host-types.js'
import type { RequestFacts } from '../exchange/request-facts.js'
import { type RouteOptions, resolveRoute } from '../routes/resolve-route.js'
import type { RouteParameters } from '../routes/route-source.js'
import type { Settings, ViewHelperNames } from '../settings/settings.js'
import { backField } from './back.js'
import { hasFlash, takeFlash } from './flash.js'

type Helper = keyof ViewHelperNames
type Variables = Record<string, unknown>

const HELPERS: readonly Helper[] = ['route', 'backField', 'flash']

/** On the view variables: the exchange whose helpers they have, and the settings that named the helpers. */
const HELPED: unique symbol = Symbol('response-kit.helped')

interface Helped {
  readonly exchange: Exchange
  readonly settings: Settings
  /** The helpers that are listed, by their names. */
  readonly shown: Map<string, unknown>
}

/**
 * Gives the view variables of a response their helpers, once. Nothing lists a helper until a template is rendered, unless
 * the app's options ask for one. A variable of the app's own with the same name stays.
 */
function installViewHelpers(exchange: Exchange, variables: Variables & { readonly [HELPED]?: Helped }): void {
  const { facts } = exchange
  const { settings } = facts
  const known = variables[HELPED]
  if (known?.exchange === exchange && known.settings === settings) return
  if (!Object.isExtensible(variables)) return // the app has frozen them
  if (known !== undefined && known.exchange !== exchange) takeBackHelpers(variables, known)
  const shown = known?.exchange === exchange ? known.shown : new Map<string, unknown>()
  const helped: Helped = { exchange, settings, shown }
  Object.defineProperty(variables, HELPED, { value: helped, configurable: true })
  const { appLocals: shared = NO_SHARED } = facts
  for (const helper of HELPERS) {
    const name = nameOf(facts, helper)
    if (name !== undefined && !(name in variables) && !(name in shared)) {
      Object.defineProperty(variables, name, hiddenHelper(helper, name))
    }
  }
  if (areChosen(facts)) showViewHelpers(exchange, variables)
}

const NO_SHARED = Object.freeze({})

/** An app may give all its responses one object: a helper that one of them listed would show its user's flash to others. */
function takeBackHelpers(variables: Variables, { shown }: Helped): void {
  for (const [name, value] of shown) {
    if (Object.getOwnPropertyDescriptor(variables, name)?.value === value) Reflect.deleteProperty(variables, name)
  }
}

/** Makes the helpers enumerable: template engines copy the variables. */
export function showViewHelpers(exchange: Exchange, variables: Variables & { readonly [HELPED]?: Helped }): void {
  for (const helper of HELPERS) {
    const name = nameOf(exchange.facts, helper)
    if (name === undefined || Object.getOwnPropertyDescriptor(variables, name)?.get !== hiddenHelper(helper, name).get)
      continue
    // An older template of the app may ask whether there is a variable `flash`, and mean its own.
    if (helper === 'flash' && !areChosen(exchange.facts) && !hasFlash(exchange)) continue
    const value = makers[helper](exchange)
    Object.defineProperty(variables, name, { value, configurable: true, enumerable: true, writable: true })
    variables[HELPED]?.shown.set(name, value)
  }
}

/** Without routes no name can be found. */
function nameOf({ settings }: RequestFacts, helper: Helper): string | undefined {
  return helper === 'route' && settings.routes === undefined ? undefined : settings.viewHelpers[helper]
}

/** The app has set an option that its views use. */
function areChosen({ settings }: RequestFacts): boolean {
  const { routes, templates, viewHelpers, flash, cookies } = settings.given
  return [routes, templates, viewHelpers, flash, cookies].some((option) => option !== undefined)
}

const makers: { readonly [Name in Helper]: (exchange: Exchange) => unknown } = {
  route: (exchange) => (target: string | View, parameters?: unknown, options?: unknown) => {
    const given = [parameters, options].filter((each) => !isHandlebarsOptions(each))
    const hash = [parameters, options].find(isHandlebarsOptions)?.hash
    // resolveRoute checks what a template gives.
    const [first, second] = given as [RouteParameters | undefined, RouteOptions | undefined]
    return resolveRoute(exchange.facts, target, hash === undefined ? first : { ...first, ...hash }, second)
  },
  backField: (exchange) => () => backField(exchange.facts),
  flash: (exchange) => createFlashHelper(exchange),
}

/** The last argument that Handlebars gives to every function: `{{route 'user' id=7}}` has its parameters in `hash`. */
function isHandlebarsOptions(value: unknown): value is { readonly hash: Readonly<Record<string, unknown>> } {
  if (typeof value !== 'object' || value === null || !('hash' in value) || !('data' in value)) return false
  return typeof value.hash === 'object' && value.hash !== null
}

/**
 * `flash()` for engines that call functions, and `flash.info` for those that read properties. As text it is empty: a
 * template must not print the source of a function.
 */
function createFlashHelper(exchange: Exchange): unknown {
  const read = () => takeFlash(exchange)
  // koa-passport calls `ctx.state.flash` in the place of the `ctx.flash` of koa-connect-flash.
  const call = (...given: unknown[]) => {
    const { otherFlash } = exchange.facts
    const own = given.filter((each) => !isHandlebarsOptions(each))
    return otherFlash === undefined || own.length === 0 ? read() : otherFlash(...own)
  }
  return new Proxy(call, {
    get(target, name) {
      if (typeof name === 'string' && Object.hasOwn(read(), name)) return read()[name]
      if (name === Symbol.toPrimitive || name === 'toString') return () => ''
      return name === 'name' || name === 'length' ? undefined : Reflect.get(target, name)
    },
    has: (target, name) => Object.hasOwn(read(), name) || Reflect.has(target, name),
    // Handlebars and Mustache read own properties only.
    getOwnPropertyDescriptor(_, name) {
      if (typeof name !== 'string' || !Object.hasOwn(read(), name)) return undefined
      return { value: read()[name], configurable: true, enumerable: true, writable: true }
    },
  })
}

const hidden = new Map<string, PropertyDescriptor>()

/** All responses share these accessors. A new function for each response would cost several times as much. */
function hiddenHelper(helper: Helper, name: string): PropertyDescriptor {
  const key = `${helper} ${name}`
  const known = hidden.get(key)
  if (known !== undefined) return known
  const descriptor: PropertyDescriptor & ThisType<{ readonly [HELPED]: Helped }> = {
    configurable: true,
    enumerable: false,
    get() {
      return makers[helper](this[HELPED].exchange)
    },
    set(value: unknown) {
      Object.defineProperty(this, name, { value, configurable: true, enumerable: true, writable: true })
    },
  }
  hidden.set(key, descriptor) // few, because only the app's options name helpers
  return descriptor
}

const RENDER: unique symbol = Symbol('response-kit.render')

interface Rendering {
  [RENDER]?: unknown
  [EXCHANGE]?: Exchange
}

/** The prototypes whose `render` shows the helpers first. */
const rendering = new WeakSet<object>()

/** Shows the helpers before `render` copies the variables, also if an engine or the app assigns a `render` of its own. */
export function watchRender(prototype: object): void {
  if (rendering.has(prototype)) return
  const before = Object.getOwnPropertyDescriptor(prototype, 'render')
  // An accessor, such as that of another copy of the kit, keeps the function itself. This accessor asks it.
  const { get: read, set: write } = before?.get === undefined ? OWN_RENDER : before
  if (read === undefined || write === undefined) return
  rendering.add(prototype)
  if (before?.get === undefined) {
    Object.defineProperty(prototype, RENDER, { value: before?.value, configurable: true, writable: true })
  }
  Object.defineProperty(prototype, 'render', {
    configurable: true,
    enumerable: before?.enumerable ?? false,
    get(this: Rendering) {
      const render: unknown = read.call(this)
      const exchange = this[EXCHANGE]
      if (typeof render !== 'function' || exchange === undefined) return render
      return (...given: unknown[]): unknown => {
        showViewHelpers(exchange, exchange.facts.locals)
        return Reflect.apply(render, this, given)
      }
    },
    set: write,
  })
}

const OWN_RENDER: PropertyDescriptor & ThisType<Rendering> = {
  get() {
    return this[RENDER]
  },
  set(render: unknown) {
    Object.defineProperty(this, RENDER, { value: render, configurable: true, writable: true })
  },
}

/** Moves a `render` that a response got before its prototype had the accessor. */
export function adoptRender(target: object): void {
  const own = Object.getOwnPropertyDescriptor(target, 'render')
  if (own?.configurable === true && Reflect.deleteProperty(target, 'render')) Reflect.set(target, 'render', own.value)
}

/** Holds the view variables: an accessor has taken the place of their own property. */
export const VARIABLES: unique symbol = Symbol('response-kit.variables')

type ViewProperty = 'locals' | 'state'

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
  // An accessor of another package, or of another copy of the kit, keeps the variables itself. This accessor asks it.
  const { get: read, set: write } = before ?? OWN
  if (read === undefined || write === undefined) return
  watched.add(prototype)
  Object.defineProperty(prototype, property, {
    configurable: true,
    enumerable: before?.enumerable ?? false,
    get(this: Viewed) {
      const variables: Variables | undefined = read.call(this)
      const exchange = this[EXCHANGE]
      if (variables !== undefined && exchange !== undefined) installViewHelpers(exchange, variables)
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
  if (Object.hasOwn(target, property)) installViewHelpers(exchange, own.value) // the property of another package
}
