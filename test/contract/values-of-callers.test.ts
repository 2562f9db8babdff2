import { expect } from 'chai'
import { defineRoutes, json, type ResponseMethods } from '../../src/index.js'
import { frameworks, type Handler, listen, type RunningApp } from '../support/frameworks.js'
import { request } from '../support/request.js'
import { Sandbox } from '../support/sandbox.js'
import { methodArguments } from '../torture/calls.js'

const kit = {
  routes: defineRoutes({ user: '/users/:id' }),
  cookies: { secrets: 'a secret of the tests, of 32 bytes or more' },
  templates: (name: string) => `page ${name}`,
}

/** Each way to add a cookie, by calls of the kit alone. */
const WAYS: Readonly<Record<string, (target: ResponseMethods) => unknown>> = {
  setCookie: (target) => target.setCookie('id', 'b').text(''),
  'setCookie, twice': (target) => target.setCookie('id', 'b').setCookie('other', 'c').text(''),
  deleteCookie: (target) => target.deleteCookie('id').text(''),
  'setCookie of the same name': (target) => target.setCookie('lang', 'de').text(''),
  'the option headers': (target) => target.download(Buffer.from(''), 'a', { headers: { 'Set-Cookie': 'id=b' } }),
  'the cookies of a Reply': (target) => target.reply(json({}, { cookies: { id: 'b' } })),
  'the fields of a Reply': (target) => target.reply(json({}, { headers: { 'Set-Cookie': ['id=b', 'other=c'] } })),
  'setHeaders of a Headers': (target) =>
    target
      .setHeaders(
        new Headers([
          ['Set-Cookie', 'id=b'],
          ['Set-Cookie', 'other=c'],
        ]),
      )
      .text(''),
  flash: (target) => target.withFlash({ id: 'b' }).redirectTo('user', { id: 1 }),
}

for (const framework of frameworks) {
  describe(`values that callers keep: ${framework.name}`, () => {
    const running: RunningApp[] = []
    const sandbox = new Sandbox()
    after(() => sandbox.remove())
    afterEach(() => Promise.all(running.splice(0).map((app) => app.close())))
    const start = async (handler: Handler) => {
      const app = await listen(framework.createListener(handler, { kit }, []))
      running.push(app)
      return () => request(app.port)
    }

    for (const [way, add] of Object.entries(WAYS)) {
      it(`adds no cookie of one client to a list that the app stages for all: ${way}`, async () => {
        const all = ['lang=en', 'theme=dark']
        const ask = await start((target, { native }) => {
          const res = native.res ?? native.ctx.res
          res.setHeader('Set-Cookie', all)
          return add(target)
        })
        const { status } = await ask()
        expect(status).to.be.below(400)
        expect(all).to.deep.equal(['lang=en', 'theme=dark'])
      })
    }

    for (const [call, give] of Object.entries<(target: ResponseMethods, lines: readonly string[]) => unknown>({
      defaultHeader: (target, lines) => target.defaultHeader('X-A', lines),
      setHeaders: (target, lines) => target.setHeaders({ 'X-A': lines }),
      'the fields of a Reply': (target, lines) => target.reply(json({}, { headers: { 'X-A': lines } })),
    })) {
      it(`gives Node a copy of the list, which Node would change: ${call}`, async () => {
        const lines = ['a', 'b']
        const ask = await start((target, { native }) => {
          const res = native.res ?? native.ctx.res
          give(target, lines)
          if (!res.headersSent) res.appendHeader('X-A', 'c')
          if (native.ctx?.body === undefined && !res.headersSent) target.text('')
        })
        await ask()
        expect(lines).to.deep.equal(['a', 'b'])
      })
    }

    it('takes arguments that are frozen, and gives the same answer', async () => {
      const filePath = sandbox.write('a.txt', 'content')
      for (const [name, give] of Object.entries(methodArguments)) {
        if (name === 'json' && framework.family === 'express') continue // Express's own
        const answers = []
        for (const isFrozen of [false, true]) {
          const ask = await start(async (target, { native }) => {
            const given = give({ filePath })
            if (isFrozen) given.forEach(freeze)
            const method: unknown = Reflect.get(target, name)
            if (typeof method !== 'function') throw new Error(`there is no ${name}`)
            await method.apply(target, given)
            const hasAnswer = native.ctx === undefined ? native.res.headersSent : native.ctx.body != null
            if (!hasAnswer && native.ctx?.status !== 204) target.text('')
          })
          const { status, body } = await ask()
          answers.push([status, name === 'zip' ? '' : body.toString()])
        }
        expect(answers[1], name).to.deep.equal(answers[0])
      }
    })
  })
}

/** Freezes records and lists, at every depth. Instances of classes, such as a Date, keep a state of their own. */
function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  if (!Array.isArray(value) && Object.getPrototypeOf(value) !== Object.prototype) return
  for (const each of Object.values(value)) freeze(each)
  Object.freeze(value)
}
