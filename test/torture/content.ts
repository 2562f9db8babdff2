/**
 * A prime number, so that no buffer size is a multiple of it: a chunk that is lost, doubled or moved changes the bytes
 * at some position.
 */
const PERIOD = 65_521

const periods = new Map<number, Buffer>()

/** Bytes that follow from the seed and the position alone, so that every part of an answer can be verified. */
export function contentOf(seed: number, start: number, length: number): Buffer {
  const period = periods.get(seed) ?? createPeriod(seed)
  periods.set(seed, period)
  const bytes = Buffer.allocUnsafe(length)
  let from = start % PERIOD
  for (let at = 0; at < length; from = 0) at += period.copy(bytes, at, from)
  return bytes
}

function createPeriod(seed: number): Buffer {
  const random = createRandom(seed)
  return Buffer.from(Array.from({ length: PERIOD }, () => Math.floor(random() * 256)))
}

/** Numbers from 0 to 1 that follow from the seed (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** The list in an order that follows from the random numbers. */
export function shuffle<Item>(list: readonly Item[], random: () => number): Item[] {
  return list
    .map((item) => ({ item, rank: random() }))
    .sort((one, other) => one.rank - other.rank)
    .map(({ item }) => item)
}

/** Throws if two runs of bytes differ, and names the first position. */
export function expectSameBytes(actual: Buffer, expected: Buffer): void {
  if (actual.equals(expected)) return
  const length = Math.min(actual.length, expected.length)
  let position = 0
  while (position < length && actual[position] === expected[position]) position++
  throw new Error(`wrong bytes from position ${position} (${actual.length} bytes came, ${expected.length} are right)`)
}
