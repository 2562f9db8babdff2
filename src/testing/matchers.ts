import type { RouteParameters, RouteSource } from '../shared/routes/route-source.js'
import { type AssertionName, evaluate, PLANS, sentenceOf } from './assertions.js'
import type { ExpectedEvent } from './body-finding.js'
import type { ExpectedCookie, ExpectedDeletion } from './cookie-finding.js'
import type { Finding } from './finding.js'
import type { ExpectedRedirect } from './redirect-finding.js'

/** What `expect.extend` of Jest and Vitest wants of a matcher. */
export interface MatcherResult {
  /** Whether the assertion holds. */
  readonly pass: boolean
  /** Says what came instead. */
  readonly message: () => string
  /** Shown as the difference. */
  readonly expected?: unknown
  /** Shown as the difference. */
  readonly actual?: unknown
}

/** A matcher of Jest and Vitest. */
export type Matcher = (response: unknown, ...given: unknown[]) => MatcherResult | Promise<MatcherResult>

/**
 * The types of the matchers, for the `Matchers` of your runner. `Result` is what a matcher returns there. Await
 * `toHaveProblem` and `toStreamEvents` of a response of `fetch`: its body has to be read first.
 */
export interface ResponseMatchers<Result = void> {
  /** A redirect to exactly this Location, or to one that matches; with `status`, by that one. */
  toRedirectTo(location: string | RegExp, status?: number): Result
  /** A redirect to the URL of a route. */
  toRedirectToRoute(routes: RouteSource, name: string, parameters?: RouteParameters, options?: ExpectedRedirect): Result
  /** A cookie is set, and not deleted; `expected` is its value, or the value and attributes to look at. */
  toSetCookie(name: string, expected?: ExpectedCookie | string): Result
  /** A cookie is expired. */
  toDeleteCookie(name: string, place?: ExpectedDeletion): Result
  /** A file saved by the browser, under this name. */
  toBeDownload(filename?: string | RegExp): Result
  /** Problem details (RFC 9457) of this status, with these members among others. */
  toHaveProblem(status: number, members?: Readonly<Record<string, unknown>>): Result
  /** An event stream of exactly these events. */
  toStreamEvents(expected: readonly ExpectedEvent[]): Result
}

const NAMES: Readonly<Record<keyof ResponseMatchers, AssertionName>> = {
  toRedirectTo: 'redirectTo',
  toRedirectToRoute: 'redirectToRoute',
  toSetCookie: 'setCookie',
  toDeleteCookie: 'deleteCookie',
  toBeDownload: 'download',
  toHaveProblem: 'problem',
  toStreamEvents: 'streamEvents',
}

/**
 * Matchers for Jest and Vitest.
 *
 * @example
 * expect.extend(responseKitMatchers)
 * expect(await request(app).post('/login')).toRedirectTo('/', 303)
 */
export const responseKitMatchers: Readonly<Record<keyof ResponseMatchers, Matcher>> = {
  toRedirectTo: createMatcher('toRedirectTo'),
  toRedirectToRoute: createMatcher('toRedirectToRoute'),
  toSetCookie: createMatcher('toSetCookie'),
  toDeleteCookie: createMatcher('toDeleteCookie'),
  toBeDownload: createMatcher('toBeDownload'),
  toHaveProblem: createMatcher('toHaveProblem'),
  toStreamEvents: createMatcher('toStreamEvents'),
}

function createMatcher(name: keyof ResponseMatchers): Matcher {
  return (response: unknown, ...given: unknown[]) => evaluate(PLANS[NAMES[name]], response, given, toResult)
}

function toResult({ holds, message, negated, expected, actual }: Finding): MatcherResult {
  return { pass: holds, message: () => sentenceOf(holds ? negated : message), expected, actual }
}
