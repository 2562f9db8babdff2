import { expect } from 'chai'
import { drop, keep, kept, TooLargeForCookie } from '../../../src/shared/redirects/kept-value.js'
import { nodeExchange } from '../../support/node-exchange.js'
import { thrown } from '../../support/thrown.js'

const OPTIONS = { cookies: { secrets: 'a secret of more than thirty-two bytes' } }
const withSession = (session: object, headers = {}) => {
  const exchange = nodeExchange(headers)
  Object.assign(exchange.facts.req, { session })
  return exchange
}
const linesOf = ({ facts }: ReturnType<typeof nodeExchange>): string[] =>
  [facts.res.getHeader('Set-Cookie') ?? []].flat().map(String)

/** The Cookie field of the request after this response. */
const cookieOf = (exchange: ReturnType<typeof nodeExchange>): string =>
  linesOf(exchange)
    .map((line) => line.split(';', 1)[0])
    .join('; ')

describe('a value that is kept in a session', () => {
  it('is there until it is dropped, and leaves nothing', () => {
    const session: Record<string, unknown> = { user: 7 }
    const exchange = withSession(session)
    keep(exchange, 'flash', { a: 1 }, 'withFlash')
    expect(kept(exchange.facts, 'flash')).to.deep.equal([{ a: 1 }])
    drop(exchange, 'flash')
    expect(session).to.deep.equal({ user: 7 })
    expect(linesOf(exchange)).to.deep.equal([])
  })

  it('counts only as an own property, and only if it is a record', () => {
    const names = Object.keys(
      (() => {
        const session = {}
        keep(withSession(session), 'flash', { a: 1 }, 'withFlash')
        return session
      })(),
    )
    const [name = ''] = names
    expect(kept(withSession(Object.create({ [name]: { a: 1 } })).facts, 'flash')).to.deep.equal([])
    for (const value of [null, 'text', 7, [1]]) {
      expect(kept(withSession({ [name]: value }).facts, 'flash')).to.deep.equal([])
    }
  })
})

describe('a value that is kept in a cookie', () => {
  const keepInCookie = (value: object, key = 'flash') => {
    const exchange = nodeExchange({}, OPTIONS)
    keep(exchange, key, { ...value }, 'withFlash')
    return exchange
  }

  it('is read by the next request, and is not readable for the client', () => {
    const cookie = cookieOf(keepInCookie({ text: 'secret' }))
    expect(cookie).not.to.include('secret')
    expect(kept(nodeExchange({ cookie }, OPTIONS).facts, 'flash')).to.deep.equal([{ text: 'secret' }])
  })

  it('is HttpOnly and ends with the hour', () => {
    const [line = ''] = linesOf(keepInCookie({ a: 1 }))
    expect(line)
      .to.match(/; Max-Age=3600(?:;|$)/)
      .and.match(/; HttpOnly(?:;|$)/)
  })

  it('does not count if it is changed, under another name or under another secret', () => {
    const cookie = cookieOf(keepInCookie({ a: 1 }))
    const moved = cookie.replace(/^[^=]+/, cookieOf(keepInCookie({ a: 1 }, 'intended')).split('=', 1)[0] ?? '')
    const other = { cookies: { secrets: 'another secret of more than 32 bytes!' } }
    expect(kept(nodeExchange({ cookie: `${cookie}x` }, OPTIONS).facts, 'flash')).to.deep.equal([])
    expect(kept(nodeExchange({ cookie: moved }, OPTIONS).facts, 'intended')).to.deep.equal([])
    expect(kept(nodeExchange({ cookie }, other).facts, 'flash')).to.deep.equal([])
  })

  it('expires when it is dropped, and only if the client has it', () => {
    const having = nodeExchange({ cookie: cookieOf(keepInCookie({ a: 1 })) }, OPTIONS)
    drop(having, 'flash')
    expect(linesOf(having)).to.have.length(1)
    expect(linesOf(having)[0]).to.match(/; Max-Age=0(?:;|$)/)
    const without = nodeExchange({}, OPTIONS)
    drop(without, 'flash')
    expect(linesOf(without)).to.deep.equal([])
  })

  it('counts beside the value of a new session, and goes when the session takes over', () => {
    const cookie = cookieOf(keepInCookie({ old: 1 }))
    const exchange = nodeExchange({ cookie }, OPTIONS)
    Object.assign(exchange.facts.req, { session: {} })
    expect(kept(exchange.facts, 'flash')).to.deep.equal([{ old: 1 }])
    keep(exchange, 'flash', { new: 2 }, 'withFlash')
    expect(linesOf(exchange)[0]).to.match(/; Max-Age=0(?:;|$)/)
  })

  it('is refused if it is larger than a cookie (RFC 6265bis §5.6)', () => {
    const error = thrown(() => keepInCookie({ a: 'x'.repeat(5000) }))
    expect(error).to.be.an.instanceOf(TooLargeForCookie).with.property('code', 'INVALID_COOKIE')
  })

  it('needs a secret: without one and without a session the call is an error that names it', () => {
    const error = thrown(() => keep(nodeExchange(), 'flash', { a: 1 }, 'withFlash'))
    expect(error.code).to.equal('NOT_CONFIGURED')
    expect(error.message).to.include('withFlash')
  })
})
