import { randomBytes } from 'node:crypto'
import { checkKeys } from '../../checks/check-keys.js'
import { invalidRange, invalidType } from '../../checks/errors.js'

/** One stream of a channel, as the app knows it: an answer of `sse`, or an iteration. */
export interface ChannelClient {
  /** What `publish(event, { except })` finds the client by. Default: a new random id for each stream. */
  readonly id: string
  /** What the handler says of the client. */
  readonly data: unknown
}

/** What a handler says of its client; `subject` names the option in errors. */
export function readChannelClient(subject: string, given: unknown): ChannelClient {
  if (given === undefined) return { id: randomId(), data: undefined }
  checkKeys(subject, given, ['id', 'data'])
  const { id = randomId(), data } = given as { readonly id?: unknown; readonly data?: unknown } // by the check
  return { id: checkClientId(`${subject}: id`, id), data }
}

/** A UUID of Node's is a chain of 20 pieces until code reads it: 1 kB in each of the clients. */
function randomId(): string {
  return randomBytes(16).toString('base64url')
}

/** Options of `publish`. */
export interface PublishOptions {
  /**
   * The client that does not get the event, or its id: each of its streams, in all processes, also when it returns.
   * Default: none.
   */
  readonly except?: string | Pick<ChannelClient, 'id'>
}

/** The id of the client that does not get the event. */
export function readExcept(options: PublishOptions): string | undefined {
  checkKeys('publish()', options, ['except'])
  const { except } = options
  if (except === undefined) return undefined
  const subject = "publish: option 'except'"
  if (typeof except === 'string') return checkClientId(subject, except)
  if (typeof except !== 'object' || except === null || typeof except.id !== 'string') {
    throw invalidType(subject, 'a client or the id of one', except)
  }
  return checkClientId(subject, except.id)
}

function checkClientId(subject: string, id: unknown): string {
  if (typeof id !== 'string') throw invalidType(subject, 'a string', id, 'INVALID_OPTION')
  if (id === '') throw invalidRange(subject, 'a string that is not empty', id, 'INVALID_OPTION')
  return id
}
