import { expect } from 'chai'
import { defineRoutes } from '../../src/index.js'
import { contract } from '../support/contract.js'

const kit = { routes: defineRoutes({ page: '/:page', nested: '/:section/:page' }) }

/** Faults found in others of this family: each must stay impossible here. */
contract('published advisories', ({ answer, serve, ask }) => {
  it('koa CVE-2025-8129, adonis CVE-2026-40255: a foreign Referer leads nowhere', async () => {
    const app = await serve((target) => target.back('/start'))
    for (const Referer of ['https://evil.example/', '//evil.example/', `http://evil.example:${app.port}/`]) {
      expect((await ask(app, { headers: { Referer } })).headers.location, Referer).to.equal('/start')
    }
  })

  it('koa CVE-2026-27959: userinfo in the Host makes no origin of it', async () => {
    const app = await serve((target) => target.back('/start'))
    for (const Host of [`evil.example:x@127.0.0.1:${app.port}`, `127.0.0.1:${app.port}@evil.example`]) {
      for (const Referer of ['http://evil.example/', `http://${Host}/`, `${app.origin}/list`]) {
        const { headers } = await ask(app, { headers: { Host, Referer } })
        expect(headers.location, `${Host} ${Referer}`).to.equal('/start')
      }
    }
  })

  it('adonis CVE-2026-107718: a route parameter makes no authority', async () => {
    for (const [page, location] of [
      ['/evil.example', '/%2Fevil.example'],
      ['\\evil.example', '/%5Cevil.example'],
      ['//evil.example/x?y#z', '/%2F%2Fevil.example%2Fx%3Fy%23z'],
    ] as const) {
      const { headers } = await answer((target) => target.redirectTo('page', { page }), {}, { kit })
      expect(headers.location).to.equal(location)
    }
  })

  it('adonis CVE-2026-107718: an empty parameter is an error, as it would join two slashes', async () => {
    let caught: unknown
    const app = await serve(
      (target) => {
        try {
          target.redirectTo('nested', { section: '', page: 'evil.example' })
        } catch (error) {
          caught = error
        }
        target.text('still here')
      },
      { kit },
    )
    expect((await ask(app)).text).to.equal('still here')
    expect(caught).to.have.property('code', 'ROUTE_PARAMETER')
  })

  it('express CVE-2024-29041: a backslash before the userinfo hides no host', async () => {
    const app = await serve((target) => target.back('/start'))
    for (const path of ['http://evil.example\\@127.0.0.1/', '/\\evil.example', '\\/evil.example', '/\t/evil.example']) {
      const { headers } = await ask(app, { path: `/save?__back=${encodeURIComponent(path)}` })
      expect(headers.location, path).to.equal('/start')
    }
  })

  it('express CVE-2024-43796: the body of a redirect runs nothing', async () => {
    const app = await serve((target) => target.back('/start'))
    const Referer = `${app.origin}/x?"><script>alert(1)</script>`
    const { headers, text } = await ask(app, { headers: { Referer, Accept: 'text/html' } })
    expect(headers['content-type']).to.equal('text/plain; charset=utf-8')
    expect(text).not.to.match(/[<>"]|href/i)
  })

  it('starlette GHSA-7f5h-v6xp-fcq8: a Range of thousands of parts is answered with the whole', async () => {
    const file = Buffer.alloc(20_000, 'x')
    for (const Range of [
      `bytes=${'0-,'.repeat(4000)}0-`,
      `bytes=${'0-0,'.repeat(3000)}`,
      `bytes=${'9'.repeat(12_000)}-`,
    ]) {
      const { status, body } = await answer((target) => target.file(file), { headers: { Range } })
      expect(status, Range.slice(0, 20)).to.equal(200)
      expect(body.equals(file)).to.equal(true)
    }
  })

  it('cookie CVE-2024-47764: no name, path or domain brings an attribute or a field of its own', async () => {
    const codes: unknown[] = []
    const { headers } = await answer((target) => {
      codes.length = 0
      for (const [name, attributes] of [
        ['a=1; Path=/; HttpOnly;b', {}],
        ['a\r\nSet-Cookie: b', {}],
        ['a', { path: '/; Domain=evil.example' }],
        ['a', { domain: 'app.example; Secure' }],
        ['a', { priority: 'high; Secure' as never }],
        ['a', { sameSite: 'lax; Secure' as never }],
      ] as const) {
        try {
          target.setCookie(name, '1', attributes)
        } catch (error) {
          codes.push((error as { code?: string }).code)
        }
      }
      target.text('')
    })
    expect(codes).to.deep.equal(Array(6).fill('INVALID_COOKIE'))
    expect(headers).not.to.have.property('set-cookie')
  })
})
