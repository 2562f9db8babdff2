import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'chai'
import connectSession from 'express-session'
import koaSession from 'koa-session'
import { responseKit as expressKit } from '../../src/express/index.js'
import type { Claims } from '../../src/index.js'
import { responseKit as koaKit } from '../../src/koa/index.js'
import { MemoryClaims } from '../../src/shared/checks/claims.js'
import { contract } from '../support/contract.js'
import type { Handler, RunningApp } from '../support/frameworks.js'
import { promised } from '../support/promised.js'
import { request } from '../support/request.js'
import { Wire } from '../support/wire.js'

const cookies = { secrets: 'a secret of thirty-two bytes or more' }

/** Claims that answer a turn later, in the order in which they are asked, as those of a server do. */
function slowClaims(): Claims & { readonly asked: string[] } {
  const memory = new MemoryClaims()
  const asked: string[] = []
  return {
    asked,
    async claim(id, expires) {
      asked.push(id)
      await delay(5)
      return memory.claim(id, expires)
    },
    async release(id) {
      await delay(5)
      memory.release(id)
    },
  }
}

/** The same, whose server can be away. */
function claimsAtTimesAway(): Claims & { isAway: boolean } {
  const memory = slowClaims()
  return {
    ...memory,
    isAway: false,
    async claim(id, expires) {
      if (this.isAway) throw new Error('away')
      return memory.claim(id, expires)
    },
  }
}

const handler: Handler = (target, { url }) => {
  if (url === '/leave') return target.withFlash({ notice: 'saved' }).text('left')
  if (url === '/show') return target.text(JSON.stringify([target.flash(), target.flash()]))
  if (url === '/add') return target.withFlash({ more: 1 }).text('added')
  if (url === '/redirect') return target.redirectLocal('/show')
  if (url === '/fail') throw new Error('boom')
  return target.text('not read')
}

/** Beside `handler`, a request that reads no flash and takes its time: when it has arrived, and what lets it answer. */
function slowPoll(): { readonly polled: Handler; readonly arrived: Promise<void>; readonly answer: () => void } {
  const [arrived, arrive] = promised<void>()
  const [asked, answer] = promised<void>()
  const polled: Handler = async (target, given) => {
    if (given.url !== '/poll') return handler(target, given)
    arrive()
    await asked
    return target.text('nothing new')
  }
  return { polled, arrived, answer }
}

const cookieOf = (answer: { readonly headers: Readonly<Record<string, unknown>> }): string => {
  const lines = answer.headers['set-cookie'] as readonly string[] | undefined
  return (lines ?? []).map((line) => line.split(';')[0]).join('; ')
}

const throws = (): never => {
  throw new Error('away')
}

const NOTHING = '[{},{}]'
const SAVED = JSON.stringify([{ notice: 'saved' }, { notice: 'saved' }])

