import http from 'node:http'
import { expect } from 'chai'
import type { Browser, Page } from 'puppeteer-core'
import { defineRoutes, type ResponseMethods } from '../../src/index.js'
import { hasChromium, startChromium } from '../support/chromium.js'
import { type Framework, frameworks, type Handler, listen, type RunningApp } from '../support/frameworks.js'
import { sessionsOf } from '../support/sessions.js'

const table = { login: '/login', account: '/account', save: '/save', logout: '/logout', quiet: '/quiet' } as const
const secrets = 'a secret of thirty-two bytes or more'
const back = { session: 'previousUrl', record: true }

/** What is on the page that a template would make. */
function pageOf(target: ResponseMethods, title: string, content: string): void {
  const { notice = '', errors, input } = target.flash() as Record<string, any>
  target.html(`<!doctype html><title>${title}</title><link rel="icon" href="${target.route('login')}.ico">
    <p id="notice">${notice}</p><p id="error">${errors?.name ?? ''}</p><p id="input">${JSON.stringify(input ?? {})}</p>${content}`)
}

const form = (action: string, fields: string) =>
  `<form method="post" action="${action}">${fields}<button>Go</button></form>`

/** An app in which every page but the login needs a user, as with one guard for all. */
const handler: Handler = async (target, { method, url, native }) => {
  const { req, ctx } = native
  const session = ctx === undefined ? req.session : ctx.session
  const [path] = url.split('?', 1)
  if (path === '/login' && method === 'POST') {
    session.user = 'Ann'
    return target.withFlash({ notice: 'Welcome' }).toIntended(target.route('account'))
  }
  if (path === '/login') {
    // The image, the script's fetch() and the icon ask for protected URLs, with the cookies of the guest.
    const login = target.route('login')
    const script = `Promise.allSettled([fetch('${login}-data'), document.querySelector('img').decode()]).then(() => { window.isLoaded = true })`
    return pageOf(target, 'login', `<img src="${login}-logo.png">${form(login, '')}<script>${script}</script>`)
  }
  if (session?.user === undefined) return target.intended().redirectTo('login')
  if (path === '/save') {
    const { name } = (ctx === undefined ? req.body : ctx.request.body) as { name?: string }
    if (!name) return target.withInput().withErrors({ name: 'is missing' }).back('/nowhere')
    return target.withFlash({ notice: 'Saved' }).back('/nowhere')
  }
  if (path === '/logout') {
    if (ctx !== undefined) ctx.session = null
    else await new Promise<void>((resolve) => req.session.destroy(() => resolve()))
    return target.withFlash({ notice: 'Goodbye' }).redirectTo('login')
  }
  if (path === '/return') return target.back()
  if (path === '/') return pageOf(target, 'home', '')
  const field = url.includes('field') ? target.backField() : ''
  if (path === '/quiet') target.setHeader('Referrer-Policy', 'no-referrer')
  const fields = `${field}<input name="name"><input name="age" value="7"><input name="password" value="hush">`
  return pageOf(
    target,
    'account',
    `<div id="save">${form(target.route('save'), fields)}</div><div id="logout">${form(target.route('logout'), '')}</div>
     <a href="${target.route('account').replace('account', 'return')}">back</a>`,
  )
}

function setUp(framework: Framework): (app: any) => void {
  const sessions = sessionsOf(framework)
  const install =
    sessions[framework.family === 'express' ? 'express-session in a slow store' : 'koa-session in a slow store']
  return (app) => {
    install?.(app, [])
    if (framework.family === 'express') return app.use(framework.module.urlencoded({ extended: false }))
    return app.use(async (ctx: any, next: any) => {
      let text = ''
      for await (const chunk of ctx.req) text += chunk
      ctx.request.body = Object.fromEntries(new URLSearchParams(text))
      return next()
    })
  }
}

/** A proxy that takes a path off, as `proxy_pass http://app/;` does. */
function strip(prefix: string, app: RunningApp): http.RequestListener {
  return (req, res) => {
    if (req.url?.startsWith(`${prefix}/`) !== true) return void res.writeHead(404).end('outside of the app')
    const path = req.url.slice(prefix.length)
    const asked = http.request({ port: app.port, host: '127.0.0.1', path, method: req.method, headers: req.headers })
    asked.on('response', (answer) => answer.pipe(res.writeHead(answer.statusCode ?? 500, answer.headers)))
    asked.on('error', () => res.destroy())
    req.pipe(asked)
    return undefined
  }
}

