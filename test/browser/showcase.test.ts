import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Browser, CDPSession, Page } from 'puppeteer-core'
import { hasChromium, startChromium } from '../support/chromium.js'
import { packPackage } from '../support/packed-project.js'

const require = createRequire(import.meta.url)
const folder = join(import.meta.dirname, '../../examples/showcase')
// What the page has. The types of the DOM would hold for all tests.
declare const document: any
declare const window: any
declare const scrollY: number
declare const innerHeight: number
declare const innerWidth: number
declare const requestAnimationFrame: (callback: (time: number) => void) => void

interface Showcase {
  readonly ports: { readonly express: number; readonly koa: number }
  close(): Promise<void>
}

const PHONE = { width: 360, height: 740 }
const DESKTOP = { width: 1280, height: 900 }

/** The names under which a browser stores what the links of the page download. */
const DOWNLOADS = {
  '/files/report': 'Geschäftsbericht 東京 – Übersicht.pdf',
  '/files/invoice': 'invoice-2021-01.pdf',
  '/files/everything.zip': 'everything.zip',
  '/streams/planets.csv': 'planets.csv',
  '/files/measurements': 'measurements.csv',
}

/** What the other links answer, by the rules of HTTP for what their cards say. */
const STATUSES: Readonly<Record<string, number>> = {
  '/answers/html': 201,
  '/answers/reply': 202,
  '/answers/empty': 204,
  '/files/outside': 403,
  '/errors/problem': 402,
  '/errors/route': 500,
  '/errors/cookie': 500,
}

