import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect } from 'chai'
import { type DefaultTreeAdapterTypes, parse } from 'parse5'
import { freePort } from '../support/free-port.js'
import { readCodeBlocks } from '../support/markdown-code.js'
import { createProject, type Project } from '../support/packed-project.js'

const root = join(import.meta.dirname, '../..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')

type Element = DefaultTreeAdapterTypes.Element

function* elements(node: DefaultTreeAdapterTypes.Node): Generator<Element> {
  if ('tagName' in node) yield node
  if ('childNodes' in node) for (const child of node.childNodes) yield* elements(child)
}

const attribute = ({ attrs }: Element, name: string): string => attrs.find((each) => each.name === name)?.value ?? ''

/** The names of the packages that an app imports. */
const packagesOf = (code: string): string[] => {
  const names = [...code.matchAll(/from '((?:@[\w-]+\/)?[\w.-]+)(?:\/[\w-]+)?'$/gm)].map(([, name = '']) => name)
  return [...new Set(names)].sort()
}

/** Runs the app on a port of the test in place of 3000; gives the URL that it prints. */
async function start(project: Project, code: string): Promise<{ url: string; end(): Promise<void> }> {
  const file = project.write('app.mjs', code.replaceAll('3000', String(await freePort())))
  const child = spawn(process.execPath, [file], { cwd: project.folder, stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const [url] = await once(createInterface({ input: child.stdout }), 'line')
  return {
    url,
    async end() {
      child.kill()
      await exited
    },
  }
}

describe('the apps in README.md', function () {
  this.timeout(60_000)
  const apps = readCodeBlocks(join(root, 'README.md')).filter(({ code }) => code.includes('.listen('))

  it('are one for Express and one for Koa, and need only what the text installs', () => {
    expect(apps.map(({ code }) => packagesOf(code))).to.deep.equal([
      ['express', 'response-kit'],
      ['@koa/router', 'koa', 'response-kit'],
    ])
    const installed = [...readme.matchAll(/<code>npm install (.*?)<\/code>/g)].map(([, names = '']) =>
      names.split(' ').sort(),
    )
    expect(installed).to.deep.equal(apps.map(({ code }) => packagesOf(code)))
  })

  for (const { code, place } of apps) {
    describe(`${place}, pasted into an empty folder`, () => {
      let app: Awaited<ReturnType<typeof start>>

      before(async () => {
        const packages = packagesOf(code).filter((name) => name !== 'response-kit')
        app = await start(
          await createProject({ packages: Object.fromEntries(packages.map((name) => [name, name])) }),
          code,
        )
      })
      after(() => app?.end())

      it('prints its URL, and shows a page there that counts the visits', async () => {
        const first = await fetch(app.url)
        expect(first.status).to.equal(200)
        expect(await first.text()).to.include('<h1>Visit 1</h1>')
        const cookie = first.headers
          .getSetCookie()
          .map((line) => line.split(';')[0])
          .join('; ')
        expect(await (await fetch(app.url, { headers: { cookie } })).text()).to.include('<h1>Visit 2</h1>')
      })

      it('answers each link of the page, and sends each form back to it', async () => {
        const page = [...elements(parse(await (await fetch(app.url)).text()))]
        const links = page.filter(({ tagName }) => tagName === 'a').map((each) => attribute(each, 'href'))
        expect(links).to.have.length(3)
        const answers = await Promise.all(links.map((link) => fetch(new URL(link, app.url))))
        expect(answers.map(({ status }) => status)).to.deep.equal([200, 200, 200])
        expect(await Promise.all(answers.map((answer) => answer.text()))).to.deep.equal([
          'Hello!\n',
          'name,sum\r\nZoë,20\r\n',
          '3\n2\n1\n0\n',
        ])
        // RFC 8187: the name in UTF-8
        expect(answers[0]?.headers.get('content-disposition')).to.include("filename*=UTF-8''Gr%C3%BC%C3%9Fe.txt")
        const forms = page.filter(({ tagName }) => tagName === 'form')
        expect(forms).to.have.length(1)
        for (const form of forms) {
          const action = new URL(attribute(form, 'action'), app.url)
          const answer = await fetch(action, { method: attribute(form, 'method'), headers: { referer: `${app.url}/` } })
          expect({ url: answer.url, status: answer.status }).to.deep.equal({ url: `${app.url}/`, status: 200 })
        }
      })
    })
  }
})
