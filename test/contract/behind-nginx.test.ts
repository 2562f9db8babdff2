import { readFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import { join } from 'node:path'
import { expect } from 'chai'
import { defineRoutes, type ResponseKitOptions } from '../../src/index.js'
import { type Framework, frameworks, type Handler, listen, type RunningApp } from '../support/frameworks.js'
import { freePort } from '../support/free-port.js'
import { hasNginx, startNginx } from '../support/nginx.js'
import { Sandbox } from '../support/sandbox.js'

const fixtures = join(import.meta.dirname, '../fixtures')
const certificate = join(fixtures, 'localhost-cert.pem')
const key = join(fixtures, 'localhost-key.pem')
const table = { home: '/', item: '/items/:id', login: '/login' } as const
const cookies = { secrets: 'a secret of thirty-two bytes or more' }

/** How nginx stands in front of the app. */
interface Deployment {
  readonly title: string
  readonly kit: ResponseKitOptions
  readonly isTrusted: boolean
  /** What the client's URLs begin with. */
  readonly prefix: string
  readonly scheme: 'http' | 'https'
  readonly isSecure: boolean
  /** The directives inside of `location`. */
  readonly directives: string
}

const deployments: readonly Deployment[] = [
  {
    title: "a prefix that nginx takes off, as the table's base",
    kit: { routes: defineRoutes(table, { base: '/shop' }), cookies },
    isTrusted: false,
    prefix: '/shop',
    scheme: 'http',
    isSecure: false,
    directives: '',
  },
  {
    title: 'a prefix that nginx takes off and names in X-Forwarded-Prefix',
    kit: { routes: defineRoutes(table), cookies, forwardedPrefix: true },
    isTrusted: true,
    prefix: '/a/shop%20%C3%A9',
    scheme: 'http',
    isSecure: false,
    directives: 'proxy_set_header X-Forwarded-Prefix "/a/shop%20%C3%A9";',
  },
  {
    title: 'TLS that ends at nginx, and an app that trusts it',
    kit: { routes: defineRoutes(table), cookies },
    isTrusted: true,
    prefix: '',
    scheme: 'https',
    isSecure: true,
    directives: 'proxy_set_header X-Forwarded-Proto $scheme;',
  },
  {
    title: 'TLS that ends at nginx, and an app that does not know',
    kit: { routes: defineRoutes(table), cookies },
    isTrusted: false,
    prefix: '',
    scheme: 'https',
    isSecure: false,
    directives: 'proxy_set_header X-Forwarded-Proto $scheme;',
  },
  {
    title: 'TLS and a prefix together',
    kit: { routes: defineRoutes(table), cookies, forwardedPrefix: true },
    isTrusted: true,
    prefix: '/shop',
    scheme: 'https',
    isSecure: true,
    directives: 'proxy_set_header X-Forwarded-Proto $scheme; proxy_set_header X-Forwarded-Prefix /shop;',
  },
]

const handler: Handler = (target, { url }) => {
  const [path] = url.split('?', 1)
  if (path === '/form') return target.html(target.backField())
  if (path === '/save') return target.withFlash({ message: 'saved' }).back('/nowhere')
  if (path === '/read') return target.text(String(target.flash().message))
  if (path === '/account') return target.intended().redirectTo('login')
  if (path === '/login') return target.toIntended('/nowhere')
  if (path === '/loop') return target.back()
  if (path === '/item') return target.redirectTo('item', { id: 7 }, { query: { a: 'b' } })
  if (path === '/made') return target.created('item', { id: 7 })
  if (path === '/next') return target.redirectLocal('https://evil.example/')
  if (path === '/route') return target.text(target.route('item', { id: 7 }))
  return target.setCookie('auto', '1', { secure: 'auto' }).text('set')
}

/** A client that keeps cookies, and sends a Secure one by https alone. */
class Browser {
  readonly #cookies = new Map<string, { readonly value: string; readonly isSecure: boolean }>()
  readonly origin: string
  readonly #port: number
  readonly #isSecure: boolean

  constructor(scheme: 'http' | 'https', port: number) {
    this.origin = `${scheme}://localhost:${port}`
    this.#port = port
    this.#isSecure = scheme === 'https'
  }

  ask(
    path: string,
    { method = 'GET', referer, form }: { method?: string; referer?: string; form?: string } = {},
  ): Promise<{ status: number; location: string | undefined; cookies: readonly string[]; text: string }> {
    const cookies = [...this.#cookies].filter(([, { isSecure }]) => !isSecure || this.#isSecure)
    const headers = {
      Host: `localhost:${this.#port}`,
      Accept: 'text/html',
      Cookie: cookies.map(([name, { value }]) => `${name}=${value}`).join('; '),
      ...(referer !== undefined && { Referer: referer }),
      ...(form !== undefined && { 'Content-Type': 'application/x-www-form-urlencoded' }),
    }
    const options = { host: '127.0.0.1', port: this.#port, path, method, headers, agent: false }
    const trust = { ca: readFileSync(certificate), servername: 'localhost' }
    return new Promise((resolve, reject) => {
      const outgoing = this.#isSecure ? https.request({ ...options, ...trust }) : http.request(options)
      outgoing.on('error', reject).on('response', (incoming) => {
        const chunks: Buffer[] = []
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
        incoming.on('end', () => {
          const lines = incoming.headers['set-cookie'] ?? []
          for (const line of lines) this.#keep(line)
          const { location } = incoming.headers
          resolve({
            status: incoming.statusCode ?? 0,
            location,
            cookies: lines,
            text: Buffer.concat(chunks).toString(),
          })
        })
      })
      outgoing.end(form)
    })
  }

  #keep(line: string): void {
    const [, name = '', value = ''] = /^([^=]*)=([^;]*)/.exec(line) ?? []
    if (/; Max-Age=0|; Expires=Thu, 01 Jan 1970/i.test(line)) this.#cookies.delete(name)
    else this.#cookies.set(name, { value, isSecure: /; Secure/i.test(line) })
  }
}

function setUp({ family, module }: Framework, isTrusted: boolean) {
  return (app: any): void => {
    if (family === 'express') {
      if (isTrusted) app.set('trust proxy', 'loopback')
      app.use(module.urlencoded({ extended: false }))
      return
    }
    app.proxy = isTrusted
    app.use(async (ctx: any, next: any) => {
      let text = ''
      for await (const chunk of ctx.req) text += chunk
      ctx.request.body = Object.fromEntries(new URLSearchParams(text))
      return next()
    })
  }
}

for (const framework of frameworks) {
  for (const deployment of deployments) {
    const { title, kit, isTrusted, prefix, scheme, isSecure, directives } = deployment

    describe(`${framework.name} behind a real nginx: ${title}`, function () {
      if (!hasNginx(title)) return
      this.timeout(20_000)
      const sandbox = new Sandbox()
      let app: RunningApp
      let stop: () => Promise<void>
      let browser: Browser
      let port: number

      before(async () => {
        app = await listen(framework.createListener(handler, { kit, setUp: setUp(framework, isTrusted) }, []))
        port = await freePort()
        const decoded = decodeURIComponent(prefix)
        const tls = scheme === 'https' ? `ssl_certificate ${certificate}; ssl_certificate_key ${key};` : ''
        const servers = `server {
          listen 127.0.0.1:${port} ${scheme === 'https' ? 'ssl' : ''}; ${tls}
          location "${decoded}/" { proxy_pass http://127.0.0.1:${app.port}/; proxy_set_header Host $http_host; ${directives} }
        }`
        stop = await startNginx(sandbox, port, servers)
      })
      after(async () => {
        await stop()
        await app.close()
        sandbox.remove()
      })
      beforeEach(() => {
        browser = new Browser(scheme, port)
      })

      const seen = (path: string): string => prefix + path

      it('back goes to the Referer', async () => {
        const referer = `${browser.origin}${seen('/form?page=2')}`
        const { location } = await browser.ask(seen('/save'), { method: 'POST', referer })
        expect(location).to.equal(seen('/form?page=2'))
      })

      it('back goes to the page whose form has backField, without a Referer', async () => {
        const { text } = await browser.ask(seen('/form?page=2'))
        const value = /value="([^"]*)"/.exec(text)?.[1] ?? ''
        expect(value).to.equal(seen('/form?page=2'))
        const form = new URLSearchParams({ __back: value }).toString()
        const { location } = await browser.ask(seen('/save'), { method: 'POST', form })
        expect(location).to.equal(seen('/form?page=2'))
      })

      it('back of a GET that came from itself ends at the root of the app, and not in a circle', async () => {
        const { location } = await browser.ask(seen('/loop?a'), { referer: `${browser.origin}${seen('/loop?a')}` })
        expect(location).to.equal(seen('/'))
      })

      it('back does not follow a foreign Referer', async () => {
        const { location } = await browser.ask(seen('/loop'), { referer: 'https://evil.example/shop/' })
        expect(location).to.equal(seen('/'))
      })

      it('a guest comes to the page that was intended', async () => {
        const { location } = await browser.ask(seen('/account?tab=1'))
        expect(location).to.equal(seen('/login'))
        expect((await browser.ask(seen('/login'), { method: 'POST' })).location).to.equal(seen('/account?tab=1'))
        expect((await browser.ask(seen('/login'), { method: 'POST' })).location).to.equal('/nowhere')
      })

      it('redirectTo, route, created and redirectLocal name the URL that the client sees', async () => {
        expect((await browser.ask(seen('/item'))).location).to.equal(seen('/items/7?a=b'))
        expect((await browser.ask(seen('/route'))).text).to.equal(seen('/items/7'))
        expect((await browser.ask(seen('/made'), { method: 'POST' })).location).to.equal(seen('/items/7'))
        expect((await browser.ask(seen('/next'))).location).to.equal(seen('/'))
      })

      it('flash comes once', async () => {
        const left = await browser.ask(seen('/save'), { method: 'POST' })
        expect(left.cookies.every((line) => /; Secure/.test(line) === isSecure)).to.equal(true)
        expect((await browser.ask(seen('/read'))).text).to.equal('saved')
        expect((await browser.ask(seen('/read'))).text).to.equal('undefined')
      })

      it(`a cookie with secure: 'auto' is ${isSecure ? '' : 'not '}Secure`, async () => {
        const { cookies: lines } = await browser.ask(seen('/cookie'))
        expect(lines).to.have.length(1)
        expect(/; Secure/.test(lines[0] ?? '')).to.equal(isSecure)
      })
    })
  }
}
