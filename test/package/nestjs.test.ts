import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect } from 'chai'
import { readCodeBlocks } from '../support/markdown-code.js'
import { createProject, type Project } from '../support/packed-project.js'

const root = join(import.meta.dirname, '../..')
const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
const PACKAGES = [
  '@nestjs/common',
  '@nestjs/core',
  '@nestjs/platform-express',
  '@types/express',
  '@types/node',
  'express',
  'reflect-metadata',
  'rxjs',
]
const COMPILER = {
  target: 'es2022',
  lib: ['es2023', 'dom'],
  module: 'nodenext',
  types: ['node'],
  strict: true,
  experimentalDecorators: true,
  skipLibCheck: true,
  noEmit: true,
}

/** Listens on a free port in place of the one in the text, makes the requests, prints what was answered, and ends. */
const ASK = `
  import net from 'node:net'
  process.env.NODE_ENV = 'production'
  console.error = () => {}
  const { listen } = net.Server.prototype
  net.Server.prototype.listen = function () {
    const callback = [...arguments].find((each) => typeof each === 'function')
    return listen.call(this, 0, '127.0.0.1', async () => {
      callback?.()
      const answers = {}
      for (const request of REQUESTS) {
        const [method, path] = request.split(' ')
        const answer = await fetch('http://127.0.0.1:' + this.address().port + path, { method })
        answers[request] = { status: answer.status, fields: Object.fromEntries(answer.headers), text: await answer.text() }
      }
      console.log('\\n' + JSON.stringify(answers))
      process.exit(0)
    })
  }`

interface Answer {
  readonly status: number
  readonly type: string
  readonly text?: string
  readonly fields?: Readonly<Record<string, string>>
}

const PROBLEM = 'application/problem+json'
const EXPECTED: Readonly<Record<string, Answer>> = {
  'GET /': { status: 200, type: 'text/html', text: '<h1>hello</h1>', fields: { 'set-cookie': 'seen=1; Path=/' } },
  'HEAD /': { status: 200, type: 'text/html', text: '' },
  'GET /report.csv': {
    status: 200,
    type: 'text/csv',
    text: 'a,b\n1,2\n',
    fields: { 'content-disposition': 'attachment; filename=report.csv', 'accept-ranges': 'bytes' },
  },
  'GET /by-hand': { status: 200, type: 'text/plain', text: 'by hand' },
  'GET /users/7': { status: 200, type: 'application/json', text: '{"id":"7"}' },
  'POST /users': { status: 201, type: 'text/html', text: '<p>made</p>' },
  'GET /users/0': { status: 404, type: PROBLEM, text: '{"title":"Not Found","status":404,"detail":"No such user"}' },
  'GET /users/1': { status: 500, type: PROBLEM, text: '{"title":"Internal Server Error","status":500}' },
  'GET /nowhere': {
    status: 404,
    type: PROBLEM,
    text: '{"title":"Not Found","status":404,"detail":"Cannot GET /nowhere"}',
  },
}

describe('the code in docs/nestjs.md', function () {
  this.timeout(60_000)
  let project: Project
  let main = ''

  before(async () => {
    project = await createProject({ packages: Object.fromEntries(PACKAGES.map((name) => [name, name])) })
    for (const { code } of readCodeBlocks(join(root, 'docs/nestjs.md'))) {
      const name = /^\/\/ (\S+\.ts)\n/.exec(code)?.[1] ?? ''
      expect(name).not.to.equal('')
      const path = project.write(`code/${name}`, code)
      if (name === 'main.ts') main = path
    }
  })

  it('compiles against the packed kit and NestJS 11', async () => {
    expect(await project.compile(COMPILER)).to.deep.equal([])
  })

  it('runs: a Reply, a file, an error and a value of Nest are what they are', async () => {
    await project.compile(COMPILER) // tsx reads the options of the project
    project.write('ask.mjs', ASK.replace('REQUESTS', JSON.stringify(Object.keys(EXPECTED))))
    const said = await project.node('--import', tsx, '--import', './ask.mjs', main)
    const answers = JSON.parse(said.slice(said.lastIndexOf('\n{') + 1))
    for (const [request, { status, type, text, fields = {} }] of Object.entries(EXPECTED)) {
      const answer = answers[request]
      expect(answer, request).to.include({ status, text })
      expect(answer.fields['content-type'], request).to.include(type)
      expect(answer.fields, request).to.include(fields)
    }
  })
})
