/** A request handler of either framework. */
export type View = (...args: never[]) => unknown

/** The syntax of a path, if it is not that of Express 5 and @koa/router. */
export type PathSyntax = 'express4'

/** The paths at which a framework's own router serves a handler. */
export interface ViewPaths {
  /** The path that the app is mounted at. */
  readonly base: string
  readonly paths: readonly unknown[]
  readonly syntax?: PathSyntax | undefined
}

/** Koa's `app.keys` may be a Keygrip, which does not show its secrets. */
export interface Keygrip {
  sign(data: string): string
  index(data: string, digest: string): number
}

/** Newest first: the first key signs, all keys verify. An empty list if there are none. */
export type SigningKeys = readonly string[] | Keygrip

/** How the framework's own cookie packages sign. The kit reads what they write, and they read what the kit writes. */
export type CookieSigning = PrefixedSigning | CompanionSigning

/** cookie-parser's: the value is `s:text.signature`. */
export interface PrefixedSigning {
  readonly format: 'prefixed'
  readonly keys: readonly string[]
  /** The cookies that the framework has verified itself, by keys that it does not show. */
  readonly verified: Readonly<Record<string, unknown>> | undefined
}

/** Koa's: a second cookie `name.sig` holds the signature of `name=value`. */
export interface CompanionSigning {
  readonly format: 'companion'
  readonly keys: SigningKeys
}
