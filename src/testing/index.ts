import type { RouteParameters, RouteSource, UrlOptions } from '../shared/routes/route-source.js'
import { type ExpectedEvent, findDownload, findProblem, findStreamEvents } from './body-finding.js'
import { type ExpectedCookie, findDeleteCookie, findSetCookie } from './cookie-finding.js'
import type { Finding } from './finding.js'
import { findRedirect, findRedirectToRoute } from './redirect-finding.js'

export type { ExpectedEvent } from './body-finding.js'
export type { ExpectedCookie } from './cookie-finding.js'

/** What the plugin needs of any version of chai. */
export interface ChaiLike {
  /** The class that gets the assertions. */
  readonly Assertion: {
    // A method and no property, so that chai's own declaration fits.
    addMethod(name: string, method: (this: AssertionLike, ...given: unknown[]) => void): void
  }
}

/** An assertion of chai while it runs. */
export interface AssertionLike {
  /** The value that the assertion is about. */
  readonly _obj: unknown
  /** Fails with a message unless it holds; `negated` is the message after `not`. */
  assert(holds: boolean, message: string, negated: string, expected?: unknown, actual?: unknown): void
}

type Find = (value: unknown, ...given: unknown[]) => Finding

// The declarations below give the types of the arguments after the value.
const assertions = {
  redirectTo: findRedirect,
  redirectToRoute: findRedirectToRoute,
  setCookie: findSetCookie,
  deleteCookie: findDeleteCookie,
  download: findDownload,
  problem: findProblem,
  streamEvents: findStreamEvents,
} as Readonly<Record<string, (value: unknown, ...given: never[]) => Finding>> as Readonly<Record<string, Find>>

/** Chai assertions on responses of supertest: `import { use } from 'chai'; use(responseKitAssertions)`. */
export function responseKitAssertions(chai: ChaiLike): void {
  for (const [name, find] of Object.entries(assertions)) {
    chai.Assertion.addMethod(name, function assertResponse(...given) {
      const { holds, message, negated, expected, actual } = find(this._obj, ...given)
      // Chai reads #{...} in a message as its own.
      const text = (sentence: string) => `expected the response ${sentence.replaceAll('#{', '# {')}`
      this.assert(holds, text(message), text(negated), expected, actual)
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
        options?: UrlOptions & { readonly status?: number },
      ): Assertion
      /** A cookie is set, and not deleted; `expected` is its value, or the value and attributes to look at. */
      setCookie(name: string, expected?: ExpectedCookie | string): Assertion
      /** A cookie is expired. */
      deleteCookie(name: string, place?: { readonly path?: string; readonly domain?: string }): Assertion
      /** A file saved by the browser, under this name. */
      download(filename?: string | RegExp): Assertion
      /** Problem details (RFC 9457) of this status, with these members among others. */
      problem(status: number, members?: Readonly<Record<string, unknown>>): Assertion
      /** An event stream of exactly these events. */
      streamEvents(expected: readonly ExpectedEvent[]): Assertion
    }
  }
}
