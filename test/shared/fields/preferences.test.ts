import { expect } from 'chai'
import { acceptableCodings, preferredCodings, preferredType } from '../../../src/shared/fields/preferences.js'

describe('preferredType (RFC 9110 §12.5.1)', () => {
  const available = ['text/html', 'application/json']
  for (const [accept, expected] of [
    [undefined, 'text/html'],
    ['*/*', 'text/html'],
    ['application/json', 'application/json'],
    ['text/html;q=0.5, application/json', 'application/json'],
    ['text/*;q=0.8, application/*;q=0.9', 'application/json'],
    ['text/*, text/html;q=0', undefined],
    ['image/png', undefined],
    ['', 'text/html'], // as in Express and Koa
    [`image/png, ${' '.repeat(20_000)}`, 'text/html'], // too long: no preference
  ] as const) {
    it(`${JSON.stringify(accept?.slice(0, 40))}: ${expected}`, () => {
      expect(preferredType(accept, available)).to.equal(expected)
    })
  }
})

describe('preferredCodings (RFC 9110 §12.5.3)', () => {
  const offered = ['br', 'gzip'] as const
  for (const [field, expected] of [
    [undefined, []],
    ['', []],
    ['gzip', ['gzip']],
    ['gzip, br', ['br', 'gzip']], // the same quality for both
    ['br;q=0.5, gzip', ['gzip', 'br']],
    ['br;q=0, gzip', ['gzip']],
    ['*', ['br', 'gzip']],
    ['identity, gzip;q=0.5', []], // the plain file is preferred
    ['gzip;q=0.5, identity;q=0.1', ['gzip']],
    [`gzip, ${'x,'.repeat(10_000)}`, []], // too long: no preference
  ] as const) {
    it(`${JSON.stringify(field?.slice(0, 40))}: ${JSON.stringify(expected)}`, () => {
      expect(preferredCodings(field, offered)).to.deep.equal(expected)
    })
  }
})

describe('acceptableCodings (RFC 9110 §12.5.3)', () => {
  const offered = ['br', 'gzip'] as const
  for (const [field, expected] of [
    [undefined, ['br', 'gzip']],
    ['', []],
    ['identity', []],
    ['gzip', ['gzip']],
    ['identity, gzip;q=0.5', ['gzip']],
    ['br;q=0.5, gzip', ['gzip', 'br']],
    ['br;q=0, *', ['gzip']],
  ] as const) {
    it(`${JSON.stringify(field)}: ${JSON.stringify(expected)}`, () => {
      expect(acceptableCodings(field, offered)).to.deep.equal(expected)
    })
  }
})
