import { expect } from 'chai'
import { CookieList } from '../../../src/shared/reply/cookie-list.js'
import { nodeExchange } from '../../support/node-exchange.js'

describe('CookieList', () => {
  it('reads the last value of a name; a deleted cookie has none', () => {
    const list = new CookieList()
    list.stage('a', '1')
    list.stage('a', '2', { path: '/x' })
    list.stage('b', '3')
    list.stage('b', undefined)
    expect(list.get('a')).to.equal('2')
    expect(list.get('b')).to.equal(undefined)
    expect(list.keys()).to.deep.equal(['a'])
  })

  it('set replaces all of a name, delete takes all of it back', () => {
    const list = new CookieList()
    list.stage('a', '1', { path: '/x' })
    list.set('a', '2')
    list.stage('b', '3')
    list.delete('b')
    expect(list.entries().map(({ name, value }) => [name, value])).to.deep.equal([['a', '2']])
  })

  it('set with a value that is refused leaves the cookie as it was', () => {
    const list = new CookieList()
    list.stage('a', '1')
    expect(() => list.set('a', Symbol('x') as never)).to.throw(/cookie/i)
    expect(list.get('a')).to.equal('1')
  })

  it('keeps a copy of the attributes', () => {
    const list = new CookieList()
    const attributes = { path: '/x' }
    list.stage('a', '1', attributes)
    attributes.path = '/y'
    expect(list.entries()[0]?.attributes).to.deep.equal({ path: '/x' })
  })

  it('writes lines in the order of the calls, a deleted cookie as an expired one', () => {
    const exchange = nodeExchange()
    const list = new CookieList()
    list.stage('a', '1')
    list.stage('old', undefined, { path: '/x' })
    list.writeTo(exchange)
    const [first, second] = exchange.facts.res.getHeader('Set-Cookie') as string[]
    expect(first).to.equal('a=1; Path=/')
    expect(second)
      .to.match(/^old=;/)
      .and.include('Path=/x')
      .and.include('Max-Age=0')
  })
})
