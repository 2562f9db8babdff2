import { expect } from 'chai'
import { formatHttpDate, parseHttpDate } from '../../../src/shared/fields/http-date.js'

// The example of RFC 9110 §5.6.7 in its three forms.
const EXAMPLE = Date.UTC(1994, 10, 6, 8, 49, 37)
const NOW = Date.UTC(2026, 5, 1)

describe('HTTP-date (RFC 9110 §5.6.7)', () => {
  for (const [text, expected] of [
    ['Sun, 06 Nov 1994 08:49:37 GMT', EXAMPLE],
    ['Sunday, 06-Nov-94 08:49:37 GMT', EXAMPLE],
    ['Sun Nov  6 08:49:37 1994', EXAMPLE],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
    ['Tue, 29 Feb 2000 23:59:59 GMT', Date.UTC(2000, 1, 29, 23, 59, 59)],
    ['Sat, 31 Dec 2016 23:59:60 GMT', Date.UTC(2016, 11, 31, 23, 59, 59)], // a leap second
    // A two-digit year more than 50 years ahead is one of the past.
    ['Sunday, 06-Nov-76 08:49:37 GMT', Date.UTC(2076, 10, 6, 8, 49, 37)],
    ['Sunday, 06-Nov-77 08:49:37 GMT', Date.UTC(1977, 10, 6, 8, 49, 37)],
    ['Sun, 06 Nov 1994 08:49:37 CET', undefined],
    ['Sun, 06 Nov 1994 08:49:37', undefined],
    ['sun, 06 nov 1994 08:49:37 gmt', undefined],
    ['Sun, 6 Nov 1994 08:49:37 GMT', undefined],
    ['Xyz, 06 Nov 1994 08:49:37 GMT', undefined],
    ['Tue, 30 Feb 2000 00:00:00 GMT', undefined],
    ['Sun, 06 Nov 1994 24:00:00 GMT', undefined],
    ['Sun, 06 Nov 1994 08:60:00 GMT', undefined],
    ['1994-11-06T08:49:37Z', undefined],
    ['784111777', undefined],
    ['', undefined],
  ] as const) {
    it(`${JSON.stringify(text)} is ${expected}`, () => expect(parseHttpDate(text, NOW)).to.equal(expected))
  }

  it('is written as an IMF-fixdate, without a fraction of a second', () => {
    expect(formatHttpDate(EXAMPLE)).to.equal('Sun, 06 Nov 1994 08:49:37 GMT')
    expect(formatHttpDate(EXAMPLE + 999)).to.equal('Sun, 06 Nov 1994 08:49:37 GMT')
    expect(formatHttpDate(-1)).to.equal('Wed, 31 Dec 1969 23:59:59 GMT')
  })
})
