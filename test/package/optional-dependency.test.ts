import { expect } from 'chai'
import { createProject } from '../support/packed-project.js'

const ASK = `
  const { json, ResponseKitError } = require('response-kit')
  const { respond } = require('response-kit/koa')
  const schema = { type: 'object', properties: { a: { type: 'integer' } } }
  const told = (error) => console.log(error.code, error instanceof ResponseKitError, error.message)
  try { respond({ schema }, () => ({})); console.log('compiled') } catch (error) { told(error) }
  const send = async () => (await json({ a: 1, b: 2 }, { schema }).toWebResponse()).text()
  send().then(console.log, told)`

describe('fast-json-stringify', function () {
  this.timeout(60_000)

  it('is not needed to load the kit; if a schema is given without it, the error says what to install', async () => {
    const project = await createProject({ packages: { koa: 'koa' } })
    const told = (call: string) =>
      `MISSING_DEPENDENCY true ${call}: option 'schema' needs the package fast-json-stringify: npm install fast-json-stringify\n`
    expect(await project.node('--input-type=commonjs', '-e', ASK)).to.equal(told('respond') + told('json()'))
  })

  it('is found beside the kit', async () => {
    const project = await createProject({ packages: { koa: 'koa', 'fast-json-stringify': 'fast-json-stringify' } })
    expect(await project.node('--input-type=commonjs', '-e', ASK)).to.equal('compiled\n{"a":1}\n')
  })
})
