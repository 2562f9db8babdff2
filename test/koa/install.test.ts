import { createRequire } from 'node:module'
import { expect } from 'chai'
import mount from 'koa-mount'
import { responseKit } from '../../src/koa/index.js'
import { listen, type RunningApp } from '../support/frameworks.js'
import { request } from '../support/request.js'
import { importSecondCopy } from '../support/second-copy.js'

const require = createRequire(import.meta.url)
const NAMES = ['text', 'html', 'bytes', 'empty', 'json', 'setStatus', 'setCookie', 'redirectTo', 'file', 'streaming']

for (const name of ['koa2', 'koa3']) {
  describe(`where responseKit() installs: ${name}`, () => {
    const Koa = require(name)
    const running: RunningApp[] = []
    let app: any

    beforeEach(() => {
      app = new Koa()
      app.silent = true
    })

    afterEach(async () => {
      await Promise.all(running.splice(0).map((each) => each.close()))
    })

    async function ask(path: string) {
      running.push(await listen(app.callback()))
      return request((running.at(-1) as RunningApp).port, { path })
    }

    const textOf = async (path: string) => (await ask(path)).text

    it('the view helpers of an app without options are there if code names one, and nothing lists them', async () => {
      app.use(responseKit())
      app.use((ctx: any) => {
        const { backField, route, flash } = ctx.state
        const own = Object.keys(ctx.state)
        ctx.state.route = 'mine'
        ctx.text([typeof backField(), typeof route, typeof flash, own, Object.keys(ctx.state), ctx.state.route].join())
      })
      expect(await textOf('/')).to.equal('string,undefined,function,,route,mine')
    })

    it('are listed for an inner responseKit() with routes', async () => {
      app.use(responseKit())
      app.use(responseKit({ routes: { url: () => '/found' } }))
      app.use((ctx: any) => ctx.text({ ...ctx.state }.route('any')))
      expect(await textOf('/')).to.equal('/found')
    })

    it('are listed for the render of a view engine, installed after it, on the first request and the next', async () => {
      app.use(responseKit())
      app.use((ctx: any, next: any) => {
        ctx.state.user = 'Ada' // read before there is an engine
        ctx.render = (...given: any[]) => ctx.text([...Object.keys({ ...ctx.state }).sort(), ...given].join())
        return next()
      })
      app.use((ctx: any) => {
        expect(Object.keys(ctx.state)).to.deep.equal(['user'])
        return ctx.render('page')
      })
      for (const _ of [1, 2]) expect(await textOf('/')).to.equal('backField,user,page')
    })

    it('are listed for a render installed before it, on the first request and the next', async () => {
      app.use((ctx: any, next: any) => {
        ctx.render = () => ctx.text(Object.keys({ ...ctx.state }).join())
        return next()
      })
      app.use(responseKit())
      app.use((ctx: any) => ctx.render('page'))
      for (const _ of [1, 2]) expect(await textOf('/')).to.equal('backField')
    })

    it('are in a state object that replaces the first one; an object from before the kit stays the state of the context', async () => {
      app.use(async (ctx: any, next: any) => {
        const { state } = ctx
        await next()
        ctx.append('X-Same', `${ctx.state === state}`)
      })
      app.use(responseKit({ templates: () => '' }))
      app.use((ctx: any) => {
        if (ctx.path === '/new') ctx.state = { user: 'Ada' }
        ctx.text(Object.keys(ctx.state).join())
      })
      expect(await textOf('/new')).to.equal('user,backField,flash')
      expect((await ask('/kept')).headers['x-same']).to.equal('true')
    })

    it('a context that did not pass it has nothing but its own in its state', async () => {
      app.use(mount('/inside', responseKit()))
      app.use((ctx: any) => {
        ctx.body = `${typeof ctx.state.backField} ${JSON.stringify(ctx.state)}`
      })
      expect(await textOf('/inside')).to.equal('function {}')
      expect(await textOf('/outside')).to.equal('undefined {}')
    })

    for (const [what, options, names] of [
      ['templates', { templates: () => '' }, 'backField,flash'],
      ['routes', { routes: { url: () => '/' } }, 'backField,flash,route'],
      ['viewHelpers', { viewHelpers: { backField: 'where', flash: false } }, 'where'],
      ['viewHelpers: false', { viewHelpers: false }, ''],
    ] as const) {
      it(`code that copies the state finds the view helpers, in an app with ${what}`, async () => {
        app.use(responseKit(options))
        app.use((ctx: any) =>
          ctx.text(
            Object.keys({ ...ctx.state })
              .sort()
              .join(),
          ),
        )
        expect(await textOf('/')).to.equal(names)
      })
    }

    it('a request that did not pass it has none of its methods, whatever ran before', async () => {
      app.use(mount('/inside', responseKit()))
      app.use((ctx: any) => {
        ctx.body = NAMES.filter((each) => ctx[each] !== undefined)
      })
      expect(JSON.parse(await textOf('/inside'))).to.deep.equal(NAMES)
      expect(await textOf('/outside')).to.equal('[]')
    })

    it('puts no method on the context itself', async () => {
      app.use(responseKit())
      app.use((ctx: any) => {
        ctx.body = NAMES.filter((each) => Object.hasOwn(ctx, each))
      })
      expect(await textOf('/')).to.equal('[]')
    })

    it('leaves the back() of a request that did not pass it as it is', async () => {
      const native = app.context.back
      app.use(mount('/inside', responseKit()))
      app.use((ctx: any) => {
        ctx.body = `${ctx.back === native}`
      })
      expect(await textOf('/inside')).to.equal('false')
      expect(await textOf('/outside')).to.equal('true')
    })

    it('reaches a mounted sub-app, and installed inside one it reaches nothing outside', async () => {
      const sub = new Koa().use((ctx: any) => ctx.html('<p>sub'))
      const withKit = new Koa().use(responseKit()).use((ctx: any) => ctx.html('<p>own'))
      app.use(mount('/own', withKit))
      app.use(async (ctx: any, next: any) => {
        if (ctx.path !== '/outside') return next()
        ctx.body = typeof ctx.html
      })
      app.use(responseKit())
      app.use(mount('/sub', sub))
      expect(await textOf('/sub')).to.equal('<p>sub')
      expect(await textOf('/outside')).to.equal('undefined')
    })

    it('installed twice, the inner options win inside and the outer ones again after it', async () => {
      const urlOf = (url: string) => ({ url: () => url })
      app.use(responseKit({ routes: urlOf('/outer'), etag: false }))
      app.use(async (ctx: any, next: any) => {
        await next()
        ctx.append('X-Seen', ctx.route('x'))
      })
      app.use(responseKit({ routes: urlOf('/inner') }))
      app.use((ctx: any) => {
        ctx.append('X-Seen', ctx.route('x'))
        ctx.text('done')
      })
      const { headers } = await ask('/')
      expect(headers['x-seen']).to.equal('/inner, /outer')
      expect(headers).not.to.have.property('etag')
    })

    it('the outer options are back where the inner handler failed', async () => {
      app.use(responseKit({ routes: { url: () => '/outer' } }))
      app.use(async (ctx: any, next: any) => {
        await next().catch((error: Error) => ctx.text(`${error.message} ${ctx.route('x')}`))
      })
      app.use(responseKit({ routes: { url: () => '/inner' } }))
      app.use(() => {
        throw new Error('failed')
      })
      expect(await textOf('/')).to.equal('failed /outer')
    })

    describe('a name another package has taken', () => {
      const theirs = (from: string) =>
        function html(this: any) {
          this.body = `theirs on ${from}`
        }

      const places: Record<string, (taken: any) => void> = {
        ctx: (html) => app.use((ctx: any, next: any) => next(void Object.assign(ctx, { html }))),
        'app.context': (html) => Object.assign(app.context, { html }),
      }

      for (const [place, take] of Object.entries(places)) {
        it(`stays theirs on ${place}`, async () => {
          take(theirs(place))
          app.use(responseKit())
          app.use((ctx: any) => ctx.html('ours'))
          expect(await textOf('/')).to.equal(`theirs on ${place}`)
        })

        it(`is ours on ${place} with override`, async () => {
          take(theirs(place))
          app.use(mount('/ours', responseKit({ override: ['html'] })))
          app.use(mount('/theirs', responseKit()))
          app.use((ctx: any) => ctx.html('ours'))
          expect(await textOf('/ours')).to.equal('ours')
          expect(await textOf('/theirs')).to.equal(`theirs on ${place}`)
          expect(await textOf('/')).to.equal(`theirs on ${place}`)
        })

        it(`is theirs when they put it on ${place} after us`, async () => {
          app.use(responseKit())
          app.use((ctx: any, next: any) => (ctx.path === '/first' ? ctx.html('ours') : next()))
          expect(await textOf('/first')).to.equal('ours')
          take(theirs(place))
          app.use((ctx: any) => ctx.html('ours'))
          expect(await textOf('/')).to.equal(`theirs on ${place}`)
        })
      }
    })

    it('two copies of the package stand side by side: each serves what passed it', async () => {
      const copy = await importSecondCopy('koa/index.ts')
      expect(copy.responseKit).not.to.equal(responseKit)
      app.use(mount('/ours', responseKit()))
      app.use(mount('/theirs', copy.responseKit({ etag: false })))
      app.use((ctx: any) => {
        if (ctx.path === '/none') ctx.body = typeof ctx.html
        else ctx.html('<p>')
      })
      expect((await ask('/ours')).headers).to.have.property('etag')
      expect((await ask('/theirs')).headers).not.to.have.property('etag')
      expect((await ask('/ours')).text).to.equal('<p>')
      expect((await ask('/none')).text).to.equal('undefined')
    })
  })
}
