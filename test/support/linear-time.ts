import { collectGarbage } from './collect-garbage.js'

// biome-ignore format: a list
const UNITS = [
  ' ', '\t', '\n ', ',', ', ', '"', '\\', '\\"', '/', '../', '=', ';', '; ', 'a', '-', '.', '%', '%41', '<', '<a>', '{',
  '"a",', 'W/"', 'a=b; ', 'a, ', ';q=1,', '0', '0-,', '&a[b]=', '?', '\u200b', '\ud800', '\u0301\u0316', '\u{1f468}\u200d',
]
/** The first lets a repeat match up to the end, the second makes it fail there. */
const SUFFIXES = ['', '\u0000!']

const SMALL = 16_000
const HALF = 50_000
const WHOLE = 100_000

/** What one run may take, in milliseconds of CPU. A quadratic function takes seconds for the longest texts. */
const CEILINGS: Readonly<Record<number, number>> = { [SMALL]: 100, [WHOLE]: 400 }
/** No other run would be short enough. */
const HOPELESS = 1000
/** Shorter times say nothing of the growth. */
const MIN_MEASURABLE = 60
/** What twice the text may take more. A linear function takes twice as long, a quadratic one four times. */
const MAX_GROWTH = 3.4

/**
 * Why a function takes more than linear time for some hostile text, or `undefined`. Runs that seem too long are repeated:
 * the shortest one counts. `prefixes` lead deeper into the function's grammar.
 */
export function findSuperlinear(
  read: (text: string) => unknown,
  prefixes: readonly string[] = [''],
): string | undefined {
  for (const prefix of prefixes) {
    for (const unit of UNITS) {
      for (const suffix of SUFFIXES) {
        const judged = () => judge(read, (size) => textOf(prefix, unit, suffix, size))
        if (judged() === undefined) continue
        collectGarbage() // late in a long run of tests, the collector may be most of what was measured
        const problem = judged()
        if (problem !== undefined) return `${JSON.stringify(`${prefix}|${unit}|${suffix}`)} ${problem}`
      }
    }
  }
  return undefined
}

function judge(read: (text: string) => unknown, ofSize: (size: number) => string): string | undefined {
  for (const size of [SMALL, WHOLE]) {
    const time = shortest(read, ofSize(size), CEILINGS[size] ?? 0, 4)
    if (time > (CEILINGS[size] ?? 0)) return `of ${size} characters takes ${time.toFixed(1)} ms`
  }
  const whole = ofSize(WHOLE)
  if (shortest(read, whole, MIN_MEASURABLE, 3) < MIN_MEASURABLE) return undefined
  const half = ofSize(HALF)
  const growth = Math.min(...[1, 2, 3, 4, 5].map(() => shortest(read, whole, 0, 4) / shortest(read, half, 0, 4)))
  return growth > MAX_GROWTH ? `of twice the length takes ${growth.toFixed(1)} times as long` : undefined
}

/** The CPU time of the shortest of some runs; one that is short enough ends them. */
function shortest(read: (text: string) => unknown, text: string, enough: number, rounds: number): number {
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < rounds && best > enough; round++) {
    const before = process.cpuUsage()
    try {
      read(text)
    } catch {
      // a refusal is a fine answer, if it is a fast one
    }
    const { user, system } = process.cpuUsage(before)
    best = Math.min(best, (user + system) / 1000)
    if (best > HOPELESS) break
  }
  return best
}

const texts = new Map<string, string>()

/** A text in one piece: V8 joins a text of several pieces at its first use, which is no work of the function. */
function textOf(prefix: string, unit: string, suffix: string, size: number): string {
  const key = `${unit}|${suffix}|${size}`
  let text = prefix === '' ? texts.get(key) : undefined
  if (text === undefined) {
    text = prefix + unit.repeat(Math.ceil(size / unit.length)) + suffix
    text = Buffer.from(text, 'utf16le').toString('utf16le')
    if (prefix === '') texts.set(key, text)
  }
  return text
}
