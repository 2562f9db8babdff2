import { hasClassTag } from '../checks/class-tag.js'
import { type Duration, durationMs } from '../checks/duration.js'
import { invalidRange, invalidType } from '../checks/errors.js'

/** Options of `responseKit()` for streams and their end. */
export interface StreamOptions {
  /** Silence after which an event stream sends a comment, so that proxies keep it open. Default 15 seconds; 0: never. */
  readonly heartbeat?: Duration
  /**
   * How long a client may accept nothing of a stream before it is cut off. Seconds, or a duration with its unit.
   * Default 0: as long as the server allows.
   */
  readonly idleLimit?: Duration
  /** When it fires, open streams end within `grace`, so that `server.close()` returns. Default: none. */
  readonly shutdown?: AbortSignal
  /** How long streams may take to end by themselves after `shutdown` has fired. Default 5 seconds. */
  readonly grace?: Duration
}

/** The same, read: durations in milliseconds. */
export interface StreamSettings {
  readonly heartbeat: number
  readonly idleLimit: number
  readonly shutdown: AbortSignal | undefined
  readonly grace: number
}

/** A timer's longest delay; a longer one would fire at once. */
const LONGEST_MS = 2 ** 31 - 1

export const streamOptionReaders: { [Key in keyof StreamSettings]: (value: unknown) => StreamSettings[Key] } = {
  heartbeat: (value) => readTimerMs("option 'heartbeat'", value, 15_000),
  idleLimit: (value) => readTimerMs("option 'idleLimit'", value, 0),
  shutdown: (value) => readSignal(value),
  grace: (value) => readTimerMs("option 'grace'", value, 5000),
}

/** A duration a timer can keep; `subject` names the option. */
export function readTimerMs(subject: string, value: unknown, inferred: number): number {
  if (value === undefined) return inferred
  const ms = durationMs(value as Duration, subject, 'INVALID_OPTION') // refuses every other type
  if (ms < 0 || ms > LONGEST_MS) throw invalidRange(subject, 'from 0 to 24 days', value, 'INVALID_OPTION')
  return ms
}

function readSignal(value: unknown): AbortSignal | undefined {
  if (value === undefined || isSignal(value)) return value
  throw invalidType("option 'shutdown'", 'an AbortSignal', value, 'INVALID_OPTION')
}

/** Whether a value is an AbortSignal, also one of another realm. */
export function isSignal(value: unknown): value is AbortSignal {
  if (!hasClassTag(value, 'AbortSignal')) return false
  return typeof (value as { readonly addEventListener?: unknown }).addEventListener === 'function' // anything may have the tag
}
