import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { runInNewContext } from 'node:vm'
import { expect } from 'chai'
import ejs from 'ejs'
import { Sandbox } from '../support/sandbox.js'

const pug = createRequire(import.meta.url)('pug')

/** Variables as a body of JSON can bring them. As options of their engine they would run `CODE`, or change what is read. */
const CODE = '1; globalThis.ranCodeOfTheClient = true'
const HOSTILE = {
  'options of EJS 3 that Express hands on': { settings: { 'view options': { client: true, escapeFunction: CODE } } },
  'options of EJS': { client: true, escapeFunction: CODE, delimiter: '?' },
  'an option of Pug that is no boolean': { pretty: `');${CODE};//` },
  'options of Pug': { self: true, globals: [CODE], doctype: '<%' },
} as const

describe('the renderers for Koa in docs/views', () => {
  const sandbox = new Sandbox()
  after(() => sandbox.remove())
  sandbox.write('page.ejs', '<p><%= locals.name %></p>')
  sandbox.write('page.pug', 'p= name')

  function rendererOf(engine: string, given: object): (name: string, variables: object) => unknown {
    const guide = readFileSync(join(import.meta.dirname, `../../docs/views/${engine}.md`), 'utf8')
    const shown = /templates: (\(name, variables\) => .+),$/m.exec(guide)?.[1] ?? ''
    return runInNewContext(shown.replace('views/', `${sandbox.root}/`), given)
  }

  it('give EJS options of its own: without them, EJS 3 looks for them in the variables', () => {
    const renderFile = (_path: string, _variables: object, options: object): object => options
    expect(rendererOf('ejs', { ejs: { renderFile } })('page', {})).to.deep.equal({})
  })

  for (const engine of ['ejs', 'pug']) {
    for (const [what, variables] of Object.entries(HOSTILE)) {
      it(`take no variable for an option: ${engine}, ${what}`, async () => {
        expect(await rendererOf(engine, { ejs, pug })('page', { name: 'Ann', ...variables })).to.equal('<p>Ann</p>')
        expect(globalThis).not.to.have.property('ranCodeOfTheClient')
      })
    }
  }
})
