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

/** Koa's `app.keys` may be a Keygrip, which keeps its secrets to itself. */
export interface Keygrip {
  sign(data: string): string
  index(data: string, digest: string): number
}

/** Newest first: the first signs, all verify; an empty list where there are none. */
export type SigningKeys = readonly string[] | Keygrip

/** How the framework's own cookie packages sign: what they write is read, and they read what is written. */
export type CookieSigning = PrefixedSigning | CompanionSigning

/** cookie-parser's: the value is `s:text.signature`. */
export interface PrefixedSigning {
  readonly format: 'prefixed'
  readonly keys: readonly string[]
  /** What the framework has verified itself, by keys it does not show. */
  readonly verified: Readonly<Record<string, unknown>> | undefined
}

/** Koa's: a second cookie `name.sig` holds the signature of `name=value`. */
export interface CompanionSigning {
  readonly format: 'companion'
  readonly keys: SigningKeys
}
