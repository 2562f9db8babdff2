import { adoptPromise, callHook } from '../../checks/promise.js'
import { cutOff } from '../../exchange/cut-off.js'
import { debug, type Exchange, toError } from '../../exchange/exchange.js'
import type { RequestFacts } from '../../exchange/request-facts.js'
import type { ResponseDescription } from '../../exchange/response-description.js'
import { removeWithdrawnFields } from '../../exchange/withdrawn-fields.js'
import { fieldsOfError } from '../../fields/error-fields.js'
import type { HtmlFragment } from '../../fields/html-text.js'
import { preferredType } from '../../fields/preferences.js'
import { HTML_TYPE } from '../html.js'
import { isFragment } from '../html-fragment.js'
import { describeMemoryBody } from '../memory-body.js'
import { completeProblem, describeProblem, PROBLEM_TYPE, type ProblemDetails } from '../problem.js'
import type { ProblemHandlerOptions } from './problem-handler-options.js'
import { problemOf } from './problem-of.js'
import { problemPage } from './problem-page.js'

/** What only the framework knows. */
export interface ProblemHost {
  readonly isProduction: boolean
  /** Logs an error as the framework does, if the app has no hook for errors. */
  log(error: Error): void
}

/** Sends an error in place of the response that was prepared. Never throws. */
export function sendProblemOf(
  exchange: Exchange,
  reason: unknown,
  options: ProblemHandlerOptions,
  host: ProblemHost,
): void {
  try {
    const error = toError(reason)
    reportError(exchange, error, options, host)
    if (exchange.isRefusal(error)) return // the first answer stays whole: it has not failed
    exchange.noteFailure(error)
    if (!withdrawAnswer(exchange, error)) return
    exchange.finish(describeError(exchange.facts, error, options.showInternals ?? !host.isProduction, options))
  } catch (failure) {
    sendBareProblem(exchange, failure)
  }
}

/** Sends a bare 500, because a hook of the app has failed. */
function sendBareProblem(exchange: Exchange, failure: unknown): void {
  const { facts } = exchange
  try {
    debug('problemHandler: %s', failure)
    if (withdrawAnswer(exchange, toError(failure))) exchange.finish(describeProblem(facts, { status: 500 }))
  } catch (error) {
    cutOff(facts.req, facts.res, toError(error))
  }
}

/**
 * Takes back the answer that was prepared, and returns whether an error can replace it. After the head it cannot: then the
 * connection is cut, so that the response never looks complete.
 */
function withdrawAnswer(exchange: Exchange, error: Error): boolean {
  const { facts } = exchange
  const { res } = facts
  if (exchange.hasBegun) {
    if (!res.writableEnded) cutOff(facts.req, res, error)
    return false
  }
  exchange.withdraw() // even if the client has left: Koa would never read the stream that was set
  if (facts.aborted) return false
  removeWithdrawnFields(res)
  return true
}

function reportError(exchange: Exchange, error: Error, { onError }: ProblemHandlerOptions, host: ProblemHost): void {
  const { method, url, aborted, settings } = exchange.facts
  exchange.report(error, aborted, settings)
  callHook(
    () => {
      if (onError === undefined && settings.onError === undefined && !aborted) host.log(error)
      return onError?.(error, { method, url, aborted })
    },
    (failure) => debug('problemHandler: onError failed: %s', failure),
  )
}

function describeError(
  facts: RequestFacts,
  error: Error,
  showInternals: boolean,
  options: ProblemHandlerOptions,
): ResponseDescription {
  const inferred = problemOf(error, showInternals)
  const details = completeProblem(atOnce(options.details?.(error, inferred)) ?? inferred)
  const described = describeProblemByAccept(facts, details, () => atOnce(options.page?.(details, error)))
  return { ...described, fields: [...described.fields, ...fieldsOfError(error, facts.req.httpVersionMajor)] }
}

/** A page if the client prefers HTML, else problem details. */
export function describeProblemByAccept(
  facts: RequestFacts,
  details: ProblemDetails,
  createPage?: () => string | HtmlFragment | undefined,
): ResponseDescription {
  // RFC 9457 §3: a client that accepts JSON can read application/problem+json.
  const preferred = preferredType(facts.field('accept'), [PROBLEM_TYPE, 'application/json', 'text/html'])
  const described =
    preferred === 'text/html'
      ? describePage(facts, details, createPage?.() ?? problemPage(completeProblem(details)))
      : describeProblem(facts, details)
  return { ...described, fields: [...described.fields, ['Vary', 'Accept']] }
}

/** What a hook returned. A hook must not return a promise: it is refused later, and its rejection must not end the process. */
function atOnce<Value>(returned: Value): Value {
  adoptPromise(returned)
  return returned
}

function describePage(
  facts: RequestFacts,
  { status }: ProblemDetails,
  page: string | HtmlFragment,
): ResponseDescription {
  const type = HTML_TYPE
  const described = describeMemoryBody(facts, readErrorPage(page), { status, type, inferredType: type })
  const defaults = [
    ...described.defaults,
    ['Content-Security-Policy', "default-src 'none'"],
    ['X-Content-Type-Options', 'nosniff'],
  ] as const
  return { ...described, defaults }
}

/** An error page is sent as a whole: a fragment with a promise in it is refused. */
function readErrorPage(page: string | HtmlFragment): string | Uint8Array {
  return isFragment(page) ? page.toString() : page
}
