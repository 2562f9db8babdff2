import { AssertionError } from 'node:assert'
import type { RouteParameters, RouteSource } from '../shared/routes/route-source.js'
import { type AssertionName, type AssertionPlan, evaluate, PLANS, sentenceOf } from './assertions.js'
import type { ExpectedEvent } from './body-finding.js'
import type { ExpectedCookie, ExpectedDeletion } from './cookie-finding.js'
import type { ExpectedRedirect } from './redirect-finding.js'

/** Assertions as plain functions. Each throws an `AssertionError` of node:assert. */
export interface ResponseAssertions {
  /** A redirect to exactly this Location, or to one that matches; with `status`, by that one. */
  redirectTo(response: unknown, location: string | RegExp, status?: number): void
  /** A redirect to the URL of a route. */
  redirectToRoute(
    response: unknown,
    routes: RouteSource,
    name: string,
    parameters?: RouteParameters,
    options?: ExpectedRedirect,
  ): void
  /** A cookie is set, and not deleted; `expected` is its value, or the value and attributes to look at. */
  setCookie(response: unknown, name: string, expected?: ExpectedCookie | string): void
  /** A cookie is expired. */
  deleteCookie(response: unknown, name: string, place?: ExpectedDeletion): void
  /** A file saved by the browser, under this name. */
  download(response: unknown, filename?: string | RegExp): void
  /** Problem details (RFC 9457) of this status, with these members among others. The body of a `Response` has to be read: await it. */
  problem(response: Response, status: number, members?: Readonly<Record<string, unknown>>): Promise<void>
  /** The same at once, for a response that has its body as text. */
  problem(response: unknown, status: number, members?: Readonly<Record<string, unknown>>): void
  /** An event stream of exactly these events. The body of a `Response` has to be read: await it. */
  streamEvents(response: Response, expected: readonly ExpectedEvent[]): Promise<void>
  /** The same at once, for a response that has its body as text. */
  streamEvents(response: unknown, expected: readonly ExpectedEvent[]): void
}

/** The same assertions, and their opposites. */
export interface AssertResponse extends ResponseAssertions {
  /** Each fails if the assertion holds. */
  readonly not: ResponseAssertions
}

type Assert = (response: unknown, ...given: unknown[]) => void | Promise<void>

/**
 * Assertions as plain functions, for node:test and every other runner.
 *
 * @example
 * assertResponse.redirectTo(await fetch(url, { redirect: 'manual' }), '/login', 303)
 */
export const assertResponse: AssertResponse = Object.assign(functions(true), { not: functions(false) })

function functions(isWanted: boolean): ResponseAssertions {
  const made: Partial<Record<AssertionName, Assert>> = {}
  for (const [name, plan] of Object.entries(PLANS)) made[name as AssertionName] = createAssert(plan, isWanted)
  return made as ResponseAssertions // one function for each of its names
}

function createAssert(plan: AssertionPlan, isWanted: boolean): Assert {
  const assert: Assert = (response, ...given) =>
    evaluate(plan, response, given, ({ holds, message, negated, expected, actual }) => {
      if (holds === isWanted) return
      const text = sentenceOf(isWanted ? message : negated)
      // Node compares both values for its own message only if there is no message.
      throw new AssertionError({ message: text, expected, actual, operator: 'response', stackStartFn: assert })
    })
  return assert
}
