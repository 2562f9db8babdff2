import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect } from 'chai'
import {
  type CodeBlock,
  documents,
  readAnchors,
  readBlock,
  readCodeBlocks,
  readLinksToHeadings,
  readLinkTargets,
} from '../support/markdown-code.js'
import { createProject, type Project } from '../support/packed-project.js'

const root = join(import.meta.dirname, '../..')
const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href

const COMPILER = {
  target: 'es2022',
  lib: ['es2023', 'dom', 'dom.iterable'],
  module: 'nodenext',
  types: ['node', 'mocha'],
  strict: true,
  noImplicitAny: false,
  skipLibCheck: true,
  noEmit: true,
}

/** What an excerpt may use without its import. */
const PRELUDE = {
  express: `declare const app: import('express').Express
    declare const router: import('express').Router
    declare const req: import('express').Request
    declare const res: import('express').Response
    declare const next: import('express').NextFunction\n`,
  koa: `declare const app: import('koa')
    declare const router: import('@koa/router').Router
    declare const ctx: import('koa').Context
    declare const next: import('koa').Next\n`,
}
type Family = keyof typeof PRELUDE

/** Listens on a free port in place of the one in the text, asks for the root once, prints the status and ends. */
const ASK_ONCE = `
  import net from 'node:net'
  const { listen } = net.Server.prototype
  net.Server.prototype.listen = function () {
    const callback = [...arguments].find((each) => typeof each === 'function')
    return listen.call(this, 0, '127.0.0.1', async () => {
      callback?.()
      const { status } = await fetch('http://127.0.0.1:' + this.address().port + '/', { redirect: 'manual' })
      console.log('\\nstatus ' + status)
      process.exit(0)
    })
  }`

