import { expect } from 'chai'
import { nodeExchange } from '../../support/node-exchange.js'

describe('RequestFacts', () => {
  it('give a field of the request: several lines are one list (RFC 9110 §5.3)', () => {
    const { facts } = nodeExchange({ accept: 'text/html', 'set-cookie': ['a=1', 'b=2'] })
    expect(facts.field('accept')).to.equal('text/html')
    expect(facts.field('set-cookie')).to.equal('a=1, b=2')
    expect(facts.field('range')).to.equal(undefined)
  })

  it('give a staged field as text', () => {
    const { facts } = nodeExchange()
    facts.res.setHeader('Content-Length', 7)
    expect(facts.stagedField('content-length')).to.equal('7')
    expect(facts.stagedField('etag')).to.equal(undefined)
  })

  it('give a staged status only if it is not that of a new response', () => {
    const { facts } = nodeExchange()
    expect(facts.stagedStatus).to.equal(undefined)
    facts.res.statusCode = 404
    expect(facts.stagedStatus).to.equal(404)
  })

  it('parse the Cookie field once, and leave the values encoded', () => {
    const { facts } = nodeExchange({ cookie: 'a=1; b=%20; a=2; c' })
    const { requestCookies } = facts
    expect(requestCookies).to.include({ a: '1', b: '%20' })
    expect(facts.requestCookies).to.equal(requestCookies)
    expect(nodeExchange().facts.requestCookies.a).to.equal(undefined)
  })

  for (const [etag, expected] of [
    [undefined, /^W\/"/],
    ['weak', /^W\/"/],
    ['strong', /^"/],
  ] as const) {
    it(`make an entity-tag by the option etag: ${etag}`, () => {
      expect(nodeExchange({}, etag === undefined ? {} : { etag }).facts.entityTag('x')).to.match(expected)
    })
  }

  it('make no entity-tag if the option says so', () => {
    expect(nodeExchange({}, { etag: false }).facts.entityTag('x')).to.equal(undefined)
  })

  it('a client has left if its connection or its response is destroyed before the end', () => {
    const connection = nodeExchange()
    expect(connection.facts.aborted).to.equal(false)
    connection.facts.req.socket.destroy()
    expect(connection.facts.aborted).to.equal(true)
    const response = nodeExchange()
    response.facts.res.destroy()
    expect(response.facts.aborted).to.equal(true)
  })

  it('take the origin from the Host alone, or from the :authority of HTTP/2', () => {
    expect(nodeExchange({ host: 'a.example', 'x-forwarded-host': 'b.example' }).facts.origin).to.equal(
      'http://a.example',
    )
    expect(nodeExchange({ ':authority': 'a.example:8080' }).facts.origin).to.equal('http://a.example:8080')
    expect(nodeExchange({ host: 'user@a.example' }).facts.origin).to.equal('')
  })
})
