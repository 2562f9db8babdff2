import { expect } from 'chai'
import { describeMemoryBody } from '../../../src/shared/bodies/memory-body.js'
import { nodeExchange } from '../../support/node-exchange.js'

const TEXT = { inferredType: 'text/plain' }

describe('describeMemoryBody()', () => {
  it('infers the type, unless the caller decides it', () => {
    const inferred = describeMemoryBody(nodeExchange().facts, 'x', TEXT)
    expect(inferred.fields).to.deep.equal([])
    expect(inferred.defaults[0]).to.deep.equal(['Content-Type', 'text/plain'])
    const decided = describeMemoryBody(nodeExchange().facts, 'x', { ...TEXT, type: 'a/b' })
    expect(decided.fields).to.deep.equal([['Content-Type', 'a/b']])
    expect(decided.defaults.map(([name]) => name)).to.deep.equal(['ETag'])
  })

  it('has a weak entity-tag, no tag if the setting says so, and leaves a staged one', () => {
    const tagOf = ({ facts } = nodeExchange()) =>
      describeMemoryBody(facts, 'x', TEXT).defaults.find(([name]) => name === 'ETag')?.[1]
    expect(tagOf()).to.match(/^W\/"/)
    expect(tagOf(nodeExchange({}, { etag: 'strong' }))).to.match(/^"/)
    expect(tagOf(nodeExchange({}, { etag: false }))).to.equal(undefined)
    const staged = nodeExchange()
    staged.facts.res.setHeader('ETag', '"v1"')
    expect(tagOf(staged)).to.equal(undefined)
  })

  // [staged fields, request fields, method, status, expected status] by RFC 9110 §13.1 and §13.2.1
  const date = 'Sun, 06 Nov 1994 08:49:37 GMT'
  const later = 'Sun, 06 Nov 1994 08:49:38 GMT'
  const cases: readonly [Record<string, string>, Record<string, string>, string, number, number | undefined][] = [
    [{ ETag: '"v1"' }, { 'if-none-match': '"v1"' }, 'GET', 200, 304],
    [{ ETag: '"v1"' }, { 'if-none-match': 'W/"v1"' }, 'GET', 200, 304],
    [{ ETag: '"v1"' }, { 'if-none-match': '"v2"' }, 'GET', 200, 200],
    [{ ETag: '"v1"' }, { 'if-none-match': '*' }, 'HEAD', 200, 304],
    [{ ETag: '"v1"' }, { 'if-match': '"v1"' }, 'GET', 200, 200],
    [{ ETag: '"v1"' }, { 'if-match': '"v2"' }, 'GET', 200, 412],
    [{ ETag: 'W/"v1"' }, { 'if-match': 'W/"v1"' }, 'GET', 200, 412],
    [{ 'Last-Modified': date }, { 'if-modified-since': date }, 'GET', 200, 304],
    [{ 'Last-Modified': later }, { 'if-modified-since': date }, 'GET', 200, 200],
    [{ 'Last-Modified': later }, { 'if-unmodified-since': date }, 'GET', 200, 412],
    // a stale tag counts more than a date that holds
    [{ ETag: '"v1"', 'Last-Modified': date }, { 'if-none-match': '"v2"', 'if-modified-since': date }, 'GET', 200, 200],
    // no preconditions for an error, and none after an unsafe method has acted
    [{ ETag: '"v1"' }, { 'if-none-match': '"v1"' }, 'GET', 404, 404],
    [{ ETag: '"v1"' }, { 'if-match': '"v2"' }, 'POST', 200, 200],
  ]
  for (const [staged, asked, method, status, expected] of cases) {
    it(`${method} ${JSON.stringify(asked)} of ${JSON.stringify(staged)} with ${status} is ${expected}`, () => {
      const { facts } = nodeExchange(asked)
      facts.req.method = method
      for (const [name, value] of Object.entries(staged)) facts.res.setHeader(name, value)
      const { status: decided, body } = describeMemoryBody(facts, 'x', { ...TEXT, status })
      expect(decided).to.equal(expected)
      expect(body).to.equal(expected === 304 || expected === 412 ? undefined : 'x')
    })
  }
})
