import { timingSafeEqual } from 'node:crypto'

/** Whether a text from a client is the expected secret one. The time it takes tells the client only the length. */
export function equalInConstantTime(given: string, expected: string): boolean {
  const a = Buffer.from(given)
  const b = Buffer.from(expected)
  return a.length === b.length && timingSafeEqual(a, b)
}
