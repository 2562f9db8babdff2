import { invalidType, isError } from '../checks/errors.js'
import { Reply, stateOf } from './reply.js'
import type { ReplyState } from './reply-state.js'

/** What a value stands for that a handler returns, or that `reply()` is given. An error counts as thrown. */
export function toReplyState(value: unknown): ReplyState {
  const state = stateOf(value)
  if (state !== undefined) return state
  if (value === undefined) throw invalidType('reply: value', 'something to send', value)
  if (isError(value)) throw value
  // A new Reply always has a state.
  return stateOf(isResponse(value) ? replyOfResponse(value) : new Reply(value)) as ReplyState
}

/** A WHATWG `Response`, of any implementation. */
export function isResponse(value: unknown): value is Response {
  return Object.prototype.toString.call(value) === '[object Response]'
}

/** RFC 9110 §7.6.1: fields of the connection that the response came by. */
const CONNECTION_FIELDS: readonly string[] = ['connection', 'keep-alive', 'transfer-encoding', 'upgrade']

function replyOfResponse(response: Response): Reply {
  if (response.bodyUsed) throw invalidType('reply: Response', 'one whose body has not been read yet', response)
  if (response.status < 200) throw invalidType('reply: Response', 'a success, redirect or error response', response)
  const reply = new Reply(response.body, { status: response.status, headers: response.headers })
  for (const name of CONNECTION_FIELDS) reply.deleteHeader(name)
  // fetch() has decoded the body: its coding, and the length of the coded bytes, are no longer true.
  if (response.url !== '' && response.headers.has('Content-Encoding')) {
    reply.deleteHeader('Content-Encoding').deleteHeader('Content-Length')
  }
  return reply
}