describe('the showcase in Chromium', function () {
  if (!hasChromium('the showcase')) return
  this.timeout(120_000)
  let browser: Browser
  let page: Page
  let startServers: (first: number) => Promise<Showcase>
  let showcase: Showcase
  let complaints: string[]

  before(async () => {
    await packPackage() // the showcase runs the build
    startServers = (await import(join(folder, 'servers.mjs'))).startServers
    browser = await startChromium()
    page = await browser.newPage()
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
    page.on('pageerror', (error) => complaints.push(String(error)))
  })
  beforeEach(async () => {
    complaints = []
    showcase = await startServers(0)
  })
  afterEach(async () => {
    await page.goto('about:blank') // else the page would complain of the streams that the server ends
    await showcase.close()
  })
  after(() => browser?.close())

  async function open(url: string, size = DESKTOP): Promise<void> {
    await page.setViewport(size)
    await page.goto('about:blank') // a change of the fragment alone would load nothing
    await page.goto(url, { waitUntil: 'load' })
  }

  describe('the page, which is the same on both', () => {
    const url = (path = '/') => `http://localhost:${showcase.ports.express}${path}`

    it('sends the request that the reader has changed', async () => {
      await open(url('/#files-range'))
      const card = '#files-range'
      await page.waitForSelector(`${card} .verdict.same`)
      const shown = await edit(page, card, 'Range: bytes=5-9')
      expect(shown.fields).to.include('Content-Range: bytes 5-9/')
      expect(shown.fields).to.include('206 Partial Content')
      const refused = await edit(page, card, 'no field at all')
      expect(refused.verdict).to.equal("'no field at all' is no field: write Name: value")
    })

    it('lands on every anchor, and nothing moves after that', async () => {
      await open(url())
      const anchors = await page.$$eval('nav a, a.anchor', (links) => links.map((link) => link.getAttribute('href')))
      expect(anchors.length).to.be.above(30)
      for (const anchor of [anchors[1], anchors[4], anchors[6], anchors.at(-1)]) {
        await open(url(`/${anchor}`))
        await page.waitForSelector(`${anchor} .verdict.same, ${anchor}`)
        await page.waitForFunction(() => document.querySelectorAll('.verdict.same').length > 0)
        const [top, shift] = await page.evaluate((selector) => {
          const list = (performance as any).getEntriesByType('layout-shift') as { value: number }[]
          const target = document.querySelector(selector ?? '')
          return [target.getBoundingClientRect().top, list.reduce((sum, { value }) => sum + value, 0)]
        }, anchor)
        expect(shift, String(anchor)).to.equal(0)
        // The last section may be too short to reach the top of the window.
        const isAtEnd = await page.evaluate(
          () => Math.ceil(scrollY + innerHeight) >= document.documentElement.scrollHeight,
        )
        expect(isAtEnd || (top ?? -1) < 60, `${anchor} is at ${top}`).to.equal(true)
        expect(top, String(anchor)).to.be.at.least(0)
      }
    })

    for (const [title, size] of [
      ['a desk', DESKTOP],
      ['a phone', PHONE],
    ] as const) {
      it(`has no fault of accessibility and does not scroll sideways on ${title}`, async () => {
        for (const path of ['/', '/sign-up', '/links']) {
          await open(url(path), size)
          await page.evaluate(readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8'))
          const faults = await page.evaluate(async () => {
            const { violations } = await (window as any).axe.run()
            return violations.map(({ id, nodes }: any) => `${id}: ${nodes[0].html}`)
          })
          expect(faults, path).to.deep.equal([])
          const [wide, inner] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth])
          expect(wide, path).to.be.at.most(inner ?? 0)
        }
      })
    }
  })

  for (const name of ['express', 'koa'] as const) {
    describe(name, () => {
      const url = (path = '/') => `http://localhost:${showcase.ports[name]}${path}`

      it('asks both servers for every card, and shows the same bytes', async () => {
        await open(url())
        const verdicts = await page.evaluate(async () => {
          const shown = []
          for (const article of document.querySelectorAll('article[data-feature]')) {
            article.scrollIntoView()
            const verdict = article.querySelector('.verdict')
            while (!/same|differs/.test(verdict?.className ?? '')) await new Promise(requestAnimationFrame)
            shown.push(`${article.id}: ${verdict?.textContent}`)
          }
          return shown
        })
        expect(verdicts.length).to.be.above(25)
        expect(verdicts.filter((each) => !each.endsWith('Express and Koa: the same, to the byte'))).to.deep.equal([])
        expect(complaints).to.deep.equal([])
      })

      it('opens every link, and downloads under the right names', async () => {
        await open(url())
        const links = await page.$$eval('article[data-feature] a.open', (found) =>
          found.map((link) => link.getAttribute('href') ?? ''),
        )
        const pages = links.filter((link) => !(link in DOWNLOADS))
        expect(links.length - pages.length).to.equal(Object.keys(DOWNLOADS).length)
        for (const link of pages) {
          const status = await page.evaluate(async (path) => (await fetch(path)).status, link)
          expect(status, link).to.equal(STATUSES[link] ?? 200)
        }
        complaints = [] // Chromium logs each answer of 400 and more that a script fetches
        const saved = await download(await page.createCDPSession(), page, Object.keys(DOWNLOADS))
        expect(saved).to.deep.equal(Object.values(DOWNLOADS))
      })

      it('stores the cookies as they were set', async () => {
        await browser.deleteCookie(...(await browser.cookies()))
        await open(url('/cookies/set'))
        expect(page.url()).to.equal(url('/cookies/read'))
        expect(JSON.parse(await page.$eval('body', (body) => body.innerText))).to.deep.equal({
          theme: 'sépia',
          cart: { items: [3, 5] },
        })
        const theme = (await browser.cookies()).find((cookie) => cookie.name === 'theme')
        expect(theme).to.include({ httpOnly: true, sameSite: 'Lax', path: '/', session: false })
        expect((theme?.expires ?? 0) * 1000 - Date.now()).to.be.closeTo(30 * 86_400_000, 120_000)
        await open(url('/cookies/delete'))
        expect((await browser.cookies()).map((cookie) => cookie.name)).to.not.include.members(['theme', 'cart'])
      })

      it('comes back from a form if the browser sends no Referer', async () => {
        await open(url('/?page=2'))
        await page.evaluate(() => {
          const meta = document.createElement('meta')
          meta.name = 'referrer'
          meta.content = 'no-referrer'
          document.head.append(meta)
        })
        await Promise.all([page.waitForNavigation(), page.click('#redirects-form .what form button')])
        expect(page.url()).to.equal(url('/?page=2'))
        expect(await page.$eval('.note q', (note) => note.textContent)).to.equal('Bonjour à tous')
      })

      it('keeps errors and input for one page, and a reload sends no form again', async () => {
        await open(url('/sign-up'))
        await page.type('[name=name]', 'Zoë')
        await Promise.all([page.waitForNavigation(), page.click('button')])
        expect(page.url()).to.equal(url('/sign-up'))
        expect(await page.$eval('.error', (error) => error.textContent)).to.equal('An address has an @.')
        expect(await page.$eval('[name=name]', (input) => (input as any).value)).to.equal('Zoë')
        await page.type('[name=email]', 'zoe@shop.example')
        await Promise.all([page.waitForNavigation(), page.click('button')])
        expect(await page.$eval('.notice', (notice) => notice.textContent)).to.equal('Welcome, Zoë.')
        const requests: string[] = []
        const note = (request: { method(): string }) => requests.push(request.method())
        page.on('request', note)
        await page.reload()
        page.off('request', note)
        expect(requests).to.include('GET')
        expect(requests).to.not.include('POST')
        expect(await page.$('.notice')).to.equal(null)
        expect(complaints).to.deep.equal([])
      })

      it('opens a signed link, and refuses it if it was changed', async () => {
        await open(url('/links'))
        const [valid, changed] = await page.$$eval('.valid, .changed', (found) =>
          found.map((link) => link.getAttribute('href') ?? ''),
        )
        expect((await page.goto(url(valid)))?.status()).to.equal(200)
        expect((await page.goto(url(changed)))?.status()).to.equal(403)
      })

      it('replays to a window whose connection was cut what was published meanwhile', async () => {
        await open(url('/#live'))
        const connected = "document.querySelectorAll('.state')[0].textContent === 'connected'"
        await page.waitForFunction(connected)
        await page.waitForFunction(connected.replace('[0]', '[1]'))
        await page.click('[data-window=one] button')
        await page.waitForFunction("document.querySelector('[data-window=one] .state').textContent.startsWith('cut')")
        for (const text of ['first', 'second']) {
          await page.$eval('[name=text]', (input, value) => Object.assign(input, { value }), text)
          await page.click('[data-live=publish] button')
          await page.waitForFunction(
            (value) => document.querySelector('[data-window=two] .log')?.textContent?.includes(value),
            {},
            text,
          )
        }
        await page.waitForFunction("document.querySelectorAll('[data-window=one] .log p').length >= 2")
        const lines = await page.$$eval('[data-window=one] .log p', (found) =>
          found.map((line) => line.textContent ?? ''),
        )
        expect(lines.map((line) => line.replace(/id \S+/, 'id'))).to.deep.equal([
          'first · id · replayed',
          'second · id · replayed',
        ])
      })

      it('shows a stream piece by piece', async () => {
        await open(url())
        await page.click('[data-live=stream]')
        await page.waitForFunction("document.querySelector('[data-log=stream]').textContent.includes('lift-off')")
        const lines = await page.$$eval('[data-log=stream] p', (found) => found.map((line) => line.textContent ?? ''))
        expect(lines.map((line) => line.split(': ')[1])).to.deep.equal(['5', '4', '3', '2', '1', 'lift-off'])
      })

      it('resumes a download at the byte at which it paused', async () => {
        await open(url())
        await page.click('[data-live=download]')
        await page.waitForFunction("document.querySelector('#live-download progress').value > 0")
        await page.click('[data-live=download]')
        await page.waitForFunction("document.querySelector('[data-log=download]').textContent.includes('paused at')")
        await page.click('[data-live=download]')
        await page.waitForFunction("document.querySelectorAll('[data-log=download] p').length > 2")
        const lines = await page.$$eval('[data-log=download] p', (found) => found.map((line) => line.textContent ?? ''))
        const paused = /paused at (\d+) bytes/.exec(lines[1] ?? '')?.[1]
        expect(lines[2]).to.match(new RegExp(`^206, Content-Range: bytes ${paused}-\\d+/\\d+$`))
      })

      it('works without a script', async () => {
        await page.setJavaScriptEnabled(false)
        try {
          await open(url())
          expect(await page.$eval('.request', (form) => form.checkVisibility())).to.equal(false)
          await Promise.all([page.waitForNavigation(), page.click('#redirects-form .what form button')])
          expect(page.url()).to.equal(url('/'))
          await Promise.all([page.waitForNavigation(), page.click('#live-channel form button')])
          expect(page.url()).to.equal(url('/'))
        } finally {
          await page.setJavaScriptEnabled(true)
        }
      })
    })
  }
})

