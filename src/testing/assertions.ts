import { isThenable } from '../shared/checks/promise.js'
import { findDownload, findProblem, findStreamEvents } from './body-finding.js'
import { findDeleteCookie, findSetCookie } from './cookie-finding.js'
import type { Finding } from './finding.js'
import { findRedirect, findRedirectToRoute } from './redirect-finding.js'
import { readResponse, type TestedResponse } from './tested-response.js'

/** One assertion, under a name that each kind of test uses in its own form. */
export interface AssertionPlan {
  readonly find: (response: TestedResponse, ...given: unknown[]) => Finding
  /** It looks at the body, which a response of `fetch` has to read first. */
  readonly readsBody: boolean
}

export type AssertionName =
  | 'redirectTo'
  | 'redirectToRoute'
  | 'setCookie'
  | 'deleteCookie'
  | 'download'
  | 'problem'
  | 'streamEvents'

const plan = (find: (response: TestedResponse, ...given: never[]) => Finding, readsBody = false): AssertionPlan => ({
  find: find as AssertionPlan['find'], // the declarations of each kind of test give the types of what follows
  readsBody,
})

export const PLANS: Readonly<Record<AssertionName, AssertionPlan>> = {
  redirectTo: plan(findRedirect),
  redirectToRoute: plan(findRedirectToRoute),
  setCookie: plan(findSetCookie),
  deleteCookie: plan(findDeleteCookie),
  download: plan(findDownload),
  problem: plan(findProblem, true),
  streamEvents: plan(findStreamEvents, true),
}

/** What an assertion finds, and what becomes of it. A promise if a body has to be read. */
export function evaluate<Result>(
  { find, readsBody }: AssertionPlan,
  value: unknown,
  given: readonly unknown[],
  use: (finding: Finding) => Result,
): Result | Promise<Result> {
  const response = readResponse(value)
  const text = readsBody ? response.readText?.() : undefined
  return isThenable(text)
    ? text.then((read) => use(find({ ...response, text: read }, ...given)))
    : use(find(response, ...given))
}

/** The whole sentence of a failure. */
export function sentenceOf(sentence: string): string {
  return `expected the response ${sentence}`
}
