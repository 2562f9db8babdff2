import { AssertionError } from 'node:assert'
import { toError } from '../shared/checks/errors.js'

/** What a contract demands, in words, and what finds out whether the subject keeps it. */
export type Rule<Subject> = readonly [title: string, check: (subject: Subject) => Promise<void>]

/** Checks the rules in turn. The first one that is broken rejects, under its title. */
export async function checkRules<Subject>(
  call: string,
  rules: readonly Rule<Subject>[],
  subject: Subject,
): Promise<void> {
  for (const [title, check] of rules) {
    try {
      await check(subject)
    } catch (reason) {
      const cause = toError(reason)
      const details = cause instanceof AssertionError ? { actual: cause.actual, expected: cause.expected } : {}
      const error = new AssertionError({ message: `${call}: ${title}: ${cause.message}`, ...details })
      throw Object.assign(error, { cause })
    }
  }
}
