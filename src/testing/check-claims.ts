import { deepEqual } from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { checkKeys } from '../shared/checks/check-keys.js'
import type { Claims } from '../shared/checks/claims.js'
import { checkRules, type Rule } from './check-rules.js'

/** Options of `checkClaims()`. */
export interface ClaimsCheckOptions {
  /** The same claims as another process has them, over a connection of its own. Default: the claims themselves. */
  readonly other?: Claims
}

/**
 * Checks that claims of the app's own keep the contract of `Claims`: one winner, no claim that is forgotten early, and
 * one that is given back is free. It takes about two seconds, because a claim has to expire.
 *
 * @param claims What the options `flash.claims` and `verifySignedUrl({ claim })` are given.
 * @param options `other`, the same claims in another process.
 * @returns A promise that rejects with an `AssertionError`, which names the rule that is broken.
 * @example it('keeps the contract', () => checkClaims(natsClaims(connection)))
 */
export async function checkClaims(claims: Claims, options: ClaimsCheckOptions = {}): Promise<void> {
  checkKeys('checkClaims()', options, ['other'])
  await checkRules('checkClaims', RULES, { claims, other: options.other ?? claims })
}

interface Subject {
  readonly claims: Claims
  readonly other: Claims
}

const RACERS = 200
const LIFETIME_MS = 1000

const inAnHour = (): Date => new Date(Date.now() + 3_600_000)
/** An identifier of this run alone. */
const newId = (): string => `check-${randomUUID()}`

const RULES: readonly Rule<Subject>[] = [
  [
    'the first claim is true, and each later one is false',
    async ({ claims, other }) => {
      for (const expires of [inAnHour(), undefined]) {
        const id = newId()
        const answers = [
          await claims.claim(id, expires),
          await claims.claim(id, expires),
          await other.claim(id, expires),
        ]
        deepEqual(answers, [true, false, false])
      }
    },
  ],
  [
    'of claims at the same time one is true',
    async ({ claims, other }) => {
      for (const expires of [inAnHour(), undefined]) {
        const id = newId()
        const racers = Array.from({ length: RACERS }, (_, index) =>
          (index % 2 === 0 ? claims : other).claim(id, expires),
        )
        const answers = await Promise.all(racers)
        deepEqual(answers.filter((answer) => answer === true).length, 1)
        deepEqual(answers.filter((answer) => answer === false).length, RACERS - 1)
      }
    },
  ],
  [
    'a claim that is given back can be claimed again, once',
    async ({ claims, other }) => {
      if (claims.release === undefined) return // a method that claims may lack
      for (const expires of [inAnHour(), undefined]) {
        const [id, neighbour] = [newId(), newId()]
        deepEqual([await claims.claim(id, expires), await claims.claim(neighbour, expires)], [true, true])
        await claims.release(id)
        await claims.release(newId()) // what no process has claimed
        deepEqual([await other.claim(id, expires), await claims.claim(id, expires)], [true, false])
        deepEqual(await other.claim(neighbour, expires), false)
      }
    },
  ],
  [
    'identifiers are the same only if all their characters are',
    async ({ claims, other }) => {
      const id = newId()
      const long = 'x'.repeat(3000)
      const ids = ['', ' ', 'A', 'a', 'é', 'e\u0301', '\0', '\0\0', "'", '%', '🙂', long, `${long}x`].map(
        (end) => id + end,
      )
      const answers: unknown[] = []
      for (const each of ids) answers.push(await claims.claim(each, inAnHour()))
      deepEqual(
        ids.filter((_, index) => answers[index] !== true),
        [],
      )
      for (const [index, each] of ids.entries()) answers[index] = await other.claim(each, inAnHour())
      deepEqual(
        ids.filter((_, index) => answers[index] !== false),
        [],
      )
    },
  ],
  [
    'a claim is remembered until it expires, and is forgotten after that',
    async ({ claims, other }) => {
      const [short, long, endless] = [newId(), newId(), newId()]
      const expires = new Date(Date.now() + LIFETIME_MS)
      const started = performance.now()
      deepEqual([await claims.claim(short, expires), await claims.claim(long, inAnHour())], [true, true])
      deepEqual(await claims.claim(endless), true)
      const again = await other.claim(short, expires)
      if (performance.now() - started < LIFETIME_MS / 2) deepEqual(again, false, 'it is forgotten early')
      await delay(2 * LIFETIME_MS)
      deepEqual([await other.claim(long, inAnHour()), await other.claim(endless)], [false, false])
      deepEqual(await other.claim(short, inAnHour()), true, 'it is not forgotten')
      deepEqual(await claims.claim(short, inAnHour()), false)
    },
  ],
]
