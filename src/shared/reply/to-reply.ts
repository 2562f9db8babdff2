import { invalidType, isError } from '../checks/errors.js'
import { isDecodedByFetch, isFetchResponse } from '../streams/fetch-response.js'
import { bodyOf } from './body-of.js'
import { Reply, stateOf } from './reply.js'
import type { ReplyState } from './reply-state.js'

/** What a value stands for that `call` was given. An error counts as thrown. */
export function toReplyState(call: string, value: unknown): ReplyState {
  const given = stateOf(value)
  if (given !== undefined) return given
  if (value === undefined) throw invalidType(`${call}: value`, 'something to send', value)
  if (isError(value)) throw value
  if (isFetchResponse(value)) {
    const copy = stateOfNew(replyOfResponse(call, value))
    copy.keepsType = true // another charset may stand in the body itself
    return copy
  }
  const state = stateOfNew(new Reply())
  state.body = bodyOf(call, value)
  return state
}

function stateOfNew(reply: Reply): ReplyState {
  return stateOf(reply) as ReplyState // a Reply of this copy has one
}

/** RFC 9110 §7.6.1: fields of the connection that the response came by. */
const CONNECTION_FIELDS: readonly string[] = ['connection', 'keep-alive', 'transfer-encoding', 'upgrade']

function replyOfResponse(call: string, response: Response): Reply {
  if (response.bodyUsed) throw invalidType(`${call}: Response`, 'one whose body has not been read yet', response)
  if (response.status < 200) throw invalidType(`${call}: Response`, 'a success, redirect or error response', response)
  const reply = new Reply(response.body, { status: response.status, headers: response.headers })
  for (const name of CONNECTION_FIELDS) reply.deleteHeader(name)
  // fetch() has decoded the body: its coding, and the length of the coded bytes, are no longer true.
  if (isDecodedByFetch(response)) {
    reply.deleteHeader('Content-Encoding').deleteHeader('Content-Length')
  }
  return reply
}
