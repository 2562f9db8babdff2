import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import ejs from 'ejs'
import { Eta } from 'eta'
import mustache from 'mustache'
import nunjucks from 'nunjucks'
import request from 'supertest'
import { responseKit } from '../../src/express/index.js'
import { defineRoutes, type ResponseKitOptions } from '../../src/index.js'

const require = createRequire(import.meta.url)
const routes = defineRoutes({ user: '/users/:id', list: '/list' })
const secrets = 'a secret of thirty-two bytes or more'

/** A render function of each engine, as `app.engine` takes it. */
const engines: Record<string, (source: string, variables: any) => string> = {
  ejs: (source, variables) => ejs.render(source, variables),
  pug: (source, variables) => require('pug').render(source, variables),
  nunjucks: (source, variables) => nunjucks.renderString(source, variables),
  eta: (source, variables) => new Eta({ useWith: true }).renderString(source, variables),
  mustache: (source, variables) => mustache.render(source, variables),
}

for (const name of ['express4', 'express5']) {
  const express = require(name)

  describe(`view helpers in ${name}`, () => {
    let folder = ''
    before(() => {
      folder = mkdtempSync(join(tmpdir(), 'views-'))
    })
    after(() => rmSync(folder, { recursive: true }))

    function createApp(engine: string, source: string, options?: ResponseKitOptions) {
      writeFileSync(join(folder, `page.${engine}`), source)
      const app = express()
      if (engine === 'hbs') app.engine('hbs', require('hbs').create().__express)
      else {
        app.engine(engine, (_path: string, variables: any, done: any) => {
          try {
            done(null, engines[engine]?.(source, variables))
          } catch (error) {
            done(error)
          }
        })
      }
      app.set('view engine', engine).set('views', folder).set('view cache', false).set('env', 'test')
      app.use(responseKit(options))
      app.get('/leave', (_req: any, res: any) => res.withFlash({ info: 'saved', name: 'Ann' }).back('/'))
      app.get('/', (_req: any, res: any) => res.render('page', { items: [{ id: 1 }, { id: 2 }] }))
      return app
    }

    /** The page of a client for which something was flashed. */
    async function pageOf(engine: string, source: string, options: ResponseKitOptions): Promise<string> {
      const agent = request.agent(createApp(engine, source, { cookies: { secrets }, ...options }))
      await agent.get('/leave')
      const { status, text } = await agent.get('/')
      expect(status, text).to.equal(200)
      return text
    }

    const legacy: [engine: string, source: string][] = [
      ['ejs', '<% if (locals.flash) { %><%= flash %><% } %><% if (locals.route) { %><%= route %><% } %>'],
      ['hbs', '{{#if flash}}{{flash}}{{/if}}{{#if route}}{{route}}{{/if}}'],
      ['pug', 'if flash\n  | #{flash}\nif route\n  | #{route}'],
      ['nunjucks', '{% if flash %}{{ flash }}{% endif %}{% if route %}{{ route }}{% endif %}'],
      ['eta', '<% if (typeof flash !== "undefined") { %><%= flash %><% } %>'],
      ['mustache', '{{#flash}}{{.}}{{/flash}}{{#route}}{{.}}{{/route}}'],
    ]
    for (const [engine, source] of legacy) {
      it(`change nothing in a ${engine} template from before the kit, without options`, async () => {
        const { status, text } = await request(createApp(engine, source)).get('/')
        expect([status, text]).to.deep.equal([200, ''])
      })
    }

    it('are not listed before a template is rendered, and cover no name of the app', async () => {
      const app = express()
      app.locals.flash = 'of the app'
      app.use(responseKit())
      app.get('/', (_req: any, res: any) => {
        const before = Object.keys(res.locals)
        res.locals.backField = 'of the response'
        res.json([before, Object.keys(res.locals), res.locals.backField, JSON.stringify(res.locals)])
      })
      const { body } = await request(app).get('/')
      expect(body).to.deep.equal([[], ['backField'], 'of the response', '{"backField":"of the response"}'])
    })

    const pages: [engine: string, source: string, text: string][] = [
      [
        'ejs',
        "<%= route('user', { id: 7 }, { query: { a: 1 } }) %> <%= flash().info %> <%= flash.info %> <%= flash.name %> <%- backField() %>",
        '/users/7?a=1 saved saved Ann ',
      ],
      [
        'nunjucks',
        "{{ route('user', { id: 7 }) }} {{ flash().info }} {{ flash.info }} {{ flash.name }} {{ backField() | safe }}",
        '/users/7 saved saved Ann ',
      ],
      [
        'eta',
        "<%= route('user', { id: 7 }) %> <%= flash().info %> <%= flash.info %> <%= flash.name %> <%~ backField() %>",
        '/users/7 saved saved Ann ',
      ],
      [
        'pug',
        "| #{route('user', { id: 7 })} #{flash().info} #{flash.info} #{flash.name} !{backField()}",
        '/users/7 saved saved Ann ',
      ],
      ['mustache', '{{flash.info}} {{flash.name}} {{{backField}}}', 'saved Ann '],
      ['hbs', "{{route 'user' id=7}} {{flash.info}} {{flash.name}} {{{backField}}}", '/users/7 saved Ann '],
    ]
    for (const [engine, source, text] of pages) {
      it(`work in ${engine}`, async () => {
        expect(await pageOf(engine, source, { routes })).to.equal(
          `${text}<input type="hidden" name="__back" value="/">`,
        )
      })
    }

    it('take the named arguments of Handlebars, also inside a loop, beside an object of parameters', async () => {
      const loop = "{{#each items}}{{@root.route 'user' id=this.id}} {{../route 'user' id=id}} {{/each}}"
      expect(await pageOf('hbs', loop, { routes })).to.equal('/users/1 /users/1 /users/2 /users/2 ')
      expect(await pageOf('hbs', "{{#each items}}{{@root.route 'user' this}} {{/each}}", { routes })).to.equal(
        '/users/1 /users/2 ',
      )
      const { status } = await request(createApp('hbs', '{{route}}', { routes })).get('/')
      expect(status).to.equal(500)
    })

    it('have the names that the option gives them, or none', async () => {
      const source = '<%= typeof flash %> <%= typeof link %> <%= typeof route %> <%= typeof backField %>'
      const viewHelpers = { route: 'link', flash: false } as const
      expect(await pageOf('ejs', source, { routes, viewHelpers })).to.equal('undefined function undefined function')
      expect(await pageOf('ejs', source, { routes, viewHelpers: false })).to.equal(
        'undefined undefined undefined undefined',
      )
    })

    it('are there in a template for what was flashed, without any option', async () => {
      const app = createApp('ejs', '<%= locals.flash ? flash.info : "nothing" %>')
      const session: Record<string, unknown> = {}
      const outer = express()
      outer.use((req: any, _res: any, next: any) => {
        req.session = session
        next()
      })
      outer.use(app)
      expect((await request(outer).get('/')).text).to.equal('nothing')
      await request(outer).get('/leave')
      expect((await request(outer).get('/')).text).to.equal('saved')
      expect((await request(outer).get('/')).text).to.equal('nothing')
    })
  })
}

describe('the option viewHelpers', () => {
  for (const viewHelpers of [
    7,
    'x',
    { route: 7 },
    { route: '' },
    { flash: 'a b' },
    { flash: true },
    { rout: 'x' },
    { route: 'flash' },
    { route: 'x', backField: 'x' },
    { flash: 'constructor' },
    { backField: '__proto__' },
  ]) {
    it(`${JSON.stringify(viewHelpers)} is INVALID_OPTION`, () => {
      expect(() => responseKit({ viewHelpers } as never))
        .to.throw()
        .with.property('code', 'INVALID_OPTION')
    })
  }
})