describe('login, logout, back and flash in Chromium', function () {
  if (!hasChromium('how a browser walks through an app')) return
  this.timeout(60_000)
  let browser: Browser
  let page: Page
  // One page for all: a new one costs Chromium a process.
  before(async () => {
    browser = await startChromium()
    page = await browser.newPage()
  })
  after(() => browser.close())

  for (const framework of frameworks.filter(({ name }) => name === 'express5' || name === 'koa3')) {
    describe(framework.name, () => {
      const running: RunningApp[] = []
      let origin: string

      async function serve(base = ''): Promise<void> {
        const kit = { routes: defineRoutes(table, { base }), cookies: { secrets }, back }
        const app = await listen(framework.createListener(handler, { kit, setUp: setUp(framework) }, []))
        running.push(app)
        const front = base === '' ? app : await listen(strip(base, app))
        if (front !== app) running.unshift(front)
        origin = `http://localhost:${front.port}${base}`
        await browser.deleteCookie(...(await browser.cookies()))
      }
      afterEach(async () => {
        for (const app of running.splice(0)) await app.close()
      })

      const place = (): string => page.url().slice(origin.length)
      const textOf = (id: string): Promise<string> => page.$eval(`#${id}`, (element) => element.textContent ?? '')
      const submit = (within = 'body') => Promise.all([page.waitForNavigation(), page.click(`${within} button`)])

      async function logIn(path: string): Promise<void> {
        await page.goto(origin + path)
        expect(place()).to.equal('/login')
        await page.waitForFunction('window.isLoaded')
        await submit()
      }

      it('a guest comes to the page asked for, whatever the login page loads', async () => {
        await serve()
        await logIn('/account?tab=2')
        expect([place(), await textOf('notice')]).to.deep.equal(['/account?tab=2', 'Welcome'])
        await page.reload()
        expect([place(), await textOf('notice')]).to.deep.equal(['/account?tab=2', ''])
      })

      it('a form with an error comes back with its input and without its password, once', async () => {
        await serve()
        await logIn('/account?tab=2')
        await submit('#save')
        expect([place(), await textOf('error')]).to.deep.equal(['/account?tab=2', 'is missing'])
        expect(JSON.parse(await textOf('input'))).to.deep.equal({ name: '', age: '7' })
        await page.reload()
        expect([await textOf('error'), await textOf('input')]).to.deep.equal(['', '{}'])
        await page.type('input[name=name]', 'Ann')
        await submit('#save')
        expect([place(), await textOf('notice'), await textOf('error')]).to.deep.equal(['/account?tab=2', 'Saved', ''])
      })

      it('the logout ends the session and its flash is shown once', async () => {
        await serve()
        await logIn('/account')
        await submit('#logout')
        expect([place(), await textOf('notice')]).to.deep.equal(['/login', 'Goodbye'])
        await page.reload()
        expect(await textOf('notice')).to.equal('')
        await page.goto(`${origin}/account?again`)
        expect(place()).to.equal('/login')
      })

      it('back finds the page without a Referer: by its field, and by what was recorded', async () => {
        await serve()
        await logIn('/account')
        for (const path of ['/quiet?field&a=%C3%A9', '/quiet?plain']) {
          await page.goto(origin + path)
          await submit('#save')
          expect([place(), await textOf('error')]).to.deep.equal([path, 'is missing'])
        }
      })

      it('a link back leads to the page it stands on, and the address typed in to the one before', async () => {
        await serve()
        await logIn('/account?from')
        await Promise.all([page.waitForNavigation(), page.click('a')])
        expect(place()).to.equal('/account?from')
        await page.goto(`${origin}/return`)
        expect(place()).to.equal('/account?from')
      })

      it('all of this stays inside of a path that a proxy takes off', async () => {
        await serve('/shop')
        await logIn('/account?tab=2')
        expect([place(), await textOf('notice')]).to.deep.equal(['/account?tab=2', 'Welcome'])
        await submit('#save')
        expect([place(), await textOf('error')]).to.deep.equal(['/account?tab=2', 'is missing'])
        await Promise.all([page.waitForNavigation(), page.click('a')])
        expect(place()).to.equal('/account?tab=2')
        await submit('#logout')
        expect([place(), await textOf('notice')]).to.deep.equal(['/login', 'Goodbye'])
        await logIn('/')
        expect([place(), await page.title()]).to.deep.equal(['/', 'home'])
      })
    })
  }
})
