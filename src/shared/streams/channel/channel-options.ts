import { checkKeys } from '../../checks/check-keys.js'
import { invalidRange, invalidSecretType, invalidType } from '../../checks/errors.js'
import type { ChannelStore } from './channel-store.js'
import { MemoryStore } from './memory-store.js'

/** Options of `channel()`. */
export interface ChannelOptions {
  /** What the ids of joined streams call it. Default: none, so that its place in the list tells it from others. */
  readonly name?: string
  /** How many events are kept for clients that return. Default 100. */
  readonly replay?: number
  /** Shares the channel between processes; it decides itself how much it keeps. Default: the memory of this process. */
  readonly store?: ChannelStore
  /** How many clients this process serves from it. One more gets a 503 with Retry-After. Default: no limit. */
  readonly maxClients?: number
  /** Called with every failure of the store. The channel keeps its clients and tries again. Default: none. */
  readonly onError?: (error: Error) => void
}

export interface ChannelParts {
  readonly name: string
  readonly store: ChannelStore
  readonly maxClients: number
  readonly onError: ((error: Error) => void) | undefined
}

export function readChannelOptions(options: ChannelOptions): ChannelParts {
  checkKeys('channel()', options, ['name', 'replay', 'store', 'maxClients', 'onError'])
  const { name = '', replay, store, onError } = options
  if (typeof name !== 'string') throw invalidType("channel: option 'name'", 'a string', name)
  checkFunction("channel: option 'onError'", onError)
  const maxClients = readMaxClients("channel: option 'maxClients'", options.maxClients)
  if (store === undefined)
    return { name, store: new MemoryStore(readReplay("channel: option 'replay'", replay)), maxClients, onError }
  if (replay !== undefined) {
    throw invalidRange("channel: option 'replay'", 'absent beside a store, which decides itself what it keeps', replay)
  }
  return { name, store: checkStore("channel: option 'store'", store), maxClients, onError }
}

/** A limit of clients; `subject` names the option in errors. */
export function readMaxClients(subject: string, limit: number = Number.POSITIVE_INFINITY): number {
  if (limit === Number.POSITIVE_INFINITY || (Number.isInteger(limit) && limit > 0)) return limit
  throw invalidRange(subject, 'a positive integer', limit)
}

/** Refuses what is no function; absent is allowed. */
export function checkFunction(subject: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'function') throw invalidType(subject, 'a function', value)
}

function checkStore(subject: string, store: ChannelStore): ChannelStore {
  for (const method of ['append', 'subscribe', 'since'] as const) {
    if (typeof store?.[method] !== 'function') {
      throw invalidSecretType(subject, 'an object with append(), subscribe() and since()', store)
    }
  }
  return store
}

/** How many events are kept; `subject` names the option in errors. */
export function readReplay(subject: string, replay = 100): number {
  if (Number.isInteger(replay) && replay >= 0 && replay <= 1_000_000) return replay
  throw invalidRange(subject, 'an integer from 0 to 1,000,000', replay)
}
