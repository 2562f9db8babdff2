import { expect } from 'chai'
import { defineRoutes, type ResponseMethods, text } from '../../src/index.js'
import { contract } from '../support/contract.js'

/** Names that a request, a form or a database may give. */
const names = { long: 'a'.repeat(100_000), 'of two lines': 'a\nINFO all is well' }
const routes = defineRoutes({ user: '/users/:id' }, { secrets: 'a secret of thirty-two bytes or more' })
const cyclic: unknown[] = []
cyclic.push(cyclic)

const calls: Readonly<Record<string, (target: ResponseMethods, name: string) => unknown>> = {
  'a cookie': (target, name) => target.setCookie(name, 'x').empty(),
  'a cookie of a wrong value': (target, name) => target.setCookie(name, Number.NaN).empty(),
  'a cookie of a wrong attribute': (target, name) => target.setCookie(name, 'x', { maxAge: 'soon' }).empty(),
  'a signed cookie': (target, name) => target.setCookie(name, 'x', { signed: true }).empty(),
  'an encrypted cookie': (target, name) => target.setCookie(name, 'x', { encrypted: true }).empty(),
  'a cookie that is deleted': (target, name) => target.deleteCookie(name, { path: 'x' }).empty(),
  'a cookie of a Reply': (target, name) => target.reply(text('x', { cookies: { [name]: Number.NaN } })),
  'a column': (target, name) => target.csv([{ [name]: cyclic }]),
  'a template': (target, name) => target.template(name),
  'a route': (target, name) => target.redirectTo(name),
  'a parameter of a route': (target, name) => target.redirectTo('user', { id: 1, [name]: 2 }),
  'a query parameter': (target, name) => target.redirectTo('user', { id: 1 }, { query: { [name]: Number.NaN } }),
  'a query parameter of a signed URL': (target, name) =>
    target.text(routes.signedUrl('user', { id: 1 }, { query: { [`signature[${name}]`]: 1 } })),
  'an option': (target, name) => target.bytes(Buffer.from('x'), { [name]: 1 }),
  'a field': (target, name) => target.setHeaders({ [name]: null as any }).empty(),
  'a field of many lines': (target, name) => target.setHeaders({ [name]: Array(20_000).fill('x') }).empty(),
  'a field of a Reply': (target, name) => target.reply(text('x', { headers: { [name]: Array(20_000).fill('x') } })),
  'a media type': (target, name) => target.negotiate({ [name]: () => 'x' }),
}

contract('an error shows the beginning of a name, in one line', ({ serve, askForError }) => {
  const kit = { routes, templates: () => 7 as unknown as string }
  for (const [kind, name] of Object.entries(names)) {
    for (const [what, call] of Object.entries(calls)) {
      it(`${what} with a name ${kind}`, async () => {
        const app = await serve((target) => call(target, name), { kit })
        await askForError(app)
        const [error] = app.errors
        expect(error).to.have.property('code')
        expect(error?.message).to.match(/^[^\r\n]{1,400}$/)
      })
    }
  }
})
