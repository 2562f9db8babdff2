import type { RouteParameters, RouteSource, UrlOptions } from '../shared/routes/route-source.js'
import type { Finding } from './finding.js'
import { show, type TestedResponse } from './tested-response.js'

/** The parts of a route's URL, and the status of the redirect to it. */
export interface ExpectedRedirect extends UrlOptions {
  /** The status of the redirect. Default: any status of a redirect. */
  readonly status?: number
}

export function findRedirect(response: TestedResponse, location: string | RegExp, status?: number): Finding {
  return findLocation(response, location, status, show(location))
}

export function findRedirectToRoute(
  response: TestedResponse,
  routes: RouteSource,
  name: string,
  parameters?: RouteParameters,
  options?: ExpectedRedirect,
): Finding {
  const { status, ...urlOptions } = options ?? {}
  const url = routes.url(name, parameters, urlOptions)
  if (typeof url !== 'string') throw url
  return findLocation(response, url, status, `route '${name}' (${show(url)})`)
}

function findLocation(
  response: TestedResponse,
  location: string | RegExp,
  status: number | undefined,
  shown: string,
): Finding {
  const actual = response.field('location')
  const isRedirect = response.status >= 300 && response.status < 400 && actual !== undefined
  const isThere = typeof location === 'string' ? actual === location : location.test(actual ?? '')
  const wanted = status === undefined ? `to redirect to ${shown}` : `to redirect to ${shown} with ${status}`
  const got = isRedirect ? `${response.status} to ${show(actual)}` : `${response.status} without a redirect`
  return {
    holds: isRedirect && isThere && (status === undefined || status === response.status),
    message: `${wanted}, got ${got}`,
    negated: `not ${wanted}`,
    expected: location,
    actual,
  }
}
