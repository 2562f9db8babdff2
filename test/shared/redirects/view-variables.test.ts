import { expect } from 'chai'
import { EXCHANGE, type Exchange } from '../../../src/shared/exchange/exchange.js'
import {
  adoptRender,
  adoptVariables,
  showViewHelpers,
  watchRender,
  watchVariables,
} from '../../../src/shared/redirects/view-variables.js'
import type { ResponseKitOptions } from '../../../src/shared/settings/settings.js'
import { nodeExchange } from '../../support/node-exchange.js'

const ROUTES = { url: (name: string) => `/${name}` }

/** A response whose prototype is watched, as those of Express and the contexts of Koa are. */
function responseWith(options: ResponseKitOptions = {}, ownPrototype: object = {}) {
  const prototype: object = Object.create(ownPrototype)
  watchVariables(prototype, 'locals')
  watchRender(prototype)
  const exchange: Exchange = nodeExchange({ host: 'app.example' }, options)
  return Object.assign(Object.create(prototype), { [EXCHANGE]: exchange })
}

describe('the view helpers', () => {
  it('stand among the variables when code asks for these, and nothing lists them', () => {
    const res = responseWith()
    res.locals = { a: 1 }
    expect(typeof res.locals.backField).to.equal('function')
    expect(Object.keys(res.locals)).to.deep.equal(['a'])
    expect('route' in res.locals, 'without routes').to.equal(false)
  })

  it('are listed at once if an option asks for one', () => {
    const res = responseWith({ routes: ROUTES })
    res.locals = {}
    expect(Object.keys(res.locals)).to.include.members(['route', 'backField', 'flash'])
    expect(res.locals.route('home')).to.equal('/home')
  })

  it('leave a variable of the app, also an inherited one', () => {
    const own = responseWith({ routes: ROUTES })
    own.locals = { flash: 'own', route: undefined }
    expect([own.locals.flash, own.locals.route]).to.deep.equal(['own', undefined])
    const inherited = responseWith({ routes: ROUTES })
    inherited.locals = Object.create({ flash: 'inherited' })
    expect(inherited.locals.flash).to.equal('inherited')
  })

  it('can be assigned over', () => {
    const res = responseWith()
    res.locals = {}
    res.locals.backField = 'mine'
    expect(res.locals.backField).to.equal('mine')
  })

  it('have the names of the option, and none if it is false', () => {
    const renamed = responseWith({ viewHelpers: { flash: 'messages', backField: false } })
    renamed.locals = {}
    expect(Object.keys(renamed.locals)).to.include('messages').and.not.include.members(['backField', 'flash'])
    const none = responseWith({ viewHelpers: false })
    none.locals = {}
    expect(Object.getOwnPropertyNames(none.locals)).to.deep.equal([])
  })

  it('leave variables that the app has frozen', () => {
    const res = responseWith({ routes: ROUTES })
    res.locals = Object.freeze({ a: 1 })
    expect(res.locals).to.deep.equal({ a: 1 })
  })

  it('follow a response that gets other variables', () => {
    const res = responseWith()
    res.locals = {}
    expect(typeof res.locals.backField).to.equal('function')
    res.locals = { b: 2 }
    expect(typeof res.locals.backField).to.equal('function')
  })

  it('of an object that two responses share belong to the response that asks', () => {
    const [one, other] = [responseWith(), responseWith()]
    Object.assign(other[EXCHANGE].facts, { settings: one[EXCHANGE].facts.settings })
    one[EXCHANGE].facts.req.url = '/one'
    other[EXCHANGE].facts.req.url = '/other'
    one.locals = other.locals = {}
    expect(one.locals.backField()).to.include('value="/one"')
    expect(other.locals.backField()).to.include('value="/other"')
    expect(one.locals.backField()).to.include('value="/one"')
  })

  it('of an object that two responses share are those of the response that renders, also after they were listed', () => {
    const shared: any = { title: 'shop' }
    const kit = { routes: ROUTES }
    const [one, other] = [responseWith(kit), responseWith({ ...kit, viewHelpers: { flash: 'messages' } })]
    one[EXCHANGE].flashes = new Map([['kit', { read: { info: 'for one' } }]])
    one.locals = other.locals = shared
    showViewHelpers(one[EXCHANGE], one.locals)
    expect(shared.flash.info).to.equal('for one')
    showViewHelpers(other[EXCHANGE], other.locals)
    expect([shared.flash, shared.messages.info]).to.deep.equal([undefined, undefined])
    expect(one.locals.flash.info).to.equal('for one')
    one.locals.flash = 'of the app'
    expect(other.locals.flash).to.equal('of the app')
  })

  it('have the names of an inner responseKit() from there on', () => {
    const res = responseWith()
    res.locals = {}
    expect(typeof res.locals.backField).to.equal('function')
    const { settings } = nodeExchange({}, { viewHelpers: { backField: 'field' } }).facts
    Object.assign(res[EXCHANGE].facts, { settings })
    expect(typeof res.locals.field).to.equal('function')
  })

  it('show flash in a template only if there is one, unless an option asks for it', () => {
    const res = responseWith()
    res.locals = {}
    showViewHelpers(res[EXCHANGE], res.locals)
    expect(Object.keys(res.locals)).to.deep.equal(['backField'])
  })

  for (const [title, assign] of [
    ['that the app assigns', (res: any, render: () => string[]) => Object.assign(res, { render })],
    [
      'that the response had before its prototype was watched',
      (res: any, render: () => string[]) => {
        Object.defineProperty(res, 'render', { value: render, configurable: true, writable: true })
        adoptRender(res)
      },
    ],
  ] as const) {
    it(`are shown before a render ${title} copies the variables`, () => {
      const res = responseWith()
      res.locals = { a: 1 }
      Object.defineProperty(res[EXCHANGE].facts, 'locals', { get: () => res.locals })
      assign(res, () => Object.keys(res.locals))
      expect(Object.keys(res.locals)).to.deep.equal(['a'])
      expect(res.render()).to.deep.equal(['a', 'backField'])
    })
  }
})

describe('adoptVariables', () => {
  it('moves the variables that a response had before its prototype was watched', () => {
    const res = responseWith()
    Object.defineProperty(res, 'locals', { value: { a: 1 }, configurable: true, writable: true, enumerable: true })
    adoptVariables(res, res[EXCHANGE], 'locals')
    expect(Object.hasOwn(res, 'locals')).to.equal(false)
    expect(res.locals.a).to.equal(1)
    expect(typeof res.locals.backField).to.equal('function')
  })

  it('gives the helpers to variables that cannot be moved', () => {
    const res = responseWith()
    Object.defineProperty(res, 'locals', { value: { a: 1 }, configurable: false })
    adoptVariables(res, res[EXCHANGE], 'locals')
    expect(typeof res.locals.backField).to.equal('function')
  })
})
