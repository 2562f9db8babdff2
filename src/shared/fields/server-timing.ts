import { checkKeys } from '../checks/check-keys.js'
import { invalidRange, invalidType } from '../checks/errors.js'
import { isQuotable, isToken, quoteString } from './quoted-string.js'

/** Options of `serverTiming`. */
export interface ServerTimingOptions {
  /** How long it took, in milliseconds. Default: none. */
  readonly durationMs?: number | undefined
  /** Printable ASCII. Default: none. */
  readonly description?: string | undefined
}

/** One metric of a Server-Timing field (W3C Server Timing). */
export function serializeServerTiming(name: string, options: ServerTimingOptions = {}): string {
  if (typeof name !== 'string' || !isToken(name))
    throw invalidType('serverTiming: name', 'a token', name, 'INVALID_FIELD')
  checkKeys('serverTiming()', options, ['durationMs', 'description'])
  const { durationMs, description } = options
  let metric = name
  if (durationMs !== undefined) {
    if (typeof durationMs !== 'number' || !Number.isFinite(durationMs) || durationMs < 0) {
      throw invalidRange('serverTiming: durationMs', 'a number of milliseconds, 0 or more', durationMs, 'INVALID_FIELD')
    }
    metric += `;dur=${Math.round(durationMs * 1000) / 1000}`
  }
  if (description !== undefined) {
    if (typeof description !== 'string' || !isQuotable(description)) {
      throw invalidType('serverTiming: description', 'printable ASCII text', description, 'INVALID_FIELD')
    }
    metric += `;desc=${quoteString(description)}`
  }
  return metric
}
