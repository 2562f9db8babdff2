import { invalidType } from '../checks/errors.js'
import { Reply } from './reply.js'

/** What a handler gave back, as a `Reply`. An error given back counts as thrown. */
export function toReply(value: unknown): Reply {
  if (value instanceof Reply) return value
  if (value === undefined) throw invalidType('reply: value', 'something to send', value)
  if (value instanceof Error) throw value
  return isResponse(value) ? replyOfResponse(value) : new Reply(value)
}

/** A WHATWG `Response`, whosever implementation of it. */
export function isResponse(value: unknown): value is Response {
  return Object.prototype.toString.call(value) === '[object Response]'
}

const OF_THE_CONNECTION: readonly string[] = ['connection', 'keep-alive', 'transfer-encoding', 'upgrade']

function replyOfResponse(response: Response): Reply {
  if (response.bodyUsed) throw invalidType('reply: Response', 'one whose body has not been read yet', response)
  if (response.status < 200) throw invalidType('reply: Response', 'a success, redirect or error response', response)
  const reply = new Reply(response.body, { status: response.status, headers: response.headers })
  for (const name of OF_THE_CONNECTION) reply.deleteHeader(name)
  // What fetch() brought is decoded by now: its coding and length are those of other octets.
  if (response.url !== '') reply.deleteHeader('Content-Encoding').deleteHeader('Content-Length')
  return reply
}
