import { expect } from 'chai'
import { defineRoutes, type ResponseKitOptions } from '../../src/index.js'
import { contract } from '../support/contract.js'
import type { Framework } from '../support/frameworks.js'
import { thrown } from '../support/thrown.js'

const routes = defineRoutes({ item: '/items/:id' })
const withBase = defineRoutes({ item: '/items/:id' }, { base: '/base' })

const trusting =
  ({ family }: Framework) =>
  (app: any): void => {
    if (family === 'express') app.set('trust proxy', true)
    else app.proxy = true
  }

contract('X-Forwarded-Prefix', ({ framework, answer }) => {
  const locationOf = async (
    prefix: string | undefined,
    kit: ResponseKitOptions,
    isTrusted = true,
  ): Promise<unknown> => {
    const { headers } = await answer(
      (target) => target.redirectTo('item', { id: 7 }),
      { headers: prefix === undefined ? {} : { 'X-Forwarded-Prefix': prefix } },
      isTrusted ? { kit, setUp: trusting(framework) } : { kit },
    )
    return headers.location
  }

  it('counts if the framework trusts the proxy and the option says so, and not otherwise', async () => {
    expect(await locationOf('/shop', { routes, forwardedPrefix: true })).to.equal('/shop/items/7')
    expect(await locationOf('/shop', { routes, forwardedPrefix: true }, false)).to.equal('/items/7')
    expect(await locationOf('/shop', { routes, forwardedPrefix: false })).to.equal('/items/7')
    expect(await locationOf('/shop', { routes })).to.equal('/items/7')
    expect(await locationOf('/shop', { routes }, false)).to.equal('/items/7')
  })

  it('stands in the place of the base of the table, which counts if the proxy says nothing', async () => {
    expect(await locationOf('/shop', { routes: withBase, forwardedPrefix: true })).to.equal('/shop/items/7')
    expect(await locationOf('/', { routes: withBase, forwardedPrefix: true })).to.equal('/items/7')
    expect(await locationOf(undefined, { routes: withBase, forwardedPrefix: true })).to.equal('/base/items/7')
    expect(await locationOf('//evil.example', { routes: withBase, forwardedPrefix: true })).to.equal('/base/items/7')
  })

  for (const [given, prefix] of [
    ['/a', '/a'],
    ['/a/', '/a'],
    ['/a/b-c_d.e~f/', '/a/b-c_d.e~f'],
    ['/caf%C3%A9/a%20b', '/caf%C3%A9/a%20b'],
    ['/@me:1;v=1', '/@me:1;v=1'],
    ['/.well-known', '/.well-known'],
    ['/...', '/...'],
  ] as const) {
    it(`${given} is the path that the proxy took off`, async () => {
      expect(await locationOf(given, { routes, forwardedPrefix: true })).to.equal(`${prefix}/items/7`)
    })
  }

  for (const hostile of [
    '',
    'shop',
    '//evil.example',
    '/a//b',
    '/a//',
    '///',
    'https://evil.example',
    'javascript:alert(1)',
    '/\\evil.example',
    '\\\\evil.example',
    '/a\\b',
    '/%5Cevil.example',
    '/%2F%2Fevil.example',
    '/a%2fb',
    '/..',
    '/a/../b',
    '/a/.',
    '/%2e%2E/a',
    '/.%2e',
    '/a/%2E/',
    '/a%0d%0aSet-Cookie:x=1',
    '/a%00',
    '/a\tb',
    '/a b',
    '/%',
    '/%zz',
    '/%C3',
    '/%ff',
    '/a?b',
    '/a#b',
    '/a%3Fb',
    '/a%23b',
    '/a, /b',
    '/a,/b',
    '/<script>',
    '/"x"',
    '/\xe9',
    '/{x}',
    `/${'a'.repeat(8192)}`,
  ]) {
    it(`${JSON.stringify(hostile.slice(0, 40))} is ignored`, async () => {
      expect(await locationOf(hostile, { routes, forwardedPrefix: true })).to.equal('/items/7')
    })
  }

  it('is part of the URL that the client sees, for every call', async () => {
    const kit = { routes, forwardedPrefix: true, cookies: { secrets: 'a secret of thirty-two bytes or more' } }
    const options = { kit, setUp: trusting(framework) }
    const init = { path: '/form?a', headers: { 'X-Forwarded-Prefix': '/shop' } }
    const field = await answer((target) => target.html(target.backField()), init, options)
    expect(field.text).to.include('value="/shop/form?a"')
    const route = await answer((target) => target.text(target.route('item', { id: 7 })), init, options)
    expect(route.text).to.equal('/shop/items/7')
    const back = await answer((target) => target.back(), init, options)
    expect(back.headers.location).to.equal('/shop/')
    const local = await answer((target) => target.redirectLocal('//evil.example'), init, options)
    expect(local.headers.location).to.equal('/shop/')
    // The app sees /form: a Referer of the same URL is the page itself.
    const headers = { ...init.headers, Host: 'app.example', Referer: 'http://app.example/shop/form?a' }
    expect((await answer((target) => target.back(), { ...init, headers }, options)).headers.location).to.equal('/shop/')
  })

  it('needs true or false as its option', () => {
    for (const value of [1, 'true', null, {}]) {
      const create = () => framework.createListener(() => undefined, { kit: { forwardedPrefix: value as never } }, [])
      expect(thrown(create)).to.include({ code: 'INVALID_OPTION' })
    }
  })
})
