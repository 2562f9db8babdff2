import { lookup } from 'mime-types'
import { isFragment } from '../bodies/html-fragment.js'
import { isBytes } from '../checks/bytes.js'
import { invalidRange, invalidType, isError } from '../checks/errors.js'
import type { Exchange } from '../exchange/exchange.js'
import { removeMeantFields } from '../exchange/meant-fields.js'
import { checkMediaType } from '../fields/media-type.js'
import { addVary } from '../fields/member-list.js'
import { preferredType } from '../fields/preferences.js'
import { isFetchResponse } from '../streams/fetch-response.js'
import { bodyOf } from './body-of.js'
import { problem } from './factories.js'
import { Reply, stateOf } from './reply.js'
import { createBodyFor, type ReplyBody } from './reply-body.js'
import { isBranded } from './reply-brand.js'
import { releaseValue, sendValue } from './send-value.js'

/** The value to send for each media type, or for `html`, `json`, `text` and other extensions; `default` for all others. */
export type Choices = Readonly<Record<string, unknown>>

/** Sends the choice that the client prefers (RFC 9110 §12.5.1), or a 406 with the list if it accepts none of them. */
export async function negotiate(exchange: Exchange, target: unknown, choices: CheckedChoices): Promise<void> {
  const { byType, fallback } = choices
  const { res } = exchange.facts
  res.setHeader('Vary', addVary(res.getHeader('Vary'), 'Accept'))
  const available = [...byType.keys()]
  const release = (sent?: unknown): void => {
    for (const other of [...byType.values(), fallback]) if (other !== sent && other !== target) releaseValue(other)
  }
  const type = preferredType(exchange.facts.field('accept'), available)
  if (type === undefined && fallback === undefined) {
    release()
    removeMeantFields(res) // RFC 9111 §3: a cache would keep the 406 as long as the answer
    return sendValue(exchange, 'negotiate', problem({ status: 406, available }))
  }
  const choice = type === undefined ? fallback : byType.get(type)
  release(choice)
  const value: unknown = typeof choice === 'function' ? await choice() : await choice
  if (value === target || (value === undefined && exchange.hasAnswer)) return
  return sendValue(exchange, 'negotiate', type === undefined ? value : replyOf(type, value))
}

export interface CheckedChoices {
  /** By media type, in the order in which the caller prefers them. */
  readonly byType: ReadonlyMap<string, unknown>
  readonly fallback: unknown
}

export function checkChoices(choices: Choices): CheckedChoices {
  if (typeof choices !== 'object' || choices === null) {
    throw invalidType('negotiate: choices', 'an object of media types or extensions', choices)
  }
  const keys = Object.keys(choices).filter((key) => key !== 'default')
  if (keys.length === 0) throw invalidType('negotiate: choices', 'an object with at least one media type', choices)
  return { byType: new Map(keys.map((key) => [mediaTypeOf(key), choices[key]])), fallback: choices.default }
}

function mediaTypeOf(key: string): string {
  if (key.includes('/')) return checkMediaType('negotiate: choice', key)
  const type = lookup(key)
  if (type === false) throw invalidRange('negotiate: choice', 'a media type or a known extension', key)
  return type
}

/** A Reply of a body that is not made by one of its calls. */
function replyWith(body: ReplyBody | undefined, type?: string): Reply {
  const reply = new Reply(undefined, type === undefined ? undefined : { type })
  const state = stateOf(reply)
  if (state !== undefined) state.body = body
  return reply
}

/** The value of a choice in its media type. What says its own type keeps it: a reply, a response, an error. */
function replyOf(type: string, value: unknown): unknown {
  if (value === null || value === undefined || isBranded(value) || isFetchResponse(value) || isError(value))
    return value
  if (type === 'text/html' && (typeof value === 'string' || isFragment(value))) return new Reply().setHtml(value)
  if (type === 'application/json') return replyWith(createBodyFor('negotiate', 'json', value))
  if (type.endsWith('+json') && !isBytes(value)) return replyWith(createBodyFor('negotiate', 'json', value), type)
  const isText = typeof value === 'string' && type.startsWith('text/') && !type.includes(';')
  return replyWith(bodyOf('negotiate', value), isText ? `${type}; charset=utf-8` : type)
}
