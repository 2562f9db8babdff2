import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, realpathSync, renameSync, symlinkSync } from 'node:fs'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { BUNDLERS, type Bundle, bundle, type Format } from '../support/bundlers.js'
import { createProject, type Project } from '../support/packed-project.js'

const run = promisify(execFile)
const FORMATS: readonly Format[] = ['cjs', 'esm']
/** Most of it is the class `Reply`, which has a call for every kind of body. */
const JSON_BYTES = 330_000

/** An app that calls all parts of the kit, asks itself over a socket and prints what it was told. */
const APP = `
  import { once } from 'node:events'
  import express from 'express'
  import named, { createServer, problemHandler, responseKit } from 'response-kit/express'
  import { csv, defineRoutes, html, json, Reply, ResponseKitError, RouteNotFoundError, sse, zip } from 'response-kit'

  const routes = defineRoutes({ user: '/users/:id' })
  const app = express().set('env', 'production').use(responseKit({ routes, cookies: { secrets: ['s'.repeat(32)] } }))
  app.get('/json', (req, res) => res.reply(json({ a: 1 }, { status: 201 }).setCookie('c', '1')))
  app.get('/html', (req, res) => res.html(html\`<b>\${'<'}</b>\`))
  app.get('/pdf', (req, res) => res.download(Buffer.from('abc'), 'a.pdf'))
  app.get('/csv', (req, res) => res.reply(csv([['a', 1], ['b,c', 2]])))
  app.get('/zip', (req, res) => res.reply(zip([{ name: 'a.txt', source: Buffer.from('a') }], 'a.zip')))
  app.get('/sse', (req, res) => res.reply(sse(['x'])))
  app.get('/to', (req, res) => res.redirectTo('user', { id: 7 }))
  app.get('/problem', () => { throw Object.assign(new Error('no'), { status: 404, expose: true }) })
  app.use(problemHandler())
  const server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const answers = {}
  for (const path of ['json', 'html', 'pdf', 'csv', 'zip', 'sse', 'to', 'problem']) {
    const response = await fetch('http://127.0.0.1:' + server.address().port + '/' + path, { redirect: 'manual' })
    const text = await response.text()
    answers[path] = [response.status, response.headers.get('content-type'), path === 'zip' ? text.slice(0, 2) : text]
  }
  let error
  try { routes.url('usr') } catch (thrown) { error = thrown }
  const names = [error.name, error instanceof RouteNotFoundError, error instanceof ResponseKitError, error.code]
  console.log(JSON.stringify({ answers, names, sameDefault: named === responseKit, reply: json(1) instanceof Reply }))
  server.close()
  server.closeAllConnections()
`

const ANSWERS = {
  answers: {
    json: [201, 'application/json; charset=utf-8', '{"a":1}'],
    html: [200, 'text/html; charset=utf-8', '<b>&lt;</b>'],
    pdf: [200, 'application/pdf', 'abc'],
    csv: [200, 'text/csv; charset=utf-8; header=absent', 'a,1\r\n"b,c",2\r\n'],
    zip: [200, 'application/zip', 'PK'],
    sse: [200, 'text/event-stream', 'data: x\n\n'],
    to: [302, 'text/plain; charset=utf-8', 'Found. Redirecting to /users/7'],
    problem: [404, 'application/problem+json', '{"title":"Not Found","status":404,"detail":"no"}'],
  },
  names: ['RouteNotFoundError', true, true, 'ROUTE_NOT_FOUND'],
  sameDefault: true,
  reply: true,
}

const JSON_ONLY = `
  import { json } from 'response-kit'
  const response = await json({ a: 1 }).toWebResponse()
  console.log(response.headers.get('content-type'), await response.text())
`

const SCHEMA = `
  import { json } from 'response-kit'
  const schema = { type: 'object', properties: { a: { type: 'integer' } } }
  const send = async () => (await json({ a: 1, b: 2 }, { schema }).toWebResponse()).text()
  send().then(console.log, (error) => console.log(error.code))
`

/** A CommonJS output has no \`await\` outside of functions. */
const inFunction = (code: string): string => {
  const imports = code.split('\n').filter((line) => line.trimStart().startsWith('import '))
  const rest = code.split('\n').filter((line) => !line.trimStart().startsWith('import '))
  return `${imports.join('\n')}\nasync function main() {\n${rest.join('\n')}\n}\nmain()\n`
}

describe('bundlers', function () {
  this.timeout(120_000)
  let project: Project
  let withSchemas: Project
  let bare: string
  before(async () => {
    project = await createProject({ packages: { express: 'express' } })
    project.write('app.js', inFunction(APP))
    project.write('json.js', inFunction(JSON_ONLY))
    project.write('schema.js', SCHEMA)
    withSchemas = await createProject({ packages: { 'fast-json-stringify': 'fast-json-stringify' } })
    withSchemas.write('schema.js', SCHEMA)
    bare = join(project.folder, '../bare')
    mkdirSync(join(bare, 'node_modules'), { recursive: true })
    symlinkSync(realpathSync(join(project.folder, 'node_modules/express')), join(bare, 'node_modules/express'))
  })

  /** Bundles an entry, and moves the program to a folder that has nothing but Express. */
  const make = async (bundler: string, format: Format, entry: string, where: Project = project): Promise<Bundle> => {
    const external = entry === 'app' ? ['express'] : []
    const made = await bundle(bundler, { folder: where.folder, entry: `${entry}.js`, format, output: entry, external })
    const file = join(bare, `${bundler}-${basename(made.file)}`)
    renameSync(made.file, file)
    return { ...made, file }
  }
  const start = async ({ file }: Bundle, cwd = bare): Promise<string> =>
    (await run(process.execPath, [file], { cwd, timeout: 60_000 })).stdout

  for (const bundler of Object.keys(BUNDLERS)) {
    for (const format of FORMATS) {
      it(`${bundler}, ${format}: a minified program answers as the package does`, async () => {
        const made = await make(bundler, format, 'app')
        expect(made.warnings).to.deep.equal([])
        expect(JSON.parse(await start(made))).to.deep.equal(ANSWERS)
      })
    }

    it(`${bundler}: \`import { json }\` alone brings neither the adapters nor the table of all media types`, async () => {
      const made = await make(bundler, 'esm', 'json')
      expect(await start(made)).to.equal('application/json; charset=utf-8 {"a":1}\n')
      expect(made.bytes).to.be.below(JSON_BYTES)
      expect(readFileSync(made.file, 'utf8')).not.to.match(/responseKitMiddleware|"compressible":|compressible:/)
    })

    it(`${bundler}: does not warn if fast-json-stringify is absent, and the call says what to install`, async () => {
      const made = await make(bundler, 'cjs', 'schema')
      expect(made.warnings).to.deep.equal([])
      expect(await start(made)).to.equal('MISSING_DEPENDENCY\n')
    })

    it(`${bundler}: finds fast-json-stringify`, async () => {
      const made = await make(bundler, 'esm', 'schema', withSchemas)
      expect(made.warnings).to.deep.equal([])
      // Rollup's plugin leaves a \`require\` inside of \`try\` as it is: the program finds the package beside the app.
      expect(await start(made, bundler === 'rollup' ? withSchemas.folder : bare)).to.equal('{"a":1}\n')
    })
  }
})
