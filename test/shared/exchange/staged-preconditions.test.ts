import { expect } from 'chai'
import type { BodySource, ResponseDescription } from '../../../src/shared/exchange/response-description.js'
import { evaluateStaged, withStagedPreconditions } from '../../../src/shared/exchange/staged-preconditions.js'
import { nodeExchange } from '../../support/node-exchange.js'

const DATE = 'Sun, 06 Nov 1994 08:49:37 GMT'
const LATER = 'Sun, 06 Nov 1994 08:49:38 GMT'

/** [title, request fields, staged fields, status, expected status] by RFC 9110 §13.1 and §13.2.2 */
const CASES: readonly (readonly [
  string,
  Record<string, string>,
  Record<string, string>,
  number | undefined,
  number | undefined,
])[] = [
  ['no precondition', {}, { ETag: '"a"' }, undefined, undefined],
  ['no staged validator', { 'if-none-match': '"a"' }, {}, undefined, undefined],
  ['no staged validator, and any tag', { 'if-match': '*' }, {}, undefined, undefined],
  ['the same tag', { 'if-none-match': '"a"' }, { ETag: '"a"' }, undefined, 304],
  ['the same tag, weak', { 'if-none-match': 'W/"a"' }, { ETag: '"a"' }, undefined, 304],
  ['another tag', { 'if-none-match': '"b"' }, { ETag: '"a"' }, undefined, undefined],
  ['not changed since', { 'if-modified-since': DATE }, { 'Last-Modified': DATE }, undefined, 304],
  ['changed since', { 'if-modified-since': DATE }, { 'Last-Modified': LATER }, undefined, undefined],
  [
    'another tag counts before the date',
    { 'if-none-match': '"b"', 'if-modified-since': DATE },
    { ETag: '"a"', 'Last-Modified': DATE },
    undefined,
    undefined,
  ],
  ['If-Match of another tag', { 'if-match': '"b"' }, { ETag: '"a"' }, undefined, 412],
  ['If-Match compares strongly', { 'if-match': 'W/"a"' }, { ETag: 'W/"a"' }, undefined, 412],
  ['changed after If-Unmodified-Since', { 'if-unmodified-since': DATE }, { 'Last-Modified': LATER }, undefined, 412],
  [
    'a Last-Modified that is no date',
    { 'if-modified-since': DATE },
    { 'Last-Modified': 'yesterday' },
    undefined,
    undefined,
  ],
  // §13.2.1: a server ignores the preconditions if the answer without them is no 2xx.
  ['a 404', { 'if-none-match': '"a"' }, { ETag: '"a"' }, 404, undefined],
  ['a 206', { 'if-none-match': '"a"' }, { ETag: '"a"' }, 206, 304],
]

describe('evaluateStaged', () => {
  for (const [title, headers, staged, status, expected] of CASES) {
    it(`${title}: ${expected ?? 'goes on'}`, () => {
      const { facts } = nodeExchange(headers)
      for (const [name, value] of Object.entries(staged)) facts.res.setHeader(name, value)
      expect(evaluateStaged(facts, status)?.status).to.equal(expected)
      if (status === undefined) return
      facts.res.statusCode = status
      expect(evaluateStaged(facts)?.status, 'a staged status counts in the same way').to.equal(expected)
    })
  }

  it('a 412 leaves out the caching fields of the answer that it replaces', () => {
    const { facts } = nodeExchange({ 'if-match': '"b"' })
    for (const [name, value] of Object.entries({ ETag: '"a"', 'Cache-Control': 'max-age=60', Expires: DATE })) {
      facts.res.setHeader(name, value)
    }
    expect(evaluateStaged(facts)?.removed).to.have.members(['etag', 'cache-control', 'expires'])
  })
})

describe('withStagedPreconditions', () => {
  for (const [method, expected] of [
    ['GET', 304],
    ['HEAD', 304],
    // The handler of these has acted already.
    ['POST', undefined],
    ['DELETE', undefined],
  ] as const) {
    it(`${method}: ${expected ?? 'the description'}, and the source is ${expected === undefined ? 'kept' : 'closed'}`, () => {
      const { facts } = nodeExchange({ 'if-none-match': '"a"' })
      facts.req.method = method
      facts.res.setHeader('ETag', '"a"')
      let isClosed = false
      const body: BodySource = {
        open: () => '',
        cancel() {
          isClosed = true
        },
      }
      const description: ResponseDescription = { fields: [], defaults: [], body }
      expect(withStagedPreconditions(facts, description).status).to.equal(expected)
      expect(isClosed).to.equal(expected !== undefined)
    })
  }
})
