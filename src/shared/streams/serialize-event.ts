import { checkKeys, isWithoutNames } from '../checks/check-keys.js'
import { invalidRange, invalidType, ResponseKitError } from '../checks/errors.js'
import { checkAwaited } from '../json/check-awaited.js'
import { describeJsonFailure } from '../json/json-failure.js'

/** One event of a `text/event-stream` (HTML §9.2). */
export interface ServerSentEvent {
  /** Text as it is, of one or more lines; anything else as JSON. Default: none. */
  readonly data?: unknown
  /** The type that listeners ask for. Default: none, which browsers take for `message`. */
  readonly event?: string
  /**
   * What the client sends as `Last-Event-ID` when it returns: up to 4096 bytes, without control characters, and without
   * spaces at its ends. An empty id makes it forget the last one. Default: none.
   */
  readonly id?: string | number
  /** How long the client waits before it returns: milliseconds, as on the wire. Default: none. */
  readonly retry?: number
  /** A line that browsers ignore. Default: none. */
  readonly comment?: string
}

const KEYS = ['data', 'event', 'id', 'retry', 'comment'] as const

/** An event in two parts: a channel adds the id that its store gives. */
export interface EventParts {
  readonly id: string | undefined
  /** The text of all other fields, without the empty line that ends an event. */
  readonly fields: string
  /** The last field is `data`, and its text is JSON on one line. */
  readonly hasJson: boolean
}

/** Checks an event and takes its id apart; `subject` names it in errors. */
export function serializeEventParts(event: unknown, subject: string): EventParts {
  const { id, ...others } = readEvent(event, subject)
  if (id !== undefined) serializeGivenId(id, subject) // refuses a bad one
  return {
    id: id === undefined ? undefined : `${id}`,
    fields: serializeFields(others, subject),
    hasJson: others.data !== undefined && typeof others.data !== 'string',
  }
}

/** The whole event, with the empty line that ends it. */
export function serializeEvent(event: unknown, subject: string): string {
  return `${serializeFields(readEvent(event, subject), subject)}\n`
}

function readEvent(event: unknown, subject: string): ServerSentEvent {
  if (typeof event === 'string') return { data: event }
  if (typeof event !== 'object' || event === null || Array.isArray(event) || ArrayBuffer.isView(event)) {
    throw invalidType(subject, 'a string or { data, event, id, retry, comment }', event, 'INVALID_CHUNK')
  }
  const isOfAnotherClass = isWithoutNames(event)
  if (!isOfAnotherClass) checkKeys(subject, event, KEYS)
  const read: ServerSentEvent = event
  if (isOfAnotherClass || KEYS.every((key) => read[key] === undefined)) {
    throw invalidType(subject, `an object with at least one of ${KEYS.join(', ')}`, event, 'INVALID_CHUNK')
  }
  return read
}

function serializeFields({ data, event, id, retry, comment }: ServerSentEvent, subject: string): string {
  let text = ''
  if (comment !== undefined) text += serializeLines('', checkText(comment, `${subject}: comment`))
  if (event !== undefined) text += `event: ${checkLine(event, `${subject}: event`)}\n`
  if (id !== undefined) text += serializeGivenId(id, subject)
  if (retry !== undefined) text += `retry: ${checkRetry(retry, `${subject}: retry`)}\n`
  if (data !== undefined) text += serializeLines('data', typeof data === 'string' ? data : serializeJson(data, subject))
  // The browser drops an event without data, but a caller that names an event wants it to arrive.
  else if (event !== undefined) text += 'data: \n'
  return text
}

/** Servers and proxies refuse a request with a longer field. The id of a joined stream is as long as its channels are many. */
const LONGEST_ID = 4096

function serializeGivenId(id: string | number, subject: string): string {
  const line = serializeId(id, subject)
  if (typeof id === 'number' || Buffer.byteLength(id) <= LONGEST_ID) return line
  throw invalidRange(`${subject}: id`, `at most ${LONGEST_ID} bytes`, id, 'INVALID_CHUNK')
}

/**
 * A browser sends the id back in a header field (RFC 9110 §5.5). There it loses spaces at its ends, and with a control
 * character the request is refused: then the browser does not return again.
 */
const UNRETURNABLE = /[^\P{Cc}\t]|\p{Cs}|^[\t ]|[\t ]$/u

export function serializeId(id: string | number, subject: string): string {
  if (typeof id === 'number' && !Number.isFinite(id)) {
    throw invalidRange(`${subject}: id`, 'a string or a finite number', id, 'INVALID_CHUNK')
  }
  const line = typeof id === 'number' ? `${id}` : checkLine(id, `${subject}: id`)
  if (UNRETURNABLE.test(line)) {
    const expected = 'without NUL and other control characters, half characters, and spaces at its ends'
    throw invalidRange(`${subject}: id`, expected, id, 'INVALID_CHUNK')
  }
  return `id: ${line}\n`
}

/** Refuses what no client can have as its last event ID; `subject` names the option. */
export function checkLastEventId(subject: string, id: unknown): void {
  if (typeof id !== 'string') throw invalidType(subject, 'a string', id)
  if (/[\0\r\n]/.test(id)) throw invalidRange(subject, 'a single line without NUL', id)
}

/** A line ends at CRLF, LF or CR (HTML §9.2.5). One space after the colon is not part of the value. */
function serializeLines(field: string, text: string): string {
  if (!/[\r\n]/.test(text)) return `${field}: ${text}\n`
  return text
    .split(/\r\n|\n|\r/)
    .map((line) => `${field}: ${line}\n`)
    .join('')
}

function serializeJson(data: unknown, subject: string): string {
  checkAwaited(`${subject}: data`, data, 'INVALID_CHUNK')
  let text: string | undefined
  try {
    text = JSON.stringify(data)
  } catch (cause) {
    throw new ResponseKitError('INVALID_CHUNK', `${subject}: data: ${describeJsonFailure(data, cause)}`, { cause })
  }
  if (text === undefined)
    throw invalidType(`${subject}: data`, 'text or something JSON can represent', data, 'INVALID_CHUNK')
  return text
}

function checkText(value: unknown, subject: string): string {
  if (typeof value !== 'string') throw invalidType(subject, 'a string', value, 'INVALID_CHUNK')
  return value
}

function checkLine(value: unknown, subject: string): string {
  const line = checkText(value, subject)
  if (/[\r\n]/.test(line)) throw invalidRange(subject, 'a single line', line, 'INVALID_CHUNK')
  return line
}

function checkRetry(value: unknown, subject: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw invalidRange(subject, 'a whole number of milliseconds', value, 'INVALID_CHUNK')
}
