import { checkKeys } from '../../checks/check-keys.js'
import { invalidRange, invalidType } from '../../checks/errors.js'
import type { ChannelStore } from './channel-store.js'
import { MemoryStore } from './memory-store.js'

/** Options of `channel()`. */
export interface ChannelOptions {
  /** How many events are kept for clients that return. Default 100. */
  readonly replay?: number
  /** Shares the channel between processes; it decides itself how much it keeps. Default: the memory of this one. */
  readonly store?: ChannelStore
}

export function readStore(options: ChannelOptions): ChannelStore {
  checkKeys('channel()', options, ['replay', 'store'])
  const { replay, store } = options
  if (store === undefined) return new MemoryStore(readReplay(replay ?? 100))
  if (replay !== undefined) {
    throw invalidRange("channel: option 'replay'", 'left to the store where there is one', replay, 'INVALID_OPTION')
  }
  for (const method of ['append', 'subscribe', 'since'] as const) {
    if (typeof store?.[method] !== 'function') {
      throw invalidType(
        "channel: option 'store'",
        'an object with append(), subscribe() and since()',
        store,
        'INVALID_OPTION',
      )
    }
  }
  return store
}

function readReplay(replay: number): number {
  if (Number.isInteger(replay) && replay >= 0 && replay <= 1_000_000) return replay
  throw invalidRange("channel: option 'replay'", 'an integer from 0 to 1,000,000', replay, 'INVALID_OPTION')
}
