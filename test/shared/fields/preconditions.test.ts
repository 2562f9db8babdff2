import { expect } from 'chai'
import { evaluatePreconditions, isConditional } from '../../../src/shared/fields/preconditions.js'

const DATE = 'Sun, 06 Nov 1994 08:49:37 GMT'
const TIME = Date.UTC(1994, 10, 6, 8, 49, 37)
const LATER = 'Mon, 07 Nov 1994 08:49:37 GMT'
const EARLIER = 'Sat, 05 Nov 1994 08:49:37 GMT'
const STRONG = { entityTag: '"a"', lastModified: TIME }
const WEAK = { entityTag: 'W/"a"', lastModified: TIME }
const NONE = { entityTag: undefined, lastModified: undefined }

describe('preconditions in the order of RFC 9110 §13.2.2', () => {
  for (const [method, fields, validators, expected] of [
    ['GET', {}, STRONG, 'proceed'],
    // Step 1: If-Match, by strong comparison.
    ['GET', { 'if-match': '"a"' }, STRONG, 'proceed'],
    ['PUT', { 'if-match': '"b", "a"' }, STRONG, 'proceed'],
    ['PUT', { 'if-match': '"b"' }, STRONG, 'failed'],
    ['PUT', { 'if-match': 'W/"a"' }, WEAK, 'failed'],
    ['PUT', { 'if-match': '*' }, NONE, 'proceed'],
    ['PUT', { 'if-match': '"a"' }, NONE, 'failed'],
    ['PUT', { 'if-match': 'nonsense' }, STRONG, 'failed'],
    // Step 2: If-Unmodified-Since, only without If-Match.
    ['PUT', { 'if-unmodified-since': DATE }, STRONG, 'proceed'],
    ['PUT', { 'if-unmodified-since': EARLIER }, STRONG, 'failed'],
    ['PUT', { 'if-unmodified-since': EARLIER, 'if-match': '"a"' }, STRONG, 'proceed'],
    ['PUT', { 'if-unmodified-since': 'nonsense' }, STRONG, 'proceed'],
    ['PUT', { 'if-unmodified-since': EARLIER }, NONE, 'proceed'],
    // Step 3: If-None-Match, by weak comparison.
    ['GET', { 'if-none-match': '"a"' }, STRONG, 'not-modified'],
    ['HEAD', { 'if-none-match': 'W/"a"' }, STRONG, 'not-modified'],
    ['GET', { 'if-none-match': '"x,y", "a"' }, WEAK, 'not-modified'],
    ['GET', { 'if-none-match': ' * ' }, STRONG, 'not-modified'],
    ['PUT', { 'if-none-match': '*' }, STRONG, 'failed'],
    ['GET', { 'if-none-match': '"b"' }, STRONG, 'proceed'],
    ['GET', { 'if-none-match': '"a"' }, NONE, 'proceed'],
    // Step 4: If-Modified-Since, only for GET and HEAD and without If-None-Match.
    ['GET', { 'if-modified-since': DATE }, STRONG, 'not-modified'],
    ['HEAD', { 'if-modified-since': LATER }, STRONG, 'not-modified'],
    ['GET', { 'if-modified-since': EARLIER }, STRONG, 'proceed'],
    ['POST', { 'if-modified-since': LATER }, STRONG, 'proceed'],
    ['GET', { 'if-modified-since': LATER, 'if-none-match': '"b"' }, STRONG, 'proceed'],
    ['GET', { 'if-modified-since': 'nonsense' }, STRONG, 'proceed'],
    ['GET', { 'if-modified-since': LATER }, NONE, 'proceed'],
    // A failed step 1 comes before a step 3 that would hold.
    ['GET', { 'if-match': '"b"', 'if-none-match': '"a"' }, STRONG, 'failed'],
  ] as const) {
    it(`${method} ${JSON.stringify(fields)} of ${JSON.stringify(validators)}: ${expected}`, () => {
      const held: Readonly<Record<string, string>> = fields
      expect(evaluatePreconditions({ method, field: (name) => held[name] }, validators)).to.equal(expected)
      expect(isConditional(fields)).to.equal(Object.keys(fields).length > 0)
    })
  }
})
