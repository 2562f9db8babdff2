import { STATUS_CODES } from 'node:http'
import { isRecord } from '../checks/check-keys.js'
import { invalidRange, invalidType } from '../checks/errors.js'
import type { RequestFacts } from '../exchange/request-facts.js'
import type { ResponseDescription } from '../exchange/response-description.js'
import { serializeJson } from './json.js'
import { describeMemoryBody } from './memory-body.js'

/** Problem details (RFC 9457). Further members are extension members. */
export interface ProblemDetails {
  /** The status of the response: 400 to 599. */
  readonly status: number
  /** A short text for the kind of problem. Default without a `type`: the reason phrase of the status (RFC 9457 §4.2.1). */
  readonly title?: string
  /** What happened this time. Default: none. */
  readonly detail?: string
  /** A URI reference that names the kind of problem. Default: none, which means `about:blank`. */
  readonly type?: string
  /** A URI reference that names this occurrence. Default: none. */
  readonly instance?: string
  /** Extension members (RFC 9457 §3.2). */
  readonly [member: string]: unknown
}

export const PROBLEM_TYPE = 'application/problem+json'

export function describeProblem(facts: RequestFacts, details: ProblemDetails): ResponseDescription {
  const members = completeProblem(details)
  const text = serializeJson('problem', members, facts.jsonDefaults ?? {})
  return describeMemoryBody(facts, text, { status: members.status, inferredType: PROBLEM_TYPE, type: PROBLEM_TYPE })
}

/** The members in the order of RFC 9457 §3.1, checked, with a title. */
export function completeProblem(details: ProblemDetails): ProblemDetails {
  if (!isRecord(details)) throw invalidType('problem: details', 'an object with a status', details)
  const { status, title, detail, type, instance, ...extensions } = details
  if (!Number.isInteger(status) || status < 400 || status > 599) {
    throw invalidRange('problem: status', 'an integer from 400 to 599', status)
  }
  for (const [name, value] of Object.entries({ title, detail, type, instance })) {
    if (value !== undefined && typeof value !== 'string') throw invalidType(`problem: ${name}`, 'a string', value)
  }
  const phrase = type === undefined || type === 'about:blank' ? STATUS_CODES[status] : undefined
  return withoutUndefined({ type, title: title ?? phrase, status, detail, instance, ...extensions })
}

function withoutUndefined(members: { [member: string]: unknown } & { status: number }): ProblemDetails {
  const entries = Object.entries(members).filter(([, value]) => value !== undefined)
  return { ...Object.fromEntries(entries), status: members.status }
}
