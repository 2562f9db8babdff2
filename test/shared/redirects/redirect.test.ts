import { expect } from 'chai'
import { describeRedirect, redirectStatus } from '../../../src/shared/redirects/redirect.js'
import { nodeExchange } from '../../support/node-exchange.js'

const factsOf = (method: string, staged?: number) => {
  const { facts } = nodeExchange()
  facts.req.method = method
  if (staged !== undefined) facts.res.statusCode = staged
  return facts
}

describe('redirectStatus', () => {
  // RFC 9110 §15.4.4: 303 changes the method to GET. §15.4.3: 302 may change it, so that it is right after GET only.
  for (const [method, staged, given, expected] of [
    ['GET', undefined, undefined, 302],
    ['HEAD', undefined, undefined, 302],
    ['POST', undefined, undefined, 303],
    ['PUT', undefined, undefined, 303],
    ['DELETE', undefined, undefined, 303],
    ['POST', 307, undefined, 307],
    ['GET', 301, undefined, 301],
    ['POST', 201, undefined, 303],
    ['GET', 304, undefined, 302],
    ['GET', 404, undefined, 302],
    ['POST', 307, 308, 308],
    ['GET', undefined, 300, 300],
  ] as const) {
    it(`${method}, staged ${staged}, given ${given}: ${expected}`, () => {
      expect(redirectStatus(factsOf(method, staged), given)).to.equal(expected)
    })
  }

  for (const status of [200, 299, 304, 309, 404, 302.5, Number.NaN, '302' as unknown as number]) {
    it(`refuses ${status}, and names the call`, () => {
      expect(() => redirectStatus(factsOf('GET'), status, 'back')).to.throw(RangeError, "back: option 'status'")
    })
  }
})

describe('describeRedirect', () => {
  it('has a Location and a short text that names it, without markup (RFC 9110 §15.4)', () => {
    const { status, fields, body } = describeRedirect(factsOf('GET'), '/a?b=<c>&d')
    expect(status).to.equal(302)
    expect(fields).to.deep.include(['Location', '/a?b=%3Cc%3E&d'])
    expect(fields).to.deep.include(['Content-Type', 'text/plain; charset=utf-8'])
    expect(body).to.equal('Found. Redirecting to /a?b=%3Cc%3E&d')
  })

  for (const location of ['//evil.example', '/\\evil.example', '\\\\evil.example', '/a\r\nSet-Cookie: b=1', '/\0']) {
    it(`refuses ${JSON.stringify(location)}`, () => {
      expect(() => describeRedirect(factsOf('GET'), location)).to.throw(RangeError, 'redirect: location')
    })
  }

  it('refuses what is no text', () => {
    expect(() => describeRedirect(factsOf('GET'), 7 as never)).to.throw(TypeError, 'redirect: location')
  })
})
