import { runInNewContext } from 'node:vm'
import { expect } from 'chai'
import { serializeDeprecation } from '../../../src/shared/fields/deprecation.js'

// The examples of RFC 9745 §4.
const SINCE = new Date('2023-06-30T23:59:59Z')
const SUNSET = new Date('2024-06-30T23:59:59Z')

describe('serializeDeprecation', () => {
  it('writes the dates as RFC 9745 §2 and RFC 8594 §3 have them', () => {
    const { deprecation, sunset, link } = serializeDeprecation({ since: SINCE, sunset: SUNSET })
    expect(deprecation).to.equal('@1688169599')
    expect(sunset).to.equal('Sun, 30 Jun 2024 23:59:59 GMT')
    expect(link).to.equal(undefined)
  })

  it('writes whole seconds', () => {
    expect(serializeDeprecation({ since: new Date(1999) }).deprecation).to.equal('@1')
    expect(serializeDeprecation({ since: new Date(-1) }).deprecation).to.equal('@-1')
  })

  it('writes a link of the relation deprecation (RFC 9745 §3)', () => {
    const { link } = serializeDeprecation({ since: SINCE, link: 'https://developer.example.com/deprecation' })
    expect(link).to.match(/^<https:\/\/developer\.example\.com\/deprecation>; /)
    expect(link).to.match(/; rel="?deprecation"?(?:;|$)/)
    expect(link).to.include('type="text/html"')
  })

  it('takes a Date of another realm', () => {
    expect(serializeDeprecation({ since: runInNewContext('new Date(1000)') }).deprecation).to.equal('@1')
  })

  for (const [title, init, words] of [
    ['no Date', { since: 7 }, "option 'since'"],
    ['an invalid Date', { since: new Date(Number.NaN) }, "option 'since'"],
    // RFC 9110 §5.6.7: four digits of year.
    ['a year of five digits', { since: new Date('+010000-01-01T00:00:00Z') }, "option 'since'"],
    ['a sunset that is no Date', { since: SINCE, sunset: 'soon' }, "option 'sunset'"],
    // RFC 9745 §4: the sunset must not be earlier.
    ['a sunset before the deprecation', { since: SUNSET, sunset: SINCE }, "not before 'since'"],
    ['an unknown key', { since: SINCE, unsettled: true }, 'unsettled'],
  ] as const) {
    it(`refuses ${title}`, () => expect(() => serializeDeprecation(init as any)).to.throw(Error, words))
  }
})
