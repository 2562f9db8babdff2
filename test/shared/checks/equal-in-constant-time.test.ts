import { expect } from 'chai'
import { equalInConstantTime } from '../../../src/shared/checks/equal-in-constant-time.js'

describe('equalInConstantTime', () => {
  for (const [given, expected, isEqual] of [
    ['secret', 'secret', true],
    ['', '', true],
    ['secret', 'secreT', false],
    ['secret', 'secret ', false],
    ['', 'secret', false],
    ['é', 'e', false],
    ['\u00e9', 'e\u0301', false],
    ['x'.repeat(200_000), 'secret', false],
  ] as const) {
    it(`${JSON.stringify(given.slice(0, 20))} and ${JSON.stringify(expected)}: ${isEqual}`, () => {
      expect(equalInConstantTime(given, expected)).to.equal(isEqual)
    })
  }
})
