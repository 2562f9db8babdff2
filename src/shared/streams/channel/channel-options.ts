import { checkKeys } from '../../checks/check-keys.js'
import { invalidRange, invalidType } from '../../checks/errors.js'
import type { ChannelStore } from './channel-store.js'
import { MemoryStore } from './memory-store.js'

/** Options of `channel()`. */
export interface ChannelOptions {
  /** How many events are kept for clients that return. Default 100. */
  readonly replay?: number
  /** Shares the channel between processes; it decides itself how much it keeps. Default: the memory of this process. */
  readonly store?: ChannelStore
  /** Called with every failure of the store. The channel keeps its clients and tries again. */
  readonly onError?: (error: Error) => void
}

export interface ChannelParts {
  readonly store: ChannelStore
  readonly onError: ((error: Error) => void) | undefined
}

export function readChannelOptions(options: ChannelOptions): ChannelParts {
  checkKeys('channel()', options, ['replay', 'store', 'onError'])
  const { replay, store, onError } = options
  if (onError !== undefined && typeof onError !== 'function') {
    throw invalidType("channel: option 'onError'", 'a function', onError)
  }
  if (store === undefined) return { store: new MemoryStore(readReplay(replay)), onError }
  if (replay !== undefined) {
    throw invalidRange("channel: option 'replay'", 'absent beside a store, which decides itself what it keeps', replay)
  }
  for (const method of ['append', 'subscribe', 'since'] as const) {
    if (typeof store?.[method] !== 'function') {
      throw invalidType("channel: option 'store'", 'an object with append(), subscribe() and since()', store)
    }
  }
  return { store, onError }
}

function readReplay(replay = 100): number {
  if (Number.isInteger(replay) && replay >= 0 && replay <= 1_000_000) return replay
  throw invalidRange("channel: option 'replay'", 'an integer from 0 to 1,000,000', replay)
}
