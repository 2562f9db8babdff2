import { expect } from 'chai'
import { contract } from '../support/contract.js'
import type { Answer } from '../support/request.js'

const cookiesOf = ({ headers }: Answer) => headers['set-cookie'] ?? []

contract('setCookie', ({ answer, serve, ask }) => {
  it('sets a cookie for the whole host until the browser closes', async () => {
    expect(cookiesOf(await answer((target) => void target.setCookie('sid', 'abc').text('')))).to.deep.equal([
      'sid=abc; Path=/',
    ])
  })

  it('writes every attribute', async () => {
    const response = await answer(
      (target) =>
        void target
          .setCookie('__Secure-sid', 'a b', {
            maxAge: '30m',
            expires: new Date(Date.UTC(2030, 0, 2, 3, 4, 5)),
            path: '/shop',
            domain: 'example.com',
            secure: true,
            httpOnly: true,
            sameSite: 'lax',
            priority: 'high',
            partitioned: true,
          })
          .text(''),
    )
    expect(cookiesOf(response)).to.deep.equal([
      '__Secure-sid=a%20b; Max-Age=1800; Domain=example.com; Path=/shop; Expires=Wed, 02 Jan 2030 03:04:05 GMT; HttpOnly; Secure; Partitioned; Priority=High; SameSite=Lax',
    ])
  })

  it('never folds two cookies into one line', async () => {
    const { rawHeaders } = await answer(
      (target) => void target.setCookie('a', '1').setCookie('b', '2').setCookie('c', '3').text(''),
    )
    const lines = rawHeaders.filter((_, index) => rawHeaders[index - 1] === 'Set-Cookie')
    expect(lines).to.deep.equal(['a=1; Path=/', 'b=2; Path=/', 'c=3; Path=/'])
  })

  it('replaces a pending cookie of the same name, domain and path, and no other', async () => {
    const response = await answer(
      (target) =>
        void target
          .setCookie('a', '1')
          .setCookie('ab', 'other name')
          .setCookie('a', 'other path', { path: '/x' })
          .setCookie('a', 'other domain', { domain: 'example.com' })
          .setCookie('a', '2', { httpOnly: true })
          .text(''),
    )
    expect(cookiesOf(response)).to.deep.equal([
      'ab=other%20name; Path=/',
      'a=other%20path; Path=/x',
      'a=other%20domain; Domain=example.com; Path=/',
      'a=2; Path=/; HttpOnly',
    ])
  })

  it("replaces a line of anyone's, however it was staged", async () => {
    const response = await answer((target) => {
      target.setHeader('Set-Cookie', 'a=1; Domain=.Example.com; path=/')
      target.setCookie('a', '2', { domain: 'example.com' }).setCookie('b', '1').text('')
    })
    expect(cookiesOf(response)).to.deep.equal(['a=2; Domain=example.com; Path=/', 'b=1; Path=/'])
  })

  it('leaves the attributes it is given as they are', async () => {
    const attributes = Object.freeze({ maxAge: '1h', signed: false })
    const response = await answer((target) => void target.setCookie('a', '1', attributes).text(''))
    expect(cookiesOf(response)).to.deep.equal(['a=1; Max-Age=3600; Path=/'])
  })

  it('stages nothing where anything is wrong, and the answer goes out without it', async () => {
    const errors: unknown[] = []
    const app = await serve((target) => {
      try {
        target.setCookie('ok', '1').setCookie('bad', 'x', { path: '/;HttpOnly' })
      } catch (error) {
        errors.push(error)
      }
      target.text('still here')
    })
    const response = await ask(app)
    expect(response.text).to.equal('still here')
    expect(cookiesOf(response)).to.deep.equal(['ok=1; Path=/'])
    expect(errors[0]).to.be.an.instanceOf(TypeError).and.include({ code: 'INVALID_COOKIE' })
    expect(errors[0])
      .to.have.property('message')
      .that.matches(/cookie 'bad': path .*'\/;HttpOnly'/)
  })

  it('fills in the defaults of the options', async () => {
    const response = await answer(
      (target) => void target.setCookie('a', '1').setCookie('b', '2', { httpOnly: false, sameSite: 'strict' }).text(''),
      {},
      { kit: { cookies: { defaults: { httpOnly: true, sameSite: 'lax', maxAge: '1d' } } } },
    )
    expect(cookiesOf(response)).to.deep.equal([
      'a=1; Max-Age=86400; Path=/; HttpOnly; SameSite=Lax',
      'b=2; Max-Age=86400; Path=/; SameSite=Strict',
    ])
  })
})

contract("secure: 'auto'", ({ framework, answer }) => {
  const trustProxy = (app: any) => {
    if (framework.family === 'express') app.set('trust proxy', true)
    else app.proxy = true
  }
  const forwarded = { headers: { 'X-Forwarded-Proto': 'https' } }

  it('is Secure on https, as a trusted proxy says', async () => {
    const response = await answer((target) => void target.setCookie('a', '1', { secure: 'auto' }).text(''), forwarded, {
      setUp: trustProxy,
    })
    expect(cookiesOf(response)).to.deep.equal(['a=1; Path=/; Secure'])
  })

  it('is not Secure on http, whatever an untrusted client says', async () => {
    const response = await answer((target) => void target.setCookie('a', '1', { secure: 'auto' }).text(''), forwarded)
    expect(cookiesOf(response)).to.deep.equal(['a=1; Path=/'])
  })

  it('decides again for each request', async () => {
    const handler = (target: any) => void target.setCookie('each', '1', { secure: 'auto' }).text('')
    expect(cookiesOf(await answer(handler, forwarded, { setUp: trustProxy }))).to.deep.equal(['each=1; Path=/; Secure'])
    expect(cookiesOf(await answer(handler, {}, { setUp: trustProxy }))).to.deep.equal(['each=1; Path=/'])
  })
})

