import { once } from 'node:events'
import http from 'node:http'
import { expect } from 'chai'
import cookieParser from 'cookie-parser'
import supertest from 'supertest'
import { defineRoutes, type ResponseMethods, redirect } from '../../src/index.js'
import { contract } from '../support/contract.js'
import { promised } from '../support/promised.js'
import { request } from '../support/request.js'
import { endSession, heldSessionOf, sessionOf, sessionsOf } from '../support/sessions.js'

const kit = { routes: defineRoutes({ read: '/read' }) }

/** Each way in which the kit redirects. */
const REDIRECTS: Readonly<Record<string, (target: ResponseMethods) => unknown>> = {
  redirectTo: (target) => target.redirectTo('read'),
  redirectLocal: (target) => target.redirectLocal('/read'),
  back: (target) => target.back('/read'),
  toIntended: (target) => target.toIntended('/read'),
  'a Reply': (target) => target.reply(redirect('/read')),
}

contract('a redirect beside another request of its session', ({ framework, serve }) => {
  const { 'koa-session in a cookie': _, 'cookie-session': __, ...stored } = sessionsOf(framework)
  const others = { 'a change': '/cart', 'a logout': '/logout' }
  const left = { '/cart': { user: 'Ann', cart: 1 }, '/logout': {} }

  for (const [store, install] of Object.entries(stored)) {
    for (const [way, answer] of Object.entries(REDIRECTS)) {
      for (const [title, other] of Object.entries(others) as [string, keyof typeof left][]) {
        it(`${way}, ${store}: does not undo ${title}`, async () => {
          const [begun, begin] = promised<void>()
          const [changed, change] = promised<void>()
          const app = await serve(
            async (target, given) => {
              const session = sessionOf(given)
              if (given.url === '/go') {
                begin()
                await changed
                return answer(target)
              }
              if (given.url === '/login') session.user = 'Ann'
              if (given.url === '/cart') session.cart = 1
              if (given.url === '/logout') await endSession(given)
              const { user, cart } = sessionOf(given) ?? {}
              return target.text(JSON.stringify({ user, cart }))
            },
            { kit, setUp: (native) => install(native, []) },
          )
          const agent = supertest.agent(app.origin)
          await agent.get('/login')
          const redirected = agent.get('/go').redirects(0).then()
          await begun
          await agent.get(other)
          change()
          expect((await redirected).headers.location).to.equal('/read')
          expect(JSON.parse((await agent.get('/read')).text)).to.deep.equal(left[other])
        })
      }
    }
  }
})

/** The value of a cookie, as a client may send it. Servers that decode it take each of them for the same. */
const SPELLINGS: Readonly<Record<string, (value: string) => string>> = {
  'as it was set': (value) => value,
  'one letter as an escape': (value) => value.replace(/(?<=%3A)./, escaped),
  'each letter as an escape': (value) => decodeURIComponent(value).replace(/./g, escaped),
  'escapes in small letters': (value) => value.replace(/%../g, (each) => each.toLowerCase()),
  'no escapes': (value) => decodeURIComponent(value),
  'escapes of JSON, as cookie-parser reads it': (value) =>
    encodeURIComponent(`j:"${decodeURIComponent(value).replace(/./g, (letter) => `\\u${hex(letter, 4)}`)}"`),
}

function escaped(letter: string): string {
  return `%${hex(letter, 2)}`
}

function hex(letter: string, digits: number): string {
  return letter.charCodeAt(0).toString(16).padStart(digits, '0')
}

contract('a redirect beside a logout, if the client spells its cookie otherwise', ({ framework, serve }) => {
  const { 'koa-session in a cookie': _, 'cookie-session': __, ...stored } = sessionsOf(framework)
  for (const [store, install] of Object.entries(stored)) {
    for (const [spelling, respell] of Object.entries(SPELLINGS)) {
      it(`${store}: does not bring the session back, with ${spelling}`, async () => {
        const [begun, begin] = promised<void>()
        const [changed, change] = promised<void>()
        const app = await serve(
          async (target, given) => {
            if (given.url === '/go') {
              begin()
              await changed
              return target.redirectLocal('/read')
            }
            if (given.url === '/login') sessionOf(given).user = 'Ann'
            if (given.url === '/logout') await endSession(given)
            return target.text(`${sessionOf(given)?.user}`)
          },
          {
            kit,
            setUp(native) {
              if (framework.name.startsWith('express')) native.use(cookieParser() as never)
              install(native, [])
            },
          },
        )
        const lines = (await request(app.port, { path: '/login' })).headers['set-cookie'] ?? []
        const pairs = lines.map((line) => line.split(';')[0] ?? '')
        const cookie = pairs.join('; ')
        const respelled = pairs.map((pair) => pair.replace(/(?<=^[^=]+=).*/, respell)).join('; ')
        const going = request(app.port, { path: '/go', headers: { cookie: respelled } })
        await begun
        await request(app.port, { path: '/logout', headers: { cookie } })
        change()
        expect((await going).headers.location).to.equal('/read')
        for (const sent of [cookie, respelled]) {
          const { text } = await request(app.port, { path: '/read', headers: { cookie: sent } })
          expect(text).to.equal('undefined')
        }
      })
    }
  }
})

contract('a redirect whose session other code has changed before the kit', ({ framework, serve }) => {
  for (const [way, answer] of Object.entries(REDIRECTS)) {
    it(`${way}: reaches the client after the store has the session`, async () => {
      let hold = () => Promise.resolve()
      const app = await serve(
        (target, given) => {
          if (given.url === '/login') sessionOf(given).user = 'Ann'
          return given.url === '/go' ? answer(target) : target.text('here')
        },
        {
          kit,
          setUp: (native) => {
            heldSessionOf(framework, () => hold())(native)
            native.use((target: any, ...rest: any[]) => {
              if (target.session.user !== undefined) target.session.visited = true
              return rest.at(-1)() // Express: (req, res, next). Koa: (ctx, next).
            })
          },
        },
      )
      const { headers } = await request(app.port, { path: '/login' })
      const cookie = headers['set-cookie']?.map((line) => line.split(';')[0]).join('; ')
      const steps: string[] = []
      const [storing, store] = promised<void>()
      const [released, release] = promised<void>()
      hold = () => {
        store()
        return released
      }
      const going = http.get(`${app.origin}/go`, { headers: { cookie }, agent: false })
      const answered = once(going, 'response').then(([incoming]) => {
        steps.push('answered')
        incoming.resume()
      })
      await storing
      for (let round = 0; round < 3; round++) await request(app.port, { path: '/other' }) // a head sent early arrives meanwhile
      steps.push('stored')
      release()
      await answered
      expect(steps).to.deep.equal(['stored', 'answered'])
    })
  }
})
