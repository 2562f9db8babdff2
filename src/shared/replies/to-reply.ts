import { invalidType } from '../errors.js'
import { Reply } from '../reply.js'

/** What a handler gave back, as a `Reply`. An error given back counts as thrown. */
export function toReply(value: unknown): Reply {
  if (value instanceof Reply) return value
  if (value === undefined) throw invalidType('reply: value', 'something to send', value)
  if (value instanceof Error) throw value
  return new Reply(value)
}
