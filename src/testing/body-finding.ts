import { isDeepStrictEqual } from 'node:util'
import { isRegExp } from 'node:util/types'
import { parse } from 'content-disposition'
import type { Finding } from './finding.js'
import { parseEvents, type ReceivedEvent } from './parse-events.js'
import { show, type TestedResponse } from './tested-response.js'

export function findDownload(response: TestedResponse, filename?: string | RegExp): Finding {
  const field = response.field('content-disposition')
  const disposition = field === undefined ? undefined : parse(field)
  const actual = disposition?.parameters.filename
  const isNamed = isRegExp(filename) ? filename.test(actual ?? '') : actual === filename
  const sentence = `to be a download${filename === undefined ? '' : ` named ${show(filename)}`}`
  return {
    holds: disposition?.type === 'attachment' && (filename === undefined || isNamed),
    message: `${sentence}, got ${field === undefined ? 'no Content-Disposition' : field}`,
    negated: `not ${sentence}`,
    expected: filename,
    actual,
  }
}

export function findProblem(
  response: TestedResponse,
  status: number,
  members: Readonly<Record<string, unknown>> = {},
): Finding {
  const type = response.field('content-type') ?? 'no Content-Type'
  const isProblem = /^application\/problem\+json *(?:;|$)/i.test(type)
  const details = isProblem ? parseObject(response.text) : undefined
  const wanted = { status, ...members }
  const actual = details && Object.fromEntries(Object.keys(wanted).map((key) => [key, details[key]]))
  const extra = Object.keys(members).length === 0 ? '' : ` with ${show(members)}`
  const sentence = `to have problem ${status}${extra}`
  const got = details === undefined ? `${response.status} ${type}` : `${response.status} ${show(details)}`
  return {
    holds: response.status === status && details !== undefined && isDeepStrictEqual(actual, wanted),
    message: `${sentence}, got ${got}`,
    negated: `not ${sentence}`,
    expected: wanted,
    actual,
  }
}

/** An expected event: its data alone, or some of its members. `data` that is no string is compared with parsed JSON. */
export type ExpectedEvent =
  | string
  | { readonly event?: string; readonly data?: unknown; readonly id?: string; readonly retry?: number }

export function findStreamEvents(response: TestedResponse, expected: readonly ExpectedEvent[]): Finding {
  const type = response.field('content-type') ?? 'no Content-Type'
  const isEventStream = /^text\/event-stream *(?:;|$)/i.test(type)
  const events = isEventStream ? parseEvents(response.text ?? '') : []
  const actual = events.map((each, index) => likeExpected(each, expected[index]))
  const sentence = `to stream the events ${show(expected)}`
  return {
    holds: isEventStream && isDeepStrictEqual(actual, [...expected]),
    message: `${sentence}, got ${isEventStream ? show(events) : type}`,
    negated: `not ${sentence}`,
    expected: [...expected],
    actual,
  }
}

/** The members that are expected, in the form in which they are expected. */
function likeExpected(received: ReceivedEvent, expected: ExpectedEvent | undefined): unknown {
  if (expected === undefined) return received
  if (typeof expected === 'string') return received.data
  const isJson = expected.data !== undefined && typeof expected.data !== 'string'
  const shown = { ...received, data: isJson ? parsed(received.data) : received.data }
  return Object.fromEntries(Object.keys(expected).map((key) => [key, shown[key as keyof ReceivedEvent]]))
}

function parseObject(text: string | undefined): Readonly<Record<string, unknown>> | undefined {
  const value = parsed(text ?? '')
  // An object, as checked; its members are read by name only.
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