contract('flash with claims that processes share', ({ framework, serve }) => {
  const ask = (app: RunningApp, path: string, Cookie = '', fields: Record<string, string> = {}, method = 'GET') =>
    request(app.port, { path, method, headers: { ...(Cookie !== '' && { Cookie }), ...fields } })

  it('one of many requests at once shows it, whichever process they reach', async () => {
    const claims = slowClaims()
    const processes = [
      await serve(handler, { kit: { cookies, flash: { claims } } }),
      await serve(handler, { kit: { cookies, flash: { claims } } }),
    ]
    const [first, second] = processes
    if (first === undefined || second === undefined) throw new Error('two processes')
    const left = cookieOf(await ask(first, '/leave'))
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => ask(index % 2 === 0 ? first : second, '/show', left)),
    )
    expect(answers.map(({ text }) => text).sort()).to.deep.equal([...Array(9).fill(NOTHING), SAVED].sort())
    expect((await ask(second, '/show', left)).text).to.equal(NOTHING)
  })

  for (const path of ['/other', '/redirect']) {
    it(`a request that does not read it leaves it as it is: ${path}`, async () => {
      const app = await serve(handler, { kit: { cookies, flash: { claims: slowClaims() } } })
      const left = cookieOf(await ask(app, '/leave'))
      const { headers } = await ask(app, path, left)
      expect(headers).not.to.have.any.keys('set-cookie', 'cache-control')
      expect((await ask(app, '/show', left)).text).to.equal(SAVED)
      expect((await ask(app, '/show', left)).text).to.equal(NOTHING)
    })
  }

  it('the answer of problemHandler() to an error leaves it as well', async () => {
    const app = await serve(handler, { kit: { cookies, flash: { claims: slowClaims() } }, problems: {} })
    const left = cookieOf(await ask(app, '/leave'))
    expect((await ask(app, '/fail', left)).status).to.equal(500)
    expect((await ask(app, '/show', left)).text).to.equal(SAVED)
  })

  /** Answers that the framework gives, and not the kit. */
  const natives: Readonly<Record<string, (native: any) => unknown>> = {
    'an error with a status': () => {
      throw Object.assign(new Error('who are you?'), { status: 401 })
    },
    'an error without a status': () => {
      throw new Error('boom')
    },
    'no answer': ({ next }) => next?.(),
    'an end of the response itself': ({ ctx, res }) => {
      if (ctx !== undefined) ctx.respond = false
      ;(res ?? ctx.res).end('raw')
    },
    'a head of the response itself': ({ ctx, res }) => {
      if (ctx !== undefined) ctx.respond = false
      ;(res ?? ctx.res).writeHead(200, { 'X-Own': '1' }).end('raw')
    },
  }
  for (const [what, answer] of Object.entries(natives))
    it(`${what} leaves it as well`, async () => {
      const app = await serve(
        (target, given) => (given.url === '/native' ? answer(given.native) : handler(target, given)),
        { kit: { cookies, flash: { claims: slowClaims() } } },
      )
      const left = cookieOf(await ask(app, '/leave'))
      await ask(app, '/native', left)
      expect((await ask(app, '/show', left)).text).to.equal(SAVED)
    })

  for (const flushes of [true, false])
    it(`a page that begins before its handler ends is whole, and leaves it${flushes ? '' : ', without respond()'}`, async () => {
      const streams: Handler = async (target, given) => {
        if (given.url !== '/stream') return handler(target, given)
        const { ctx } = given.native
        const res = given.native.res ?? ctx.res
        res.setHeader('Content-Type', 'text/plain')
        res.flushHeaders()
        const rest = new PassThrough()
        rest.end('the page')
        if (ctx !== undefined && flushes) ctx.body = rest
        else {
          if (ctx !== undefined) ctx.respond = false
          await pipeline(rest, res)
        }
      }
      const app = await serve(streams, { kit: { flash: { claims: slowClaims() } }, setUp: withSession })
      const session = cookieOf(await ask(app, '/leave'))
      expect((await ask(app, '/stream', session)).text).to.equal('the page')
      expect(app.errors).to.deep.equal([])
      expect((await ask(app, '/show', session)).text).to.equal(SAVED)
    })

  it('a client that leaves before its answer leaves it', async () => {
    const [arrived, arrive] = promised<void>()
    const gone: Handler = async (target, given) => {
      if (given.url !== '/slow') return handler(target, given)
      const res = given.native.res ?? given.native.ctx.res
      const closed = once(res, 'close')
      arrive()
      await closed
    }
    const app = await serve(gone, { kit: { cookies, flash: { claims: slowClaims() } } })
    const left = cookieOf(await ask(app, '/leave'))
    const wire = await Wire.connect(app.port)
    wire.get('/slow', `Cookie: ${left}\r\n`)
    await arrived
    wire.socket.destroy()
    let text = NOTHING
    for (const end = Date.now() + 1000; text === NOTHING && Date.now() < end; )
      text = (await ask(app, '/show', left)).text
    expect(text).to.equal(SAVED)
  })

  for (const minutes of [0, 11, 23 * 60])
    it(`a page beside a request that does not read it leaves it for the next page, after ${minutes} minutes`, async () => {
      const { polled, arrived, answer } = slowPoll()
      const app = await serve(polled, { kit: { cookies, flash: { claims: slowClaims() } } })
      const left = cookieOf(await ask(app, '/leave'))
      await ahead(minutes * 60_000, async () => {
        const poll = ask(app, '/poll', left)
        await arrived
        const page = await ask(app, '/show', left)
        expect([page.text, cookieOf(page)]).to.deep.equal([NOTHING, ''])
        answer()
        await poll
        expect((await ask(app, '/show', left)).text).to.equal(SAVED)
      })
    })

  for (const own of [true, false])
    it(`a page of an inner kit with another name leaves it, and shows its own, ${own ? 'with' : 'without'} claims`, async () => {
      const claims = slowClaims()
      const inner = { cookies, flash: { name: 'inner', ...(own && { claims }) } }
      const within =
        framework.family === 'express'
          ? ({ req, res }: any, next: () => unknown) => expressKit(inner)(req, res, next)
          : ({ ctx }: any, next: () => unknown) => koaKit(inner)(ctx, async () => void (await next()))
      const nested: Handler = (target, given) => {
        if (!given.url.startsWith('/inner')) return handler(target, given)
        return within(given.native, () => handler(target, { ...given, url: given.url.slice('/inner'.length) }))
      }
      const app = await serve(nested, { kit: { cookies, flash: { claims } } })
      const left = [cookieOf(await ask(app, '/leave')), cookieOf(await ask(app, '/inner/leave'))].join('; ')
      expect((await ask(app, '/inner/other', left)).text).to.equal('not read')
      expect((await ask(app, '/inner/show', left)).text).to.equal(SAVED)
      expect((await ask(app, '/show', left)).text).to.equal(SAVED)
      expect((await ask(app, '/show', left)).text).to.equal(NOTHING)
    })

  /** Runs with a clock that is so many milliseconds ahead. */
  async function ahead<Value>(ms: number, run: () => Promise<Value>): Promise<Value> {
    const { now } = Date
    Date.now = () => now() + ms
    try {
      return await run()
    } finally {
      Date.now = now
    }
  }

  it('one that has been shown and is stored again by a request beside it is not shown a day later', async () => {
    const claims = slowClaims()
    const app = await serve(handler, { kit: { cookies, flash: { claims } } })
    const left = cookieOf(await ask(app, '/leave')) // a session that is stored again has the same record
    expect((await ask(app, '/show', left)).text).to.equal(SAVED)
    for (const hours of [1, 23.9, 24.1, 25.1, 100]) {
      expect((await ahead(hours * 3_600_000, () => ask(app, '/show', left))).text, `${hours} hours`).to.equal(NOTHING)
    }
    const { length } = claims.asked
    await ahead(25 * 3_600_000, () => ask(app, '/show', left))
    expect(claims.asked).to.have.length(length) // then it is not asked for
  })

  it('flash() after the head is too late, and leaves it', async () => {
    const late: Handler = (target, given) => {
      if (given.url !== '/late') return handler(target, given)
      const { ctx } = given.native
      if (ctx !== undefined) ctx.respond = false
      const res = given.native.res ?? ctx.res
      res.writeHead(200)
      return res.end(JSON.stringify(target.flash()))
    }
    for (const setUp of [undefined, withSession]) {
      const app = await serve(late, { kit: { cookies, flash: { claims: slowClaims() } }, ...(setUp && { setUp }) })
      const left = cookieOf(await ask(app, '/leave'))
      await ahead(11 * 60_000, async () => {
        expect((await ask(app, '/late', left)).text).to.equal('{}')
        expect((await ask(app, '/show', left)).text).to.equal(SAVED)
      })
    }
  })

  it('reflash() beside a request that does not read it leaves it as it is', async () => {
    const { polled, arrived, answer } = slowPoll()
    const again: Handler = (target, given) =>
      given.url === '/again' ? target.reflash().text('again') : polled(target, given)
    const app = await serve(again, { kit: { cookies, flash: { claims: slowClaims() } } })
    const left = cookieOf(await ask(app, '/leave'))
    const poll = ask(app, '/poll', left)
    await arrived
    expect(cookieOf(await ask(app, '/again', left))).to.equal('')
    answer()
    await poll
    expect((await ask(app, '/show', left)).text).to.equal(SAVED)
  })

  it('a request that adds to it beside one that does not read it leaves both', async () => {
    for (const setUp of [undefined, withSession]) {
      const { polled, arrived, answer } = slowPoll()
      const app = await serve(polled, { kit: { cookies, flash: { claims: slowClaims() } }, ...(setUp && { setUp }) })
      const left = cookieOf(await ask(app, '/leave'))
      const poll = ask(app, '/poll', left)
      await arrived
      const both = cookieOf(await ask(app, '/add', left)) || left
      answer()
      await poll
      expect((await ask(app, '/show', both)).text).to.include('{"notice":"saved","more":1}')
      expect((await ask(app, '/show', both)).text).to.equal(NOTHING)
    }
  })

  it('what has been shown is not added to, also if the claims fail', async () => {
    const claims = claimsAtTimesAway()
    const app = await serve(handler, { kit: { cookies, flash: { claims } } })
    const left = cookieOf(await ask(app, '/leave'))
    expect((await ask(app, '/show', left)).text).to.equal(SAVED)
    claims.isAway = true
    const added = cookieOf(await ask(app, '/add', left))
    claims.isAway = false
    expect((await ask(app, '/show', added)).text).to.equal('[{"more":1},{"more":1}]')
  })

  for (const [what, first, second, shown] of [
    [
      'without its input, beside what is held',
      { a: 'x'.repeat(1500) },
      { b: 'y', input: 'z'.repeat(1500) },
      ['a', 'b'],
    ],
    [
      'with its input, without what is held',
      { a: 'x'.repeat(2500) },
      { b: 'y'.repeat(1500), input: 'z' },
      ['b', 'input'],
    ],
    ['without both', { a: 'x'.repeat(2500) }, { b: 'y'.repeat(1500), input: 'z'.repeat(1500) }, ['b']],
  ] as const)
    it(`what is added fits in a cookie ${what}`, async () => {
      const claims = claimsAtTimesAway()
      const adding: Handler = (target, { url }) => {
        if (url === '/show') return target.text(Object.keys(target.flash()).join())
        return target.withFlash(url === '/first' ? first : second).text('left')
      }
      const app = await serve(adding, { kit: { cookies, flash: { claims } } })
      const left = cookieOf(await ask(app, '/first'))
      claims.isAway = true
      const added = cookieOf(await ask(app, '/second', left))
      claims.isAway = false
      expect((await ask(app, '/show', added)).text).to.equal(shown.join())
    })

  it('a redirect of the kit waits until it is given back', async () => {
    const memory = slowClaims()
    const claims: Claims = {
      ...memory,
      release: async (id) => {
        await delay(40)
        await memory.release?.(id)
      },
    }
    const app = await serve(handler, { kit: { cookies, flash: { claims } } })
    const left = cookieOf(await ask(app, '/leave'))
    expect((await ask(app, '/redirect', left)).status).to.equal(302)
    expect((await ask(app, '/show', left)).text).to.equal(SAVED)
  })

  it('of two places, one whose claim fails keeps nothing of the other', async () => {
    const memory = slowClaims()
    const told: string[] = []
    let fails = true
    const claims: Claims = {
      ...memory,
      async claim(id, expires) {
        if (fails && memory.asked.length > 0) throw new Error('away')
        return memory.claim(id, expires)
      },
    }
    const kit = { cookies, flash: { claims }, onError: ({ message }: Error) => void told.push(message) }
    const plain = await serve(handler, { kit })
    const app = await serve(handler, { kit, setUp: withSession })
    const left = `${cookieOf(await ask(plain, '/leave'))}; ${cookieOf(await ask(app, '/leave'))}`
    expect((await ask(app, '/show', left)).text).to.equal(NOTHING)
    expect(told).to.deep.equal(['away'])
    fails = false
    expect((await ask(app, '/show', left)).text).to.equal(SAVED)
  })

  it('claims that cannot be given back show it once, and not after a request that does not read it', async () => {
    const { claim } = slowClaims()
    const app = await serve(handler, { kit: { cookies, flash: { claims: { claim } } } })
    const read = cookieOf(await ask(app, '/leave'))
    expect((await ask(app, '/show', read)).text).to.equal(SAVED)
    const unread = cookieOf(await ask(app, '/leave'))
    expect((await ask(app, '/other', unread)).text).to.equal('not read')
    expect((await ask(app, '/show', unread)).text).to.equal(NOTHING)
    expect(app.errors).to.deep.equal([])
  })

  it('an answer stands, and onError is told, if a claim cannot be given back', async () => {
    const { claim } = slowClaims()
    for (const release of [() => Promise.reject(new Error('away')), throws]) {
      const told: string[] = []
      const onError = ({ message }: Error) => void told.push(message)
      const app = await serve(handler, { kit: { cookies, flash: { claims: { claim, release } }, onError } })
      const answer = await ask(app, '/other', cookieOf(await ask(app, '/leave')))
      expect([answer.status, answer.text, told]).to.deep.equal([200, 'not read', ['away']])
    }
  })

  it('a request that adds to it carries it on', async () => {
    const app = await serve(handler, { kit: { cookies, flash: { claims: slowClaims() } } })
    const added = cookieOf(await ask(app, '/add', cookieOf(await ask(app, '/leave'))))
    expect((await ask(app, '/show', added)).text).to.include('{"notice":"saved","more":1}')
  })

  const withSession = (app: any): void => {
    const isExpress = framework.family === 'express'
    const options = { secret: 'a secret', resave: false, saveUninitialized: false }
    app.use(isExpress ? connectSession(options) : koaSession({ signed: false }, app))
  }

  /** Each way to end a session in which a flash waits, and what then happens to an answer of the framework's own. */
  const ends: readonly (readonly [way: string, end: (native: any, answer: () => void) => void])[] =
    framework.family === 'koa'
      ? [['ctx.session = null', ({ ctx }, answer) => [Object.assign(ctx, { session: null }), answer()]]]
      : [
          ['destroy(callback)', ({ req }, answer) => req.session.destroy(answer)],
          ['delete req.session', ({ req }, answer) => [Reflect.deleteProperty(req, 'session'), answer()]],
        ]
  for (const [way, end] of ends) {
    for (const secrets of [undefined, cookies.secrets]) {
      it(`ends with its session, by ${way}, ${secrets === undefined ? 'without' : 'with'} secrets for a cookie`, async () => {
        const logOut: Handler = (target, { url, native }) => {
          const answer = () => (native.ctx ?? native.res).redirect('/')
          if (url === '/login') return target.withFlash({ notice: 'hi' }).text('in')
          return end(native, answer)
        }
        const kit = { ...(secrets !== undefined && { cookies: { secrets } }), flash: { claims: slowClaims() } }
        const app = await serve(logOut, { kit, setUp: withSession })
        const session = cookieOf(await ask(app, '/login'))
        const answer = await ask(app, '/logout', session)
        expect([answer.status, answer.headers.location, app.errors]).to.deep.equal([302, '/', []])
        expect(cookieOf(answer)).not.to.include('flash')
      })
    }
  }

  it('what loads a part of a page, a page ahead or a head alone does not claim it', async () => {
    const claims = slowClaims()
    const app = await serve(handler, { kit: { cookies, flash: { claims } } })
    const left = cookieOf(await ask(app, '/leave'))
    await ask(app, '/show', left, { 'Sec-Fetch-Dest': 'image' })
    await ask(app, '/show', left, { 'Sec-Purpose': 'prefetch' })
    await ask(app, '/show', left, {}, 'HEAD')
    expect(claims.asked).to.deep.equal([])
    expect((await ask(app, '/show', left, { 'Sec-Fetch-Dest': 'document' })).text).to.equal(SAVED)
    expect(claims.asked).to.have.length(1)
  })

  it('a request without a flash asks nothing', async () => {
    const claims = slowClaims()
    const app = await serve(handler, { kit: { cookies, flash: { claims } } })
    expect((await ask(app, '/show')).text).to.equal(NOTHING)
    expect(claims.asked).to.deep.equal([])
  })

  it('while the claims are away it waits for a later request, and onError is told', async () => {
    const claims = claimsAtTimesAway()
    claims.isAway = true
    const told: string[] = []
    const app = await serve(handler, {
      kit: { cookies, flash: { claims }, onError: ({ message }) => void told.push(message) },
    })
    const left = cookieOf(await ask(app, '/leave'))
    const answer = await ask(app, '/show', left)
    expect([answer.status, answer.text, cookieOf(answer)]).to.deep.equal([200, NOTHING, ''])
    expect(told).to.deep.equal(['away'])
    claims.isAway = false
    expect((await ask(app, '/show', left)).text).to.equal(SAVED)
  })

  it('claims without claim() are refused', () => {
    const make = (): unknown => serve(handler, { kit: { cookies, flash: { claims: {} as Claims } } })
    return Promise.resolve()
      .then(make)
      .then(
        () => expect.fail('it was taken'),
        (error: Error) => expect(error.message).to.include("option 'flash.claims' must be an object with claim()"),
      )
  })
})
