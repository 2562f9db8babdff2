import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { createProject, type Project } from '../support/packed-project.js'

/** Every name a user can import, entry by entry. A name that leaves this list is a breaking change. */
const expected: Record<string, string[]> = JSON.parse(readFileSync(join(import.meta.dirname, 'exports.json'), 'utf8'))

const LIST = `
  import { createRequire } from 'node:module'
  const require = createRequire(process.cwd() + '/')
  const found = {}
  for (const entry of JSON.parse(process.argv[1])) {
    const specifier = 'response-kit' + entry.slice(1)
    const imported = await import(specifier)
    const required = require(specifier)
    const names = Object.keys(imported)
    found[entry] = { imported: names, required: Object.keys(required), same: names.every((name) => imported[name] === required[name]) }
  }
  console.log(JSON.stringify(found))`

describe('exports', function () {
  this.timeout(60_000)
  let project: Project
  before(async () => {
    project = await createProject({ packages: { express: 'express', koa: 'koa', chai: 'chai' } })
  })

  it('has the entries listed in exports.json', () => {
    const { exports } = JSON.parse(readFileSync(join(project.folder, 'node_modules/response-kit/package.json'), 'utf8'))
    expect(Object.keys(exports).filter((entry) => entry !== './package.json')).to.have.members(Object.keys(expected))
  })

  for (const [entry, names] of Object.entries(expected)) {
    it(`${entry} gives the names in exports.json, and import and require give the same values`, async () => {
      const found = JSON.parse(await project.node('--input-type=module', '-e', LIST, JSON.stringify([entry])))[entry]
      expect(found.imported).to.have.members(names)
      expect(found.required).to.have.members(names)
      expect(found.same).to.equal(true)
    })
  }

  it('gives its package.json', async () => {
    const script = "console.log(require('response-kit/package.json').name)"
    expect(await project.node('--input-type=commonjs', '-e', script)).to.equal('response-kit\n')
  })
})
