import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { createProject } from '../support/packed-project.js'

const FILES = 16

/** A test file as an app has it: it serves one request. Jest gives each file modules of its own. */
const CODE = `
const express = require('express')
const { responseKit } = require('response-kit/express')
const { once } = require('node:events')
const { appendFileSync } = require('node:fs')
const http = require('node:http')

test('answers', async () => {
  require('node:vm').runInNewContext('gc')()
  appendFileSync('heap.txt', process.memoryUsage().heapUsed + '\\n')
  const app = express()
  app.use(responseKit())
  app.get('/', (_req, res) => res.text('here'))
  const server = app.listen(0)
  await once(server, 'listening')
  const [incoming] = await once(http.get({ port: server.address().port, agent: false }), 'response')
  await once(incoming.resume(), 'end')
  expect(incoming.statusCode).toBe(200)
  await new Promise((resolve) => server.close(resolve))
})
`

describe('the memory of Jest', function () {
  this.timeout(60_000)

  it('does not keep the modules of a test file that has ended', async () => {
    const project = await createProject({ packages: { express: 'express', jest: 'jest' } })
    for (let index = 0; index < FILES; index++) project.write(`file-${index}.test.cjs`, CODE)
    const config = { testMatch: ['**/*.test.cjs'], moduleFileExtensions: ['cjs', 'js', 'json'], transform: {} }
    project.write('jest.config.json', JSON.stringify({ ...config, testEnvironment: 'node' }))
    const flags = ['--ci', '--runInBand', '--config', 'jest.config.json']
    await project.node('--expose-gc', 'node_modules/jest/bin/jest.js', ...flags)
    const heaps = readFileSync(join(project.folder, 'heap.txt'), 'utf8').trim().split('\n').map(Number)
    expect(heaps).to.have.length(FILES)
    // The first files fill caches. The modules of one file take 4 MB: eight files more would be 32 MB.
    const grown = Math.min(...heaps.slice(12)) - Math.min(...heaps.slice(4, 8))
    expect(grown).to.be.below(12_000_000)
  })
})
