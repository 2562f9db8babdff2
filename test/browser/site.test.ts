import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import http from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'chai'
import type { Browser, Page } from 'puppeteer-core'
import { hasChromium, startChromium } from '../support/chromium.js'

// What some functions use that run in the browser.
declare const document: any
declare const window: any
declare const getComputedStyle: any
declare const Text: any

const root = join(import.meta.dirname, '../..')
const require = createRequire(import.meta.url)
const site = join(root, 'docs-site')
/** The folder of the server that the site is in. Nothing was told when it was built. */
const FOLDER = '/some/folder'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
}

/** Builds the site, unless what is there is of these pages. */
async function build(): Promise<void> {
  const sources = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md'].map((name) => join(root, name))
  const below = ['docs', 'src', 'scripts'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(root, folder, name)),
  )
  const newest = Math.max(...[...sources, ...below].map((path) => statSync(path).mtimeMs))
  const built = join(site, 'index.html')
  if (existsSync(built) && statSync(built).mtimeMs > newest) return
  await promisify(execFile)('npm', ['run', 'docs'], { cwd: root })
}

async function serve(): Promise<http.Server> {
  const server = http.createServer((req, res) => {
    res.setHeader('connection', 'close') // a test sees each socket that is left open
    const { pathname } = new URL(req.url ?? '/', 'http://localhost')
    const inSite = decodeURIComponent(pathname.slice(FOLDER.length))
    const file = join(site, inSite.endsWith('/') ? `${inSite}index.html` : inSite)
    if (pathname === '/favicon.ico') return void res.writeHead(204).end()
    if (!pathname.startsWith(`${FOLDER}/`) || !existsSync(file)) return void res.writeHead(404).end()
    return void res
      .writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/json' })
      .end(readFileSync(file))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

const pagesOfSite = (): string[] =>
  readdirSync(site, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.html'))

/** All pages of the reference come from one template: of these, the index and one more are enough. */
const isJudged = (name: string): boolean => !/^docs\/reference\/(?!(?:index|cookies)\.html$)/.test(name)

/** All rules of axe but contrast. Runs in the browser. */
async function findFaults(): Promise<string[]> {
  // A token of code that looks as one before it says nothing new.
  const seen = new Set<string>()
  for (const token of document.querySelectorAll('.shiki span:not(:has(*))')) {
    const look = `${token.className} ${token.getAttribute('style')}`
    if (seen.has(look)) token.remove()
    seen.add(look)
  }
  const rules = { 'color-contrast': { enabled: false } }
  const options = { rules, resultTypes: ['violations'], preload: false, selectors: false }
  const { violations } = await window.axe.run(document, options)
  return violations.map(({ id, nodes }: any) => `${id}: ${nodes[0].html}`)
}

/** Colours, size and weight of text on its backgrounds, as far as they are not judged. Runs in the browser. */
function findLooks(judged: readonly string[]): string[] {
  const backgrounds = new Map<any, string>()
  const backgroundOf = (element: any): string => {
    if (element === null) return ''
    let found = backgrounds.get(element)
    if (found === undefined) {
      const { backgroundColor } = getComputedStyle(element)
      found = `${backgroundColor === 'rgba(0, 0, 0, 0)' ? '' : backgroundColor} ${backgroundOf(element.parentElement)}`
      backgrounds.set(element, found.trim())
    }
    return found.trim()
  }
  const known = new Set(judged)
  const elements = new Map<string, any>()
  for (const element of document.body.querySelectorAll('*')) {
    const hasText = [...element.childNodes].some((node) => node instanceof Text && node.data.trim() !== '')
    if (!hasText || !element.checkVisibility()) continue
    const { color, fontSize, fontWeight, opacity } = getComputedStyle(element)
    const look = [color, fontSize, fontWeight, opacity, backgroundOf(element)].join(', ')
    if (!known.has(look)) elements.set(look, element)
  }
  Object.assign(window, { elementsByLook: elements })
  return [...elements.keys()]
}

/** What axe says of the contrast of one element for each look. Runs in the browser, after `findLooks`. */
async function findContrasts(looks: readonly string[]): Promise<string[]> {
  const include = looks.map((look) => window.elementsByLook.get(look))
  const options = { runOnly: ['color-contrast'], resultTypes: ['violations'], preload: false, selectors: false }
  const { violations } = await window.axe.run({ include }, options)
  return violations.flatMap(({ nodes }: any) => nodes.map(({ html, any }: any) => `${html}: ${any[0]?.message}`))
}

describe('the site of the docs', function () {
  this.timeout(240_000)
  if (!hasChromium('the site of the docs')) return
  let browser: Browser
  let server: http.Server
  let page: Page
  let origin = ''
  const complaints: string[] = []

  before(async () => {
    await build()
    server = await serve()
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    browser = await startChromium()
    page = await browser.newPage()
    page.setDefaultTimeout(60_000)
    await page.setViewport({ width: 1400, height: 900 }) // wide enough for the list of pages beside the text
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
    page.on('pageerror', (error) => complaints.push(String(error)))
    page.on('response', (answer) => answer.status() >= 400 && complaints.push(`${answer.status()} ${answer.url()}`))
  })
  after(async () => {
    await browser?.close()
    server?.closeAllConnections()
    server?.close()
  })
  afterEach(() => {
    expect(complaints.splice(0)).to.deep.equal([])
  })

  const pathOf = (): string => new URL(page.url()).pathname
  const follow = async (selector: string): Promise<void> => {
    const before = await page.title()
    await page.locator(selector).click()
    await page.waitForFunction(`document.title !== ${JSON.stringify(before)}`)
  }

  it('works in a folder of a server that it was not told: first page, links, back', async () => {
    await page.goto(`${origin}${FOLDER}/`)
    expect(await page.$eval('h1', (heading) => heading.textContent)).to.include('response-kit')
    await follow('.VPSidebar a[href$="docs/files.html"]')
    expect(pathOf()).to.equal(`${FOLDER}/docs/files.html`)
    await follow('.VPSidebar a[href$="docs/faq.html"]')
    expect(pathOf()).to.equal(`${FOLDER}/docs/faq.html`)
    await follow('.vp-doc a[href$="typescript.html"]')
    expect(pathOf()).to.equal(`${FOLDER}/docs/typescript.html`)
    await page.goBack()
    await page.waitForFunction(`document.title.startsWith('FAQ')`)
  })

  it('has no fault that axe finds and no complaint of the console, on every guide and a part of the reference, light and dark', async () => {
    await page.evaluateOnNewDocument(readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8'))
    await page.evaluateOnNewDocument('globalThis.__name = (each) => each') // esbuild calls it in functions that it compiles
    const judged = new Set<string>() // looks of text whose contrast is measured already
    const faults: string[] = []
    for (const name of pagesOfSite().filter(isJudged)) {
      await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'light' }])
      await page.goto(`${origin}${FOLDER}/${name}`)
      await page.waitForSelector('main')
      faults.push(...(await page.evaluate(findFaults)).map((fault) => `${name}: ${fault}`))
      for (const scheme of ['light', 'dark']) {
        await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }])
        await page.waitForFunction(`document.documentElement.classList.contains('dark') === ${scheme === 'dark'}`)
        const looks = await page.evaluate(findLooks, [...judged])
        for (const look of looks) judged.add(look)
        if (looks.length > 0) {
          faults.push(...(await page.evaluate(findContrasts, looks)).map((fault) => `${name}, ${scheme}: ${fault}`))
        }
      }
    }
    expect(faults).to.deep.equal([])
    expect(judged.size).to.be.greaterThan(50)
  })

  it('has links that lead to a file and a heading of the site, on every page', () => {
    const pages = pagesOfSite()
    expect(pages).to.include.members([
      'index.html',
      'docs/recipes.html',
      'docs/views/ejs.html',
      'docs/reference/methods.html',
    ])
    const texts = new Map(pages.map((name) => [name, readFileSync(join(site, name), 'utf8')]))
    const anchors = new Map(
      [...texts].map(([name, text]) => [name, new Set([...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id))]),
    )
    const leads = ({ pathname, hash }: URL): boolean => {
      const file = decodeURIComponent(pathname.slice(FOLDER.length + 1))
      const ids = anchors.get(file)
      return hash === '' || ids === undefined
        ? existsSync(join(site, file))
        : ids.has(decodeURIComponent(hash.slice(1)))
    }
    const dead = [...texts].flatMap(([name, text]) =>
      [...text.matchAll(/ (?:href|src)="([^"]+)/g)]
        .map(([, link = '']) => new URL(link.replaceAll('&amp;', '&'), `http://site${FOLDER}/${name}`))
        .filter((target) => target.host === 'site' && !leads(target))
        .map(({ pathname, hash }) => `${name}: ${pathname}${hash}`),
    )
    expect(dead).to.deep.equal([])
    expect(texts.get('docs/files.html')).to.match(/href="[^"]*reference\/methods\.html#download"/)
  })

  it('has each page in the list of pages, so that the page before it and after it are the right ones', () => {
    const texts = pagesOfSite().map((name) => ({ name, text: readFileSync(join(site, name), 'utf8') }))
    const without = (kind: string) => texts.filter(({ text }) => !text.includes(`pager-link ${kind}`))
    expect(without('prev').map(({ name }) => name)).to.have.members(['index.html', '404.html'])
    expect(without('next').map(({ name }) => name)).to.have.length(2) // the last page, and 404.html
  })

  it('has a tab for each framework and nothing else in tabs, on every page', () => {
    const groups = pagesOfSite().flatMap((name) =>
      [...readFileSync(join(site, name), 'utf8').matchAll(/<div class="tabs">(.*?)<\/div>/gs)].map(([, tabs = '']) => ({
        name,
        labels: [...tabs.matchAll(/<label[^>]*>(.*?)<\/label>/gs)].map(([, label]) => label).join(),
      })),
    )
    expect(groups.length).to.be.greaterThan(30)
    expect(groups.filter(({ labels }) => labels !== 'Express,Koa')).to.deep.equal([])
  })

  it('fits on a phone: rows of wide tables are blocks with the names of the columns', async () => {
    await page.setViewport({ width: 360, height: 740 })
    await page.goto(`${origin}${FOLDER}/docs/methods.html`)
    const tables = await page.$$eval('table.stacked', (all) =>
      all.map((table) => ({
        isWhole: table.scrollWidth <= table.clientWidth,
        name: getComputedStyle(table.querySelector('td:nth-child(2)'), '::before').content,
      })),
    )
    expect(tables.length).to.be.greaterThan(5)
    expect(tables).to.deep.equal(tables.map(() => ({ isWhole: true, name: '"Type: "' })))
    await page.setViewport({ width: 1400, height: 900 })
  })

  it('finds a word without another server, and opens what it found', async () => {
    await page.goto(`${origin}${FOLDER}/`)
    await page.locator('.VPNavBarSearch button').click()
    await page.locator('.VPLocalSearchBox input').fill('heartbeat')
    await page.locator('.VPLocalSearchBox .result').click()
    await page.waitForFunction(`location.pathname !== '${FOLDER}/'`)
    expect(pathOf()).to.match(new RegExp(`^${FOLDER}/docs/[\\w-]+\\.html$`))
  })

  it('shows the block of each framework in a tab, and is dark for who wants it dark', async () => {
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'dark' }])
    await page.goto(`${origin}${FOLDER}/docs/recipes.html`)
    const tabs = await page.$$eval('.vp-code-group .tabs label', (labels) => labels.map((label) => label.textContent))
    expect(tabs).to.include.members(['Express', 'Koa'])
    expect(await page.$eval('html', (html) => html.classList.contains('dark'))).to.equal(true)
  })
})
