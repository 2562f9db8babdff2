import { decodePercent, encodePercent } from './percent-text.js'

/** The beginning of the id of an event in a stream of several channels. */
const MARK = '~'

/** The name of a channel in such an id. Channels of one name are told apart by their order in the list. */
export function joinedKeys(names: readonly string[]): readonly string[] {
  const counts = new Map<string, number>()
  return names.map((name) => {
    const count = counts.get(name) ?? 0
    counts.set(name, count + 1)
    return `${encodePercent(name)}${count === 0 ? '' : `~${count}`}`
  })
}

/** The part of one channel in such an id: the id of the last event of that channel which the client has. */
export function joinedPart(key: string, id: string): string {
  return `${key}=${encodePercent(id)}`
}

/** The id of an event in a stream of several channels: it says for each of them what the client has. */
export function joinedId(parts: readonly string[]): string {
  return MARK + parts.join('&')
}

/**
 * The position of a returning client in each channel. A channel that its id does not name is new for the client. An id of
 * another form is of one of the channels, and each store decides if it knows it.
 */
export function parseJoinedId(id: string, keys: readonly string[]): readonly (string | undefined)[] {
  if (!id.startsWith(MARK)) return keys.map(() => id)
  const positions = new Map<string, string>()
  for (const part of id.slice(MARK.length).split('&')) {
    const [key = '', position, ...others] = part.split('=')
    if (position !== undefined && others.length === 0) positions.set(key, position)
  }
  return keys.map((key) => decodePercent(positions.get(key) ?? '') || undefined)
}