/** Express 4 does not look at the promise of such a handler: its rejection ends the process. */
const LONE_ASYNC_HANDLER = /(?<!\brespond(?:<[^>]*>)?\((?:\{[^}]*\}, )?)\basync (?:function\b[^(]*)?\(?_?req\b/

const familyOf = ({ code }: CodeBlock): Family => (/\bctx\b|'koa'|response-kit\/koa/.test(code) ? 'koa' : 'express')
const isServer = ({ code }: CodeBlock): boolean => /\.listen\(/.test(code) && /\bexpress\(\)|\bnew Koa\(/.test(code)

/** The page of each template engine, and the ending of its templates. */
const ENGINES = {
  ejs: 'ejs',
  pug: 'pug',
  handlebars: 'hbs',
  nunjucks: 'njk',
  eta: 'eta',
  mustache: 'mustache',
} as const

/** Listens on a free port in place of the one in the text, saves, asks for the page and prints it. */
const SAVE_AND_SHOW = `
  import net from 'node:net'
  const { listen } = net.Server.prototype
  net.Server.prototype.listen = function () {
    return listen.call(this, 0, '127.0.0.1', async () => {
      const origin = 'http://127.0.0.1:' + this.address().port
      const saved = await fetch(origin + '/save', { method: 'POST', redirect: 'manual' })
      const cookie = saved.headers.getSetCookie().map((line) => line.split(';')[0]).join('; ')
      const pages = [await fetch(origin, { headers: { cookie } }), await fetch(origin)]
      console.log(JSON.stringify(await Promise.all(pages.map((page) => page.text()))))
      process.exit(0)
    })
  }`

/** Engines differ in spaces between tags, in how they end an empty tag, and in whether they escape a slash. */
const withoutSpaces = (html: string): string =>
  html
    .replace(/>\s+|\s+</g, (text) => text.trim())
    .replaceAll('"/>', '">')
    .replaceAll('&#x2F;', '/')

const isInViews = ({ place }: CodeBlock): boolean =>
  Object.keys(ENGINES).some((name) => place.startsWith(`${name}.md:`))
const registersRoutes = ({ code }: CodeBlock): boolean => code.includes('interface Register')

async function createDocumentProject(): Promise<Project> {
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const names = [...Object.keys(devDependencies), '@types/express-serve-static-core']
  const packages = Object.fromEntries(names.map((name) => [name, name]))
  return createProject({ packages })
}

/** Compiles the blocks as one program; each complaint under the place of its block. */
async function complaints(blocks: readonly CodeBlock[], family: Family): Promise<string[]> {
  const project = await createDocumentProject()
  project.write('code/prelude.d.ts', PRELUDE[family])
  for (const [index, { code }] of blocks.entries()) project.write(`code/block-${index}.ts`, `${code}\nexport {}\n`)
  const lines = await project.compile(COMPILER)
  return lines.map((line) => line.replace(/^code\/block-(\d+)\.ts/, (_, index) => blocks[Number(index)]?.place ?? ''))
}

describe('README.md and docs', () => {
  it('link to files that are there', () => {
    const targets = documents(root).flatMap(readLinkTargets)
    expect(targets).to.include(join(root, 'CHANGELOG.md'))
    expect(targets.filter((target) => !existsSync(target))).to.deep.equal([])
  })

  it('link to headings that are there', () => {
    const links = documents(root).flatMap(readLinksToHeadings)
    expect(links).to.include(join(root, 'docs/errors.md#already_sent'))
    const missing = links.filter((link) => {
      const [file = '', fragment = ''] = link.split('#')
      return !readAnchors(file).has(fragment)
    })
    expect(missing).to.deep.equal([])
  })
})

describe('the code in README.md and docs', function () {
  this.timeout(60_000)
  // NestJS needs decorators: nestjs.test.ts compiles and runs those blocks. recipes.test.ts and migrating.test.ts do so with theirs.
  const blocks = documents(root)
    .flatMap(readCodeBlocks)
    .filter(({ place }) => !/^(?:nestjs|recipes|migrating)\.md:/.test(place))

  it('is found', () => {
    expect(blocks.map(({ place }) => place.split(':')[0])).to.include('README.md')
  })

  it('has each async handler of Express in respond(), for Express 4', () => {
    const all = documents(root).flatMap(readCodeBlocks)
    expect(all.some(({ code }) => /respond\(async \(req\b/.test(code))).to.equal(true)
    expect(all.filter(({ code }) => LONE_ASYNC_HANDLER.test(code)).map(({ place }) => place)).to.deep.equal([])
  })

  for (const family of ['express', 'koa'] as const) {
    it(`compiles against the packed kit: ${family}`, async () => {
      const shared = blocks.filter((block) => familyOf(block) === family && !registersRoutes(block))
      expect(shared).not.to.have.length(0)
      expect(await complaints(shared, family)).to.deep.equal([])
    })
  }

  for (const block of blocks.filter(registersRoutes)) {
    it(`compiles, with its routes registered: ${block.place}`, async () => {
      expect(await complaints([block], familyOf(block))).to.deep.equal([])
    })
  }

  for (const [engine, ending] of Object.entries(ENGINES)) {
    const file = join(root, `docs/views/${engine}.md`)
    for (const { code, place } of readCodeBlocks(file)) {
      it(`renders the page that is shown: ${place}`, async () => {
        const project = await createDocumentProject()
        project.write('save-and-show.mjs', SAVE_AND_SHOW)
        project.write(`views/user.${ending}`, readBlock(file, engine))
        const server = project.write('server.mts', code)
        const pages = JSON.parse(await project.node('--import', tsx, '--import', './save-and-show.mjs', server))
        const shown = withoutSpaces(readBlock(file, 'html'))
        expect(pages.map(withoutSpaces)).to.deep.equal([shown, shown.replace('Saved', '')])
      })
    }

    it(`shows a server for each framework: ${engine}`, () => {
      expect(readCodeBlocks(file).map(familyOf).sort()).to.deep.equal(['express', 'koa'])
    })
  }

  for (const block of blocks.filter((each) => isServer(each) && !isInViews(each))) {
    it(`runs and answers: ${block.place}`, async () => {
      const project = await createDocumentProject()
      project.write('ask-once.mjs', ASK_ONCE)
      const isCommon = /\brequire\(/.test(block.code)
      const file = project.write(isCommon ? 'server.cts' : 'server.mts', block.code)
      const said = await project.node('--import', tsx, '--import', './ask-once.mjs', file)
      expect(said).to.match(/\nstatus [1-4]\d\d\n$/)
    })
  }
})
