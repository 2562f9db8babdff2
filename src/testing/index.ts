import type { RouteParameters, RouteSource } from '../shared/routes/route-source.js'
import { evaluate, PLANS, sentenceOf } from './assertions.js'
import type { ExpectedEvent } from './body-finding.js'
import type { ExpectedCookie, ExpectedDeletion } from './cookie-finding.js'
import type { ExpectedRedirect } from './redirect-finding.js'

export { type AssertResponse, assertResponse, type ResponseAssertions } from './assert-response.js'
export type { ExpectedEvent } from './body-finding.js'
export { type ChannelStoreCheckOptions, checkChannelStore } from './check-channel-store.js'
export { type ClaimsCheckOptions, checkClaims } from './check-claims.js'
export type { ExpectedCookie, ExpectedDeletion } from './cookie-finding.js'
export { type Matcher, type MatcherResult, type ResponseMatchers, responseKitMatchers } from './matchers.js'
export type { ExpectedRedirect } from './redirect-finding.js'

/** What the plugin needs of any version of chai. */
export interface ChaiLike {
  /** The class that gets the assertions. */
  readonly Assertion: {
    // A method and no property, so that chai's own declaration fits.
    addMethod(name: string, method: (this: AssertionLike, ...given: unknown[]) => unknown): void
  }
}

/** An assertion of chai while it runs. */
export interface AssertionLike {
  /** The value that the assertion is about. */
  readonly _obj: unknown
  /** Fails with a message unless it holds; `negated` is the message after `not`. */
  assert(holds: boolean, message: string, negated: string, expected?: unknown, actual?: unknown): void
}

/**
 * Chai assertions on responses: `import { use } from 'chai'; use(responseKitAssertions)`. Await `problem` and `streamEvents`
 * of a response of `fetch`: its body has to be read first.
 */
export function responseKitAssertions(chai: ChaiLike): void {
  for (const [name, plan] of Object.entries(PLANS)) {
    chai.Assertion.addMethod(name, function assertResponse(...given) {
      // Chai reads #{...} in a message as its own.
      const text = (sentence: string) => sentenceOf(sentence).replaceAll('#{', '# {')
      return evaluate(plan, this._obj, given, ({ holds, message, negated, expected, actual }) => {
        this.assert(holds, text(message), text(negated), expected, actual)
      })
    })
  }
}

declare global {
  namespace Chai {
    interface Assertion {
      /** A redirect to exactly this Location, or to one that matches; with `status`, by that one. */
      redirectTo(location: string | RegExp, status?: number): Assertion
      /** A redirect to the URL of a route. */
      redirectToRoute(
        routes: RouteSource,
        name: string,
        parameters?: RouteParameters,
        options?: ExpectedRedirect,
      ): Assertion
      /** A cookie is set, and not deleted; `expected` is its value, or the value and attributes to look at. */
      setCookie(name: string, expected?: ExpectedCookie | string): Assertion
      /** A cookie is expired. */
      deleteCookie(name: string, place?: ExpectedDeletion): Assertion
      /** A file saved by the browser, under this name. */
      download(filename?: string | RegExp): Assertion
      /** Problem details (RFC 9457) of this status, with these members among others. */
      problem(status: number, members?: Readonly<Record<string, unknown>>): Assertion
      /** An event stream of exactly these events. */
      streamEvents(expected: readonly ExpectedEvent[]): Assertion
    }
  }
}
