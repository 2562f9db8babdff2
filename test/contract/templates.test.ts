import { join } from 'node:path'
import { Readable } from 'node:stream'
import { expect } from 'chai'
import ejs from 'ejs'
import { Eta } from 'eta'
import nunjucks from 'nunjucks'
import type { ResponseKitOptions } from '../../src/index.js'
import { contract } from '../support/contract.js'
import { request } from '../support/request.js'

const routes = { url: (name: string, parameters?: any) => `/${name}/${parameters?.id ?? ''}` }

const nunjucksLoader = nunjucks.Loader.extend({
  getSource: (name: string) => ({ src: njk[name] ?? '', path: name, noCache: true }),
})
const njk: Record<string, string> = {
  page: '<a href="{{ route(\'users\', { id: 7 }) }}">{{ user }}</a>{{ backField() | safe }}{{ app }}',
}
const environment = new nunjucks.Environment(new (nunjucksLoader as any)(), { autoescape: true })

const eta = new Eta()
eta.loadTemplate(
  '@page',
  '<a href="<%= it.route(\'users\', { id: 7 }) %>"><%= it.user %></a><%~ it.backField() %><%= it.app ?? "" %>',
)

const ejsPage = '<a href="<%= route(\'users\', { id: 7 }) %>"><%= user %></a><%- backField() %><%= locals.app %>'

const engines: Record<string, NonNullable<ResponseKitOptions['templates']>> = {
  nunjucks: (name, variables) => environment.render(name, variables),
  'nunjucks, by callback': (name, variables) =>
    new Promise((resolve, reject) => {
      environment.render(name, variables, (error, text) => (text === null ? reject(error) : resolve(text)))
    }),
  eta: (name, variables) => eta.render(`@${name}`, variables),
  ejs: (_name, variables) => ejs.render(ejsPage, variables),
  'ejs, async': (_name, variables) => ejs.render(ejsPage, variables, { async: true }),
}

contract('template()', ({ framework, serve, ask, askForError, answer }) => {
  for (const [name, templates] of Object.entries(engines)) {
    it(`renders with ${name}, with the view helpers, escaped as the engine does`, async () => {
      const app = await serve((target) => target.template('page', { user: '<Ada>' }), { kit: { templates, routes } })
      const { status, headers, text } = await ask(app, { path: '/here?a=1' })
      expect(status).to.equal(200)
      expect(headers['content-type']).to.equal('text/html; charset=utf-8')
      expect(headers.etag).to.match(/^W\/"/)
      expect(text).to.equal('<a href="/users/7">&lt;Ada&gt;</a><input type="hidden" name="__back" value="/here?a=1">')
    })
  }

  it('shows no user the flash of another one if the app gives all responses one object of variables', async () => {
    const shared = {}
    const kit: ResponseKitOptions = {
      cookies: { secrets: 's'.repeat(32) },
      templates: (_name, { flash }: any) => `${flash.info ?? 'nothing'}`,
    }
    const app = await serve(
      (target, { url, native }) => {
        if (url === '/leave') return target.withFlash({ info: 'for one user' }).text('left')
        if (native.ctx === undefined) native.res.locals = shared
        else native.ctx.state = shared
        return target.template('page')
      },
      { kit },
    )
    const left = await request(app.port, { path: '/leave' })
    const cookie = [left.headers['set-cookie'] ?? []].flat().map((line) => line.split(';', 1)[0])
    expect((await ask(app, { headers: { cookie: cookie.join('; ') } })).text).to.equal('for one user')
    expect((await ask(app)).text).to.equal('nothing')
  })

  const echo: ResponseKitOptions = { templates: (name, variables) => `${name}: ${variables.a}, ${variables.b}` }

  it('gives the view variables, and those of the call over them', async () => {
    const { text } = await answer(
      (target, { native }) => {
        Object.assign(native.ctx?.state ?? native.res.locals, { a: 'staged', b: 'staged' })
        return target.template('t', { b: 'given' })
      },
      {},
      { kit: echo },
    )
    expect(text).to.equal('t: staged, given')
  })

  it('takes a status, else keeps the staged one', async () => {
    const given = await answer((target) => target.setStatus(201).template('t', {}, { status: 404 }), {}, { kit: echo })
    expect(given.status).to.equal(404)
    const staged = await answer((target) => target.setStatus(201).template('t'), {}, { kit: echo })
    expect(staged.status).to.equal(201)
  })

  it('answers 304 to its own entity-tag', async () => {
    const app = await serve((target) => target.template('t'), { kit: echo })
    const { headers } = await ask(app)
    expect((await ask(app, { headers: { 'If-None-Match': headers.etag } })).status).to.equal(304)
  })

  it('evaluates no precondition for another status than 200, streamed or not (RFC 9110 §13.2.1)', async () => {
    for (const templates of [() => 'page', () => Readable.from(['page'])]) {
      const app = await serve((target) => target.setEtag('a').template('t', {}, { status: 404 }), {
        kit: { templates },
      })
      const { status, text } = await ask(app, { headers: { 'If-None-Match': '"a"' } })
      expect({ status, text }).to.deep.equal({ status: 404, text: 'page' })
    }
  })

  it('streams what the renderer streams, without an entity-tag', async () => {
    const templates = async function* (name: string) {
      yield `<h1>${name}`
      yield '</h1>'
    }
    const { status, headers, text } = await answer(
      (target) => target.template('t', {}, { status: 203 }),
      {},
      { kit: { templates } },
    )
    expect(status).to.equal(203)
    expect(headers['content-type']).to.equal('text/html; charset=utf-8')
    expect(headers).not.to.have.any.keys('etag', 'content-length')
    expect(text).to.equal('<h1>t</h1>')
  })

  it('a failing renderer reaches the error handling once, awaited or not', async () => {
    const kit: ResponseKitOptions = { templates: () => Promise.reject(new Error('no such template')) }
    for (const handler of [(target: any) => target.template('t'), (target: any) => void target.template('t')]) {
      const app = await serve(handler, { kit })
      expect((await askForError(app)).status).to.equal(500)
      expect(app.errors.map(({ message }) => message)).to.deep.equal(['no such template'])
    }
  })

  it('a list in the place of the variables is an error', async () => {
    const app = await serve((target) => target.template('t', ['Ada'] as never), { kit: echo })
    expect((await askForError(app)).status).to.equal(500)
    expect(app.errors[0]).to.have.property('code', 'INVALID_ARGUMENT')
  })

  it('what is no text is an error that names the option', async () => {
    const app = await serve((target) => target.template('t'), { kit: { templates: () => 7 as any } })
    expect((await askForError(app)).status).to.equal(500)
    expect(app.errors[0]?.message).to.include(
      "option 'templates' returned must be a string, an html`...` fragment or a stream, got 7",
    )
  })

  it('without the option: Express renders with its own engine, Koa says what is missing', async () => {
    const app = await serve((target) => target.template('page.ejs', { user: 'Ada' }), {
      setUp: (native) => {
        if (framework.family !== 'express') return
        native.engine('ejs', ejs.renderFile)
        native.set('views', join(import.meta.dirname, '../fixtures'))
        native.locals.shared = 'of the app'
      },
    })
    const { status, text } = await request(app.port)
    if (framework.family === 'express') {
      expect(text).to.equal('Ada of the app undefined') // there is no route() without routes
    } else {
      expect(status).to.equal(500)
      expect(app.errors[0]).to.include({ code: 'NOT_CONFIGURED' })
      expect(app.errors[0]?.message).to.include("'templates'")
    }
  })
})