contract('deleteCookie', ({ answer }) => {
  it('expires the cookie of the same Path and Domain', async () => {
    const response = await answer(
      (target) => void target.deleteCookie('a').deleteCookie('b', { path: '/x', domain: 'example.com' }).text(''),
    )
    expect(cookiesOf(response)).to.deep.equal([
      'a=; Max-Age=0; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
      'b=; Max-Age=0; Domain=example.com; Path=/x; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
    ])
  })

  it('takes the attributes the cookie was set with: their lifetime does not count', async () => {
    const response = await answer(
      (target) => void target.deleteCookie('a', { maxAge: '7d', expires: new Date(4e12), httpOnly: true }).text(''),
    )
    expect(cookiesOf(response)).to.deep.equal([
      'a=; Max-Age=0; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly',
    ])
  })

  it("adds what the name's prefix demands, or browsers ignore it (RFC 6265bis §4.1.3)", async () => {
    const response = await answer(
      (target) =>
        void target
          .deleteCookie('__Host-a')
          .deleteCookie('__Secure-b')
          .deleteCookie('__Http-c')
          .deleteCookie('__Host-Http-d')
          .text(''),
    )
    const gone = 'Max-Age=0; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT'
    expect(cookiesOf(response)).to.deep.equal([
      `__Host-a=; ${gone}; Secure`,
      `__Secure-b=; ${gone}; Secure`,
      `__Http-c=; ${gone}; HttpOnly; Secure`,
      `__Host-Http-d=; ${gone}; HttpOnly; Secure`,
    ])
  })

  it('takes the place of a pending cookie', async () => {
    const response = await answer((target) => void target.setCookie('a', '1').deleteCookie('a').text(''))
    expect(cookiesOf(response)).to.deep.equal(['a=; Max-Age=0; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT'])
  })
})

contract('getCookie', ({ answer }) => {
  const ask = (read: (target: any) => unknown, cookie?: string) =>
    answer((target: any) => void target.text(JSON.stringify(read(target)) ?? 'undefined'), {
      headers: cookie === undefined ? {} : { Cookie: cookie },
    }).then(({ text }) => (text === 'undefined' ? undefined : JSON.parse(text)))

  it('reads the request, percent-decoded', async () => {
    expect(await ask((target) => target.getCookie('a'), 'b=2; a=%C3%BC%20x; c=3')).to.equal('ü x')
  })

  it('takes the first of two of the same name', async () => {
    expect(await ask((target) => target.getCookie('a'), 'a=1; a=2')).to.equal('1')
  })

  it('drops the quotes around a value', async () => {
    expect(await ask((target) => target.getCookie('a'), 'a="x y"')).to.equal('x y')
  })

  it('is undefined without the cookie, without any, and for names of Object.prototype', async () => {
    expect(await ask((target) => target.getCookie('a'), 'b=1')).to.equal(undefined)
    expect(await ask((target) => target.getCookie('a'))).to.equal(undefined)
    expect(await ask((target) => target.getCookie('constructor'), 'b=1')).to.equal(undefined)
    expect(await ask((target) => target.getCookie('__proto__'), 'b=1')).to.equal(undefined)
  })

  it('leaves what is not percent-encoding as it is', async () => {
    expect(await ask((target) => target.getCookie('a'), 'a=50%')).to.equal('50%')
  })

  it("gives the object or array of a 'j:' value, and the text of any other", async () => {
    const read = (target: any) => [target.getCookie('a'), target.getCookie('b'), target.getCookie('c')]
    expect(await ask(read, 'a=j%3A%7B%22n%22%3A1%7D; b=j:5; c=j:{')).to.deep.equal([{ n: 1 }, 'j:5', 'j:{'])
  })

  it("sees this response's value before the request's", async () => {
    expect(await ask((target) => target.setCookie('a', 'new ü').getCookie('a'), 'a=old')).to.equal('new ü')
    expect(await ask((target) => target.setCookie('a', { n: [1] }).getCookie('a'))).to.deep.equal({ n: [1] })
    expect(await ask((target) => target.setCookie('a', 5).getCookie('a'))).to.equal('5')
  })

  it('is undefined once the cookie is deleted, or set to expire at once', async () => {
    expect(await ask((target) => target.deleteCookie('a').getCookie('a'), 'a=1')).to.equal(undefined)
    expect(await ask((target) => target.setCookie('a', 'x', { maxAge: 0 }).getCookie('a'), 'a=1')).to.equal(undefined)
    expect(await ask((target) => target.setCookie('a', 'x', { expires: new Date(0) }).getCookie('a'), 'a=1')).to.equal(
      undefined,
    )
  })

  it('still sees what is set beside a deletion on another path', async () => {
    expect(
      await ask((target) => target.setCookie('a', 'kept').deleteCookie('a', { path: '/old' }).getCookie('a')),
    ).to.equal('kept')
  })

  it('refuses an unknown option', async () => {
    const message = await ask((target) => {
      try {
        return target.getCookie('a', { sign: true })
      } catch (error) {
        return (error as Error).message
      }
    })
    expect(message).to.match(/unknown option 'sign'.*'signed'/)
  })
})
