import { expect } from 'chai'
import { createProject, type Project } from '../support/packed-project.js'

/** The three kinds of responses, from one reply. */
const ASK = `
const request = require('supertest')
const { sendReply } = require('response-kit')

const listener = (reply) => (req, res) => void sendReply(req, res, reply)
module.exports = {
  supertest: (reply) => request(listener(reply)).get('/'),
  fetch: (reply) => reply.toWebResponse(),
}
// It requires an ES module, which Jest can do from Node 24 on.
if (process.env.JEST_WORKER_ID === undefined) {
  const inject = require('light-my-request')
  module.exports.inject = (reply) => inject(listener(reply), '/')
}
`

/** What every runner asserts, in a form of its own: `check(response)[name](...)` and `check(response).not[name](...)`. */
const BODY = `
  const routes = kit.defineRoutes({ user: '/users/:id' })
  for (const [kind, give] of Object.entries(ask)) {
    test('redirects: ' + kind, async () => {
      const response = await give(kit.redirect('/users/7', { status: 303 }))
      check(response, 'redirectTo', '/users/7', 303)
      check(response, 'redirectToRoute', routes, 'user', { id: 7 })
      check.not(response, 'redirectTo', '/a')
    })
    test('cookies and downloads: ' + kind, async () => {
      const download = kit.download(Buffer.from('a'), 'a.txt').setCookie('a', '1', { httpOnly: true }).setCookie('b', '2').deleteCookie('old')
      const response = await give(download)
      check(response, 'setCookie', 'a', { value: '1', httpOnly: true })
      check(response, 'setCookie', 'b')
      check(response, 'deleteCookie', 'old')
      check(response, 'download', 'a.txt')
      check.not(response, 'setCookie', 'c')
    })
    test('bodies: ' + kind, async () => {
      const problem = await give(kit.problem({ status: 404, detail: 'No such order' }))
      await check(problem, 'problem', 404, { detail: 'No such order' })
      await check.not(problem, 'problem', 400)
      const events = await give(kit.sse(['a', { event: 'b', data: { n: 1 } }]))
      await check(events, 'streamEvents', ['a', { event: 'b', data: { n: 1 } }])
      await check.not(events, 'streamEvents', ['a'])
    })
  }
  if (process.env.FAIL) test('fails', async () => {
    await check(await ask[process.env.FAIL](kit.problem({ status: 404 })), 'problem', 400)
  })
`

const HEAD = {
  cjs: `const ask = require('./ask.cjs')\nconst kit = require('response-kit')\n`,
  esm: `import { createRequire } from 'node:module'
import * as kit from 'response-kit'
const ask = createRequire(import.meta.url)('./ask.cjs')\n`,
}

const MATCHER = `
const names = { redirectTo: 'toRedirectTo', redirectToRoute: 'toRedirectToRoute', setCookie: 'toSetCookie', deleteCookie: 'toDeleteCookie', download: 'toBeDownload', problem: 'toHaveProblem', streamEvents: 'toStreamEvents' }
expect.extend(responseKitMatchers)
const check = (response, name, ...given) => expect(response)[names[name]](...given)
check.not = (response, name, ...given) => expect(response).not[names[name]](...given)
`

interface Runner {
  readonly file: string
  readonly code: string
  readonly command: readonly string[]
}

const RUNNERS: Readonly<Record<string, Runner>> = {
  'node:test': {
    file: 'plain.test.mjs',
    code: `${HEAD.esm}
import { test } from 'node:test'
import { assertResponse } from 'response-kit/testing'
const check = (response, name, ...given) => assertResponse[name](response, ...given)
check.not = (response, name, ...given) => assertResponse.not[name](response, ...given)
${BODY}`,
    command: ['--test', 'plain.test.mjs'],
  },
  'mocha and chai': {
    file: 'chai.mocha.mjs',
    code: `${HEAD.esm}
import { expect, use } from 'chai'
import { responseKitAssertions } from 'response-kit/testing'
use(responseKitAssertions)
const test = it
const check = (response, name, ...given) => expect(response).to[name](...given)
check.not = (response, name, ...given) => expect(response).not.to[name](...given)
${BODY}`,
    command: ['node_modules/mocha/bin/mocha.js', '--no-config', 'chai.mocha.mjs'],
  },
  Jest: {
    file: 'match.jest.cjs',
    code: `${HEAD.cjs}
const { responseKitMatchers } = require('response-kit/testing')
${MATCHER}${BODY}`,
    command: ['node_modules/jest/bin/jest.js', '--ci', '--runInBand', '--config', 'jest.config.json'],
  },
  Vitest: {
    file: 'match.vitest.mjs',
    code: `${HEAD.esm}
import { expect, test } from 'vitest'
import { responseKitMatchers } from 'response-kit/testing'
${MATCHER}${BODY}`,
    command: ['node_modules/vitest/vitest.mjs', 'run', '--config', 'vitest.config.mjs'],
  },
}

describe('the assertions in the runners themselves', function () {
  this.timeout(180_000)
  let project: Project
  before(async () => {
    const names = ['chai', 'jest', 'light-my-request', 'mocha', 'supertest', 'vitest']
    project = await createProject({ packages: Object.fromEntries(names.map((name) => [name, name])) })
    project.write('ask.cjs', ASK)
    project.write(
      'jest.config.json',
      '{ "testMatch": ["**/*.jest.cjs"], "moduleFileExtensions": ["cjs", "js", "json"], "transform": {}, "testEnvironment": "node" }',
    )
    project.write('vitest.config.mjs', "export default { test: { include: ['*.vitest.mjs'], environment: 'node' } }")
  })
  afterEach(() => {
    delete process.env.FAIL
  })

  for (const [name, { file, code, command }] of Object.entries(RUNNERS)) {
    it(`${name}: each assertion holds, on every kind of response`, async () => {
      project.write(file, code)
      expect(await project.node(...command)).to.be.a('string')
    })

    it(`${name}: one that does not hold fails the run, and says what came`, async () => {
      process.env.FAIL = 'fetch'
      const failure = await project.node(...command).catch((error) => error)
      expect(failure).to.have.property('code').that.is.a('number')
      expect(`${failure.stdout}${failure.stderr}`).to.match(/expected the response to have problem 400, got 404/)
    })
  }
})
