import { expect } from 'chai'
import { didYouMean, nearestNames } from '../../../src/shared/checks/nearest.js'

describe('nearestNames', () => {
  for (const [name, known, expected] of [
    ['colour', ['color', 'cooler', 'x'], ['color']],
    ['samesite', ['sameSite', 'path'], ['sameSite']],
    ['qeury', ['query', 'hash'], ['query']],
    ['users.home', ['user.home', 'users.homes', 'users.hone', 'home'], ['user.home', 'users.homes', 'users.hone']],
    ['abc', ['xyz'], []],
    ['', ['ab', 'abc'], ['ab']],
    ['kitten', ['sitting'], []], // the classical distance of 3 is further than a third of the name
    ['kittens', ['sitting', 'kitten'], ['kitten']],
    ['a'.repeat(81), ['a'.repeat(81)], []], // too long to be a misspelling
  ] as const) {
    it(`${JSON.stringify(name.slice(0, 20))} among ${JSON.stringify(known).slice(0, 60)}`, () => {
      expect(nearestNames(name, known)).to.deep.equal(expected)
    })
  }

  it('finds the same as the whole Levenshtein table, within its limit', () => {
    const words = ['redirect', 'redirectTo', 'direct', 'rediret', 'credit', 'ridirect', 'edirect', 'reditect', 'back']
    for (const name of words) {
      const limit = Math.max(2, Math.floor(name.length / 3))
      const expected = words
        .map((word) => [levenshtein(name, word), word] as const)
        .filter(([distance]) => distance <= limit)
        .sort(([a], [b]) => a - b)
        .slice(0, 3)
        .map(([, word]) => word)
      expect(nearestNames(name, words)).to.deep.equal(expected)
    }
  })

  it('is said in words', () => {
    expect(didYouMean('qeury', ['query', 'hash'])).to.equal(" (did you mean 'query'?)")
    expect(didYouMean('abc', ['xyz'])).to.equal('')
  })
})

/** The definition, without any cut. */
function levenshtein(a: string, b: string): number {
  if (a === '' || b === '') return a.length + b.length
  if (a[0] === b[0]) return levenshtein(a.slice(1), b.slice(1))
  return 1 + Math.min(levenshtein(a.slice(1), b), levenshtein(a, b.slice(1)), levenshtein(a.slice(1), b.slice(1)))
}
