import { isFragment } from '../bodies/html-fragment.js'
import { invalidType, isError } from '../checks/errors.js'
import { isDecodedByFetch, isFetchResponse } from '../streams/fetch-response.js'
import { bodyOf, givesBytes } from './body-of.js'
import { createBody, createBodyFor } from './reply-body.js'
import { stateOf } from './reply-brand.js'
import { createState, type ReplyState } from './reply-state.js'

/**
 * What a value stands for that `call` was given. An error counts as thrown. `type` is the media type that the client
 * prefers; what says its own type keeps it: a reply, a response, an error.
 */
export function toReplyState(call: string, value: unknown, type?: string): ReplyState {
  const given = stateOf(value)
  if (given !== undefined) return given
  if (value === undefined) throw invalidType(`${call}: value`, 'something to send', value)
  if (isError(value)) throw value
  if (isFetchResponse(value)) return stateOfResponse(call, value)
  return type === undefined || value === null ? createState(bodyOf(call, value)) : stateOfType(call, value, type)
}

function stateOfType(call: string, value: unknown, type: string): ReplyState {
  if (type === 'text/html' && (typeof value === 'string' || isFragment(value))) {
    return createState(createBody('html', value))
  }
  const isJson = (type === 'application/json' || type.endsWith('+json')) && !givesBytes(value)
  const state = createState(isJson ? createBodyFor(call, 'json', value) : bodyOf(call, value))
  if (isJson && type === 'application/json') return state // it says its type itself
  const isText = typeof value === 'string' && type.startsWith('text/') && !type.includes(';')
  state.fields.set('Content-Type', isText ? `${type}; charset=utf-8` : type)
  return state
}

/** RFC 9110 §7.6.1: fields of the connection that the response came by, beside those that its Connection names. */
const CONNECTION_FIELDS: readonly string[] = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
]

function stateOfResponse(call: string, response: Response): ReplyState {
  if (response.bodyUsed) throw invalidType(`${call}: Response`, 'one whose body has not been read yet', response)
  if (response.status < 200) throw invalidType(`${call}: Response`, 'a success, redirect or error response', response)
  const { status, headers, body } = response
  const state = createState(bodyOf(call, body))
  state.status = status
  state.keepsType = true // another charset may stand in the body itself
  state.fields.setAll(headers, call)
  const named = headers.get('connection')?.split(',') ?? []
  for (const name of [...CONNECTION_FIELDS, ...named]) state.fields.delete(name.trim())
  // fetch() has decoded the body: its coding, and the length of the coded bytes, are no longer true.
  if (isDecodedByFetch(response)) {
    for (const name of ['Content-Encoding', 'Content-Length']) state.fields.delete(name)
  }
  return state
}
