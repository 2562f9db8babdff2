import { checkKeys } from '../checks/check-keys.js'
import { type Claims, isClaims } from '../checks/claims.js'
import { invalidRange, invalidSecretType, invalidType, showValue } from '../checks/errors.js'
import { textsIn } from '../checks/iterator.js'
import { type CookieOptions, type CookieSettings, readCookieSettings } from '../cookies/cookie-settings.js'
import { isObject, wrongHost } from '../exchange/wrong-host.js'
import type { HtmlFragment } from '../fields/html-text.js'
import { serializeLocation } from '../fields/location.js'
import { parseOrigin } from '../fields/origin.js'
import { isCookieName, isCookiePath } from '../fields/set-cookie.js'
import { type FileSettings, type FilesOptions, readFileSettings } from '../files/file-settings.js'
import type { RouteSource } from '../routes/route-source.js'
import { isLayeredRouter, routerSource } from '../routes/router-source.js'
import { type StreamOptions, type StreamSettings, streamOptionReaders } from '../streams/stream-options.js'

/** What `responseKit(options)` takes. Every option has a default. */
export interface ResponseKitOptions extends StreamOptions {
  /** The table in which `redirectTo` and `route` find their names. Default: none. */
  readonly routes?: RouteSource
  /**
   * Whether `X-Forwarded-Prefix` names the path that a proxy takes off, in place of the route table's `base`. It counts
   * only if the framework trusts the proxy, which must set the field itself. Default `false`.
   */
  readonly forwardedPrefix?: boolean
  /** How `back` finds the page that the user came from. Default: see `BackOptions`. */
  readonly back?: BackOptions
  /** Name and path of what `withFlash` and `intended` keep. Default: see `FlashOptions`. */
  readonly flash?: FlashOptions
  /**
   * The helpers `route`, `backField` and `flash` of views: `false` switches them off, a record renames them. Default
   * `true`.
   */
  readonly viewHelpers?: boolean | ViewHelperOptions
  /** Defaults and keys of cookies. Default: no attribute but `path`, and the keys of the framework. */
  readonly cookies?: CookieOptions
  /** Root, cache and offloading of files. Default: no root, no cache of files, no offloading. */
  readonly files?: FilesOptions
  /**
   * Renders a template by its name, with the view variables and those given: a page, a promise of one, or a stream.
   * Default: in Express `app.render`, in Koa none.
   */
  readonly templates?: TemplateRenderer
  /** Entity-tag of dynamic bodies. Default: `'weak'`; in Express, what the app's `etag` setting says. */
  readonly etag?: false | 'weak' | 'strong'
  /**
   * Names of methods that the kit installs even if another package has put a property of that name there. Default:
   * none.
   */
  readonly override?: readonly string[]
  /** Called with every failure and every aborted answer. If it fails itself, nothing changes. Default: none. */
  readonly onError?: (error: Error, context: ErrorContext) => void
}

/** Renders a template by its name: to a page (a string, or what the tag `html` makes), a promise of one, or a stream. */
export type TemplateRenderer = (
  name: string,
  variables: Record<string, unknown>,
) => string | HtmlFragment | Promise<string | HtmlFragment> | AsyncIterable<string>

/** The option `back` of `responseKit()`. */
export interface BackOptions {
  /** The URL if no candidate counts. Default `/`. */
  readonly fallback?: string
  /** The form or query field that names the place to return to. Default `__back`. */
  readonly field?: string
  /** Further origins that `back` may redirect to, such as `https://shop.example`. Default: none. */
  readonly origins?: readonly string[]
  /** The session property that holds the previous URL. Default: none. */
  readonly session?: string
  /**
   * Whether the kit writes that property itself, for each page that a GET shows. The session middleware must stand before
   * the kit. Default `false`.
   */
  readonly record?: boolean
}

/** The option `flash` of `responseKit()`. */
export interface FlashOptions {
  /** The names of the cookies and session properties begin with it. Two kits on one host need two names. Default `'kit'`. */
  readonly name?: string
  /** The Path attribute of the cookies. Default `'/'`. */
  readonly path?: string
  /**
   * Claims that processes share, such as `redisClaims(client)`, so that a flash is shown once in all of them. A request that
   * comes with a flash waits for them, and gives its claim back if it does not read the flash. Default: once in each process.
   */
  readonly claims?: Claims
}

