import { runInNewContext } from 'node:vm'
import { expect } from 'chai'
import { stageValidators } from '../../../src/shared/bodies/not-modified.js'
import { nodeExchange } from '../../support/node-exchange.js'
import { thrown } from '../../support/thrown.js'

const DATE = 'Sun, 06 Nov 1994 08:49:37 GMT'

describe('the validators of notModified()', () => {
  for (const [given, expected] of [
    ['v1', '"v1"'],
    ['"v1"', '"v1"'],
    ['W/"v1"', 'W/"v1"'],
    ['', '""'],
  ] as const) {
    it(`etag ${given} is staged as ${expected} (RFC 9110 §8.8.3)`, () => {
      const { facts } = nodeExchange()
      expect(stageValidators(facts, { etag: given })).to.equal(undefined)
      expect(facts.res.getHeader('ETag')).to.equal(expected)
    })
  }

  it('lastModified is staged in whole seconds, also from a Date of another realm', () => {
    for (const lastModified of [new Date('1994-11-06T08:49:37.999Z'), runInNewContext('new Date(784111777000)')]) {
      const { facts } = nodeExchange()
      stageValidators(facts, { lastModified })
      expect(facts.res.getHeader('Last-Modified')).to.equal(DATE)
    }
  })

  it('a time in the future counts as now (RFC 9110 §8.8.2.1)', () => {
    const { facts } = nodeExchange()
    stageValidators(facts, { lastModified: new Date(Date.now() + 86_400_000) })
    expect(Date.parse(String(facts.res.getHeader('Last-Modified')))).to.be.at.most(Date.now())
  })

  it('decide the answer with the preconditions of the request', () => {
    const answerTo = (headers: Record<string, string>) =>
      stageValidators(nodeExchange(headers).facts, { etag: 'v1', lastModified: new Date(DATE) })?.status
    expect(answerTo({ 'if-none-match': '"v1"' })).to.equal(304)
    expect(answerTo({ 'if-none-match': '"v2"' })).to.equal(undefined)
    expect(answerTo({ 'if-modified-since': DATE })).to.equal(304)
    expect(answerTo({ 'if-match': '"v2"' })).to.equal(412)
  })

  for (const [title, validators, words] of [
    ['an entity-tag with a quote inside', { etag: 'a"b' }, "option 'etag'"],
    ['an entity-tag with a control character', { etag: 'a\nb' }, "option 'etag'"],
    ['a number as entity-tag', { etag: 7 }, "option 'etag'"],
    ['a text as date', { lastModified: DATE }, "option 'lastModified'"],
    ['an invalid Date', { lastModified: new Date(Number.NaN) }, "option 'lastModified'"],
    [
      'a year of five digits (RFC 9110 §5.6.7)',
      { lastModified: new Date('+010000-01-01T00:00:00Z') },
      "option 'lastModified'",
    ],
    ['an unknown key', { etags: 'a' }, 'etags'],
  ] as const) {
    it(`${title} is refused before anything is staged`, () => {
      const { facts } = nodeExchange()
      const error = thrown(() => stageValidators(facts, { etag: 'v1', ...validators } as never))
      expect(error.message).to.include(words)
      expect(error.code).to.equal('INVALID_OPTION')
      expect(facts.res.getHeaderNames()).to.deep.equal([])
    })
  }
})
