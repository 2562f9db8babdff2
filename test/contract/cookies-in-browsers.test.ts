import { expect } from 'chai'
import { text } from '../../src/index.js'
import { contract } from '../support/contract.js'

const GONE = 'Max-Age=0; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT'

contract('cookies as browsers keep them', ({ answer }) => {
  for (const name of ['__Host-a', '__Secure-a']) {
    it(`secure: 'auto' sets Secure for ${name} over http: browsers take it from http://localhost`, async () => {
      const { headers } = await answer((target) => void target.setCookie(name, '1', { secure: 'auto' }).text(''))
      expect(headers['set-cookie']).to.deep.equal([`${name}=1; Path=/; Secure`])
    })
  }

  it("secure: 'auto' sets no Secure over http for a name without a prefix", async () => {
    const { headers } = await answer((target) => void target.setCookie('a', '1', { secure: 'auto' }).text(''))
    expect(headers['set-cookie']).to.deep.equal(['a=1; Path=/'])
  })

  for (const name of ['sidebar:state', 'a[b]', 'koa:sess', 'a b']) {
    it(`deletes ${name}, which setCookie refuses`, async () => {
      const { headers, text: body } = await answer(
        (target) => {
          expect(() => target.setCookie(name, '1')).to.throw(TypeError, /cookie name must be a token/)
          const before = target.getCookie(name)
          target.deleteCookie(name)
          target.text(`${before} ${target.getCookie(name)}`)
        },
        { headers: { Cookie: `${name}=held` } },
      )
      expect(headers['set-cookie']).to.deep.equal([`${name}=; ${GONE}`])
      expect(body).to.equal('held undefined')
    })

    it(`a Reply deletes ${name} too`, async () => {
      const { headers } = await answer((target) => target.reply(text('').deleteCookie(name)))
      expect(headers['set-cookie']).to.deep.equal([`${name}=; ${GONE}`])
    })
  }

  for (const name of ['a=b', 'a;b', ' a', 'a\tb', 'a\r\nb', '']) {
    it(`refuses to delete ${JSON.stringify(name)}`, async () => {
      const { headers } = await answer((target) => {
        expect(() => target.deleteCookie(name))
          .to.throw(TypeError, /^cookie name must be printable ASCII/)
          .with.property('code', 'INVALID_COOKIE')
        target.text('')
      })
      expect(headers).not.to.have.property('set-cookie')
    })
  }

  for (const [path, expected] of [
    ['/', undefined],
    ['/shop', undefined],
    ['/shop/cart', undefined],
    ['/elsewhere', 'held'],
    ['/shop/ca', 'held'],
    ['/shop/cart/more', 'held'],
  ] as const) {
    it(`a cookie that is deleted at ${path} reads as ${expected} at /shop/cart`, async () => {
      const { text: body } = await answer(
        (target) => void target.deleteCookie('a', { path }).text(`${target.getCookie('a')}`),
        { path: '/shop/cart?x=/elsewhere', headers: { Cookie: 'a=held' } },
      )
      expect(body).to.equal(`${expected}`)
    })
  }
})