/** The names that the helpers have among the view variables; `undefined` for one that is switched off. */
export interface ViewHelperNames {
  readonly route: string | undefined
  readonly backField: string | undefined
  readonly flash: string | undefined
}

/** The names of the view helpers; `false` switches one off. */
export interface ViewHelperOptions {
  /** The name of `route`, which is there only with the option `routes`. Default `'route'`. */
  readonly route?: string | false
  /** The name of `backField`. Default `'backField'`. */
  readonly backField?: string | false
  /** The name of `flash`. Default `'flash'`. */
  readonly flash?: string | false
}

/** The request that an error belongs to. */
export interface ErrorContext {
  /** The method of the request, such as `GET`. */
  readonly method: string
  /** Path and query of the request, as the client sent them. */
  readonly url: string
  /** The client left, which is no fault of the app. */
  readonly aborted: boolean
}

/** The options as the kit reads them: checked, completed, frozen, made once in the factory. */
export interface Settings extends StreamSettings {
  readonly given: ResponseKitOptions
  readonly routes: RouteSource | undefined
  readonly forwardedPrefix: boolean
  readonly back: Required<Omit<BackOptions, 'session'>> & { readonly session: string | undefined }
  readonly flash: Required<Omit<FlashOptions, 'claims'>> & { readonly claims: Claims | undefined }
  readonly viewHelpers: ViewHelperNames
  readonly cookies: CookieSettings
  readonly files: FileSettings
  readonly templates: TemplateRenderer | undefined
  readonly etag: false | 'weak' | 'strong' | undefined
  readonly override: ReadonlySet<string>
  readonly onError: ((error: Error, context: ErrorContext) => void) | undefined
}

type OptionReaders = { [Key in keyof Omit<Settings, 'given'>]: (value: unknown) => Settings[Key] }

const readers: OptionReaders = {
  routes: (value) => readRoutes(value),
  forwardedPrefix: (value) => oneOf('forwardedPrefix', value, [undefined, false, true]) ?? false,
  back: (value) => readBack(value),
  flash: (value) => readFlash(value),
  viewHelpers: (value) => readViewHelpers(value),
  cookies: (value) => readCookieSettings(value),
  files: (value) => readFileSettings(value),
  templates: (value) => optionalFunction('templates', value),
  etag: (value) => oneOf('etag', value, [undefined, false, 'weak', 'strong'] as const),
  ...streamOptionReaders,
  override: (value) => new Set(stringList('override', value)),
  onError: (value) => optionalFunction('onError', value),
}

export function createSettings(options: ResponseKitOptions = {}): Settings {
  if (isRequest(options)) {
    throw wrongHost('responseKit is a function that makes the middleware: write app.use(responseKit())')
  }
  checkKeys('responseKit()', options, Object.keys(readers))
  const entries = Object.entries(readers).map(([key, read]) => [key, read(options[key as keyof ResponseKitOptions])])
  // The readers' table has exactly the keys of Settings besides `given`.
  return Object.freeze({ ...Object.fromEntries(entries), given: { ...options } }) as Settings
}

/** `app.use(responseKit)` without parentheses: the framework calls it with a request or a context. */
function isRequest(value: unknown): boolean {
  return isObject(value) && (isObject(value.req) || (isObject(value.headers) && typeof value.method === 'string'))
}

const inherited = new WeakMap<Settings, WeakMap<Settings, Settings>>()

/** The settings of an inner `responseKit()`: its own options win, the others come from the outer one. */
export function inheritSettings(outer: Settings, inner: Settings): Settings {
  const ofOuter = inherited.get(outer) ?? new WeakMap<Settings, Settings>()
  inherited.set(outer, ofOuter)
  const settings = ofOuter.get(inner) ?? mergeSettings(outer, inner)
  ofOuter.set(inner, settings)
  return settings
}

/** What is inherited is not read again: the files of both kits share one cache. */
function mergeSettings(outer: Settings, inner: Settings): Settings {
  const own = Object.entries(inner).filter(([key]) => key in inner.given)
  return Object.freeze({ ...outer, ...Object.fromEntries(own), given: { ...outer.given, ...inner.given } })
}

function readRoutes(value: unknown): RouteSource | undefined {
  if (value === undefined) return undefined
  if (isLayeredRouter(value)) return routerSource(value)
  const source = value as Partial<RouteSource> | null
  if (typeof source?.url !== 'function') {
    throw invalidType("option 'routes'", 'defineRoutes(...), a router or an object with url()', value, 'INVALID_OPTION')
  }
  return source as RouteSource
}

