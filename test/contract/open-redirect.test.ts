import http from 'node:http'
import { expect } from 'chai'
import fc from 'fast-check'
import { defineRoutes } from '../../src/index.js'
import { contract } from '../support/contract.js'
import type { Handler } from '../support/frameworks.js'
import { hostileTargets } from '../support/redirect-corpus.js'
import { type Answer, request } from '../support/request.js'

const HOST = 'app.example'
const ORIGIN = `http://${HOST}`
const targets = hostileTargets(HOST)
const routes = defineRoutes({
  segment: '/:value',
  tail: '/go/*value',
  mixed: '/a-:value.html',
  old: '/old/:value?',
  any: '/x/*',
})

/** Wherever a client resolves it: this origin, one line, no userinfo, and a path that is one to every reader. */
function expectHarmless({ status, rawHeaders, headers, text }: Answer, context: string): void {
  expect(status, context).to.be.oneOf([302, 303])
  const { location = '' } = headers
  expect(
    rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'location'),
    context,
  ).to.have.length(1)
  expect(new URL(location, ORIGIN).origin, `${context} -> ${location}`).to.equal(ORIGIN)
  expect(new URL(location, `${ORIGIN}/deep/page`).origin, `${context} -> ${location}`).to.equal(ORIGIN)
  expect(location, context).to.match(/^\/(?![/\\])[\x21-\x7e]*$/)
  if (context.startsWith('back')) expect(location.length, context).to.be.at.most(8192)
  expect(headers['set-cookie'], context).to.equal(undefined)
  expect(text, context).not.to.match(/[<>"']/)
}

const isWellFormed = (value: string) => !/\p{Surrogate}/u.test(value)

/** In a field of a request only what HTTP lets through arrives at all. */
const canBeSent = (value: string) => /^[\t\x20-\x7e\x80-\xff]*$/.test(value)

describe('the corpus', () => {
  it('has at least 200 targets', () => expect(targets.length).to.be.at.least(200))
})

/** What a head has room for. */
const byPath = (target: string) =>
  isWellFormed(target) && target.length < 4000 ? { path: `/?${encodeURIComponent(target)}` } : undefined

/** The doors by which a target comes in; each gives a handler and the request that carries the target to it. */
const doors: Record<
  string,
  { handler: Handler; send(target: string): { path?: string; headers?: Record<string, string> } | undefined }
> = {
  'back by Referer': {
    handler: (target) => target.back('/fallback'),
    send: (target) => (canBeSent(target) ? { headers: { Referer: target } } : undefined),
  },
  'back by the form field': {
    handler: (target, { native: { req, ctx }, url }) => {
      const form = { __back: decodeURIComponent(url.slice(2)) }
      if (ctx === undefined) req.body = form
      else ctx.request.body = form
      return target.back('/fallback')
    },
    send: byPath,
  },
  'back by the query field': {
    handler: (target) => target.back('/fallback'),
    send: (target) => (isWellFormed(target) ? { path: `/?__back=${encodeURIComponent(target)}` } : undefined),
  },
  'back by the query field, as it is': {
    handler: (target) => target.back('/fallback'),
    send: (target) => (/^[\x21-\x7e]*$/.test(target) ? { path: `/?__back=${target}` } : undefined),
  },
  'back by the session': {
    handler: (target, { native: { req, ctx }, url }) => {
      const session = { previousUrl: decodeURIComponent(url.slice(2)) }
      if (ctx === undefined) req.session = session
      else ctx.session = session
      return target.back('/fallback')
    },
    send: byPath,
  },
  'back by the intended URL': {
    handler: (target, { native: { req, ctx }, url }) => {
      const session = { 'kit.intended': { url: decodeURIComponent(url.slice(2)) } }
      if (ctx === undefined) req.session = session
      else ctx.session = session
      return target.toIntended('/fallback')
    },
    send: byPath,
  },
  'the current query': {
    handler: (target) => target.redirectTo('segment', { value: 'x' }, { query: true }),
    send: (target) =>
      isWellFormed(target) && target.length < 4000
        ? { path: `/?a=${encodeURIComponent(target)}&${encodeURIComponent(target)}=b` }
        : undefined,
  },
  'the request target': {
    handler: (target) => target.redirectTo('segment', { value: 'x' }, { query: true }),
    send: (target) => (/^[\x21-\x7e]+$/.test(target) ? { path: target } : undefined),
  },
}

const given = (url: string) => decodeURIComponent(url.slice(2))
for (const name of ['segment', 'mixed', 'old'] as const) {
  doors[`the parameter of ${routes.path(name)}`] = {
    handler: (target, { url }) => orFallback(target, () => target.redirectTo(name, { value: given(url) })),
    send: byPath,
  }
}
for (const [name, parameter] of [
  ['tail', 'value'],
  ['any', '0'],
] as const) {
  doors[`the wildcard of ${routes.path(name)}`] = {
    handler: (target, { url }) =>
      orFallback(target, () => target.redirectTo(name, { [parameter]: given(url).split('/') })),
    send: byPath,
  }
}
for (const option of ['query', 'hash'] as const) {
  doors[`the option ${option}`] = {
    handler: (target, { url }) =>
      target.redirectTo(
        'segment',
        { value: 'x' },
        option === 'query' ? { query: { [given(url)]: given(url) } } : { hash: given(url) },
      ),
    send: byPath,
  }
}

/** A value that cannot be a parameter is the caller's error, and no redirect. */
function orFallback(target: Parameters<Handler>[0], call: () => unknown): unknown {
  try {
    return call()
  } catch (error) {
    expect(error).to.have.property('code', 'ROUTE_PARAMETER')
    return target.back('/fallback')
  }
}

contract('no redirect leaves the origin', ({ serve }) => {
  const kit = { routes, back: { session: 'previousUrl' } }

  for (const [door, { handler, send }] of Object.entries(doors)) {
    it(`by ${door}: the corpus`, async function () {
      this.timeout(30_000)
      const app = await serve(handler, { kit })
      const agent = new http.Agent({ keepAlive: true, maxSockets: 4 })
      const asked = targets.flatMap((target) => {
        const init = send(target)
        return init === undefined ? [] : [{ target, init }]
      })
      try {
        await Promise.all(
          asked.map(async ({ target, init }) => {
            const answer = await request(app.port, { ...init, agent, headers: { Host: HOST, ...init.headers } })
            const context = `${door}: ${JSON.stringify(target.slice(0, 200))}`
            if (door === 'the request target' && answer.status >= 400)
              expect(answer.headers.location, context).to.equal(undefined)
            else expectHarmless(answer, context)
          }),
        )
      } finally {
        agent.destroy()
      }
      const sent = asked.length
      expect(sent).to.be.at.least(
        door.includes('as it is') || door === 'the request target' || door === 'back by Referer' ? 150 : 200,
      )
      // Koa itself cannot read some request targets.
      if (door !== 'the request target') expect(app.errors).to.deep.equal([])
    })
  }

  it('by anything that looks like a URL', async function () {
    this.timeout(30_000)
    const app = await serve((target) => target.back('/fallback'), { kit })
    const piece = fc.constantFrom(
      'http:',
      'https:',
      'HTTP:',
      'javascript:',
      '/',
      '//',
      '\\',
      '/\\',
      '@',
      ':',
      '?',
      '#',
      '.',
      '..',
      '%2f',
      '%5c',
      '%2e',
      '%00',
      ' ',
      '\t',
      HOST,
      'evil.example',
      'user',
      ':80',
      ':443',
      '[::1]',
      'é',
      '。',
      '\xad',
      '%',
      ';',
      '&',
      '=',
    )
    const target = fc.oneof(
      fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join('')),
      fc.webUrl({ withFragments: true, withQueryParameters: true }),
      fc.string({ maxLength: 40 }),
    )
    await fc.assert(
      fc.asyncProperty(target, async (each) => {
        if (isWellFormed(each)) {
          expectHarmless(
            await request(app.port, { path: `/?__back=${encodeURIComponent(each)}`, headers: { Host: HOST } }),
            JSON.stringify(each),
          )
        }
        if (canBeSent(each))
          expectHarmless(
            await request(app.port, { headers: { Host: HOST, Referer: each } }),
            `back: ${JSON.stringify(each)}`,
          )
      }),
      { numRuns: 300 },
    )
  })
})