async function edit(page: Page, card: string, fields: string): Promise<{ verdict: string; fields: string }> {
  await page.$eval(`${card} [name=fields]`, (area, value) => Object.assign(area, { value }), fields)
  await page.click(`${card} .request button`)
  await page.waitForSelector(`${card} .verdict:is(.same, .differs)`)
  const text = (selector: string) => page.$eval(`${card} ${selector}`, (element) => element.textContent ?? '')
  return { verdict: await text('.verdict'), fields: await text('[data-answer=koa] .bytes') }
}

/** Clicks each link, and returns the names that the files have on the disk when they are complete. */
async function download(session: CDPSession, page: Page, paths: readonly string[]): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'showcase-'))
  try {
    await session.send('Browser.setDownloadBehavior', {
      behavior: 'allow',
      downloadPath: folder,
      eventsEnabled: true,
    })
    const names: string[] = []
    for (const path of paths) {
      const begins = once(session as any, 'Browser.downloadWillBegin')
      const ended = new Promise<void>((resolve, reject) => {
        session.on('Browser.downloadProgress', ({ state }) => {
          if (state === 'completed') resolve()
          else if (state === 'canceled') reject(new Error(`${path}: the download was canceled`))
        })
      })
      await page.$eval(`a[href="${path}"]`, (link) => (link as any).click())
      const [{ suggestedFilename }] = (await begins) as [{ suggestedFilename: string }]
      await ended
      session.removeAllListeners('Browser.downloadProgress')
      readFileSync(join(folder, suggestedFilename)) // it is there under this name
      names.push(suggestedFilename)
    }
    return names
  } finally {
    rmSync(folder, { recursive: true, force: true })
    await session.detach()
  }
}