function readBack(value: unknown): Settings['back'] {
  const options = (value === undefined ? {} : value) as BackOptions // an object, as checked
  checkKeys("option 'back'", options, ['fallback', 'field', 'origins', 'session', 'record'])
  const { fallback = '/', field = '__back', origins = [], session } = options
  const record = oneOf('back.record', options.record, [undefined, false, true]) ?? false
  if (record && session === undefined) {
    throw invalidType("option 'back.session'", "a property's name beside 'back.record'", session, 'INVALID_OPTION')
  }
  for (const [key, text] of Object.entries({ fallback, field, session })) {
    if (text !== undefined && typeof text !== 'string')
      throw invalidType(`option 'back.${key}'`, 'a string', text, 'INVALID_OPTION')
  }
  if (serializeLocation(fallback) === undefined) {
    const expected = 'a URL without control characters, not beginning with //'
    throw invalidRange("option 'back.fallback'", expected, fallback, 'INVALID_OPTION')
  }
  return { fallback, field, session, record, origins: stringList('back.origins', origins).map(readBackOrigin) }
}

function readViewHelpers(value: unknown = true): ViewHelperNames {
  if (value === false) return { route: undefined, backField: undefined, flash: undefined }
  const options = (value === true ? {} : value) as ViewHelperOptions // an object, as checked
  checkKeys("option 'viewHelpers'", options, ['route', 'backField', 'flash'])
  const nameOf = (helper: keyof ViewHelperNames): string | undefined => {
    const { [helper]: name = helper } = options
    if (name === false) return undefined
    // A name that all objects have, such as `constructor`, is taken already.
    if (typeof name === 'string' && /^[A-Za-z_$][\w$]*$/.test(name) && !(name in Object.prototype)) return name
    throw invalidType(`option 'viewHelpers.${helper}'`, 'the name of a variable, or false', name)
  }
  const names = { route: nameOf('route'), backField: nameOf('backField'), flash: nameOf('flash') }
  const chosen = Object.values(names).filter((name) => name !== undefined)
  if (new Set(chosen).size < chosen.length) {
    throw invalidType("option 'viewHelpers'", 'a name of its own for each helper', value)
  }
  return names
}

function readFlash(value: unknown): Settings['flash'] {
  const options = (value === undefined ? {} : value) as FlashOptions // an object, as checked
  checkKeys("option 'flash'", options, ['name', 'path', 'claims'])
  const { name = 'kit', path = '/', claims } = options
  if (claims !== undefined && !isClaims(claims)) {
    throw invalidSecretType("option 'flash.claims'", 'an object with claim()', claims)
  }
  // koa-session does not store names that begin with an underscore.
  if (typeof name !== 'string' || !isCookieName(name) || name.startsWith('_')) {
    throw invalidType("option 'flash.name'", "a cookie name that does not begin with '_'", name)
  }
  if (typeof path !== 'string' || !isCookiePath(path)) {
    throw invalidType("option 'flash.path'", "a path that begins with '/'", path)
  }
  return { name, path, claims }
}

function readBackOrigin(text: string): string {
  const origin = parseOrigin(text)
  if (origin !== undefined) return origin
  throw invalidType("option 'back.origins'", "origins such as 'https://shop.example'", text, 'INVALID_OPTION')
}

export function oneOf<const Allowed>(key: string, value: unknown, allowed: readonly Allowed[]): Allowed {
  if (allowed.includes(value as Allowed)) return value as Allowed // it is one of them
  const named = allowed.filter((each) => each !== undefined).map((each) => showValue(each))
  throw invalidType(`option '${key}'`, named.join(' or '), value, 'INVALID_OPTION')
}

export function stringList(key: string, value: unknown): readonly string[] {
  const list = value === undefined ? [] : textsIn(value)
  if (list !== undefined) return list
  throw invalidType(`option '${key}'`, 'a list of strings', value, 'INVALID_OPTION')
}

function optionalFunction<Callable>(key: string, value: unknown): Callable | undefined {
  if (value === undefined || typeof value === 'function') return value as Callable | undefined
  throw invalidType(`option '${key}'`, 'a function', value, 'INVALID_OPTION')
}