contract('back under an attacked Host', ({ serve, ask }) => {
  it('trusts no Referer if the Host is missing or malformed', async () => {
    const app = await serve((target) => target.back('/fallback'))
    for (const Host of [
      '',
      'evil@app.example',
      'app.example@evil.example',
      'app.example/evil',
      'app.example:port',
      'a b',
      'app.example:80:80',
      '[::1',
      'é',
      'app.example#x',
      'app.example?x',
      '.',
      ':80',
    ]) {
      for (const Referer of [
        'http://app.example/from',
        'http://evil.example/from',
        `http://${Host}/from`,
        'http:///from',
      ]) {
        if (!canBeSent(Referer)) continue
        const { status, headers } = await request(app.port, { headers: { Host, Referer } })
        if (status === 400) continue // node refused it
        expect(headers.location, `${Host} ${Referer}`).to.equal('/fallback')
      }
    }
  })

  it('compares host and port, default ports dropped', async () => {
    const app = await serve((target) => target.back('/fallback'))
    for (const [Host, Referer, location] of [
      ['app.example', 'http://app.example:80/from', '/from'],
      ['app.example:80', 'http://app.example/from', '/from'],
      ['APP.example', 'http://app.EXAMPLE/from', '/from'],
      ['app.example', 'https://app.example/from', '/from'], // only the path is sent: TLS may end at a proxy
      ['app.example:8080', 'http://app.example/from', '/fallback'],
      ['app.example', 'http://app.example:8080/from', '/fallback'],
      ['[::1]:3000', 'http://[::1]:3000/from', '/from'],
    ] as const) {
      const { headers } = await ask(app, { headers: { Host, Referer } })
      expect(headers.location, `${Host} ${Referer}`).to.equal(location)
    }
  })

  it('heeds X-Forwarded-Proto and -Host if the proxy is trusted, and only then', async () => {
    const trust = (app: any) => {
      if (typeof app.set === 'function') app.set('trust proxy', true)
      else app.proxy = true
    }
    const Referer = 'https://public.example/from'
    const headers = { Host: 'inner:3000', 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': 'public.example', Referer }
    const trusting = await serve((target) => target.back('/fallback'), { setUp: trust })
    expect((await ask(trusting, { headers })).headers.location).to.equal('/from')
    const foreign = { ...headers, Referer: 'http://inner:3000/from' }
    expect((await ask(trusting, { headers: foreign })).headers.location).to.equal('/fallback')
    const wary = await serve((target) => target.back('/fallback'))
    expect((await ask(wary, { headers })).headers.location).to.equal('/fallback')
    expect((await ask(wary, { headers: foreign })).headers.location).to.equal('/from')
  })
})
