import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { bundle } from '../support/bundlers.js'
import { createProject, type Project } from '../support/packed-project.js'

/** Sends one Reply of each copy of the package through a middleware of each copy, over a real socket. */
const EXCHANGE_REPLIES = `
  import { once } from 'node:events'
  import { readFileSync } from 'node:fs'
  import { createRequire } from 'node:module'
  import { dirname } from 'node:path'
  import vm from 'node:vm'
  const require = createRequire(process.cwd() + '/')

  /** Loads a CommonJS package in a context with globals of its own, as Jest does for each test file. */
  function requireInContext(entry) {
    const context = vm.createContext({ process, Buffer, URL, URLSearchParams, Blob, AbortController, queueMicrotask, setTimeout, clearTimeout, setImmediate })
    const loaded = new Map()
    const load = (file) => {
      if (loaded.has(file)) return loaded.get(file).exports
      const module = { exports: {} }
      loaded.set(file, module)
      const native = createRequire(file)
      const local = (name) => (name.startsWith('.') ? load(native.resolve(name)) : native(name))
      const run = vm.runInContext('(function (exports, require, module) {' + readFileSync(file, 'utf8') + '\\n})', context, { filename: file })
      run(module.exports, local, module)
      return module.exports
    }
    return load(require.resolve(entry))
  }

  const copies = {
    imported: [await import('response-kit'), await import('response-kit/express')],
    required: [require('response-kit'), require('response-kit/express')],
    installed: [await import('second-kit'), await import('second-kit/express')],
    bundled: Array(2).fill(await import(process.cwd() + '/bundled.mjs')),
    context: [requireInContext('response-kit'), requireInContext('response-kit/express')],
  }
  const express = require('express')
  const found = {}
  for (const [server, [, kit]] of Object.entries(copies)) {
    const app = express().set('env', 'test').use(kit.responseKit())
    for (const [maker, [root]] of Object.entries(copies)) {
      app.get('/' + maker, (req, res) => res.reply(root.html('<b>', { status: 201 }).setCookie('a', '1')))
      app.get('/responded/' + maker, kit.respond(() => root.problem({ status: 409 })))
    }
    const listening = app.listen(0, '127.0.0.1')
    await once(listening, 'listening')
    const origin = 'http://127.0.0.1:' + listening.address().port
    for (const maker of Object.keys(copies)) {
      const one = await fetch(origin + '/' + maker)
      const two = await fetch(origin + '/responded/' + maker)
      found[maker + ' through ' + server] = [one.status, one.headers.get('content-type'), await one.text(), one.headers.get('set-cookie'), two.status, two.headers.get('content-type')]
    }
    listening.close()
  }
  const isOne = copies.imported[0].Reply === copies.required[0].Reply
  const others = [copies.imported, copies.installed, copies.bundled, copies.context].map(([root]) => root)
  const areOthers = new Set(others.map((root) => root.Reply)).size
  const isError = []
  for (const maker of others) {
    let error
    try { maker.defineRoutes({ a: '/a' }).url('b') } catch (thrown) { error = thrown }
    for (const reader of others) {
      isError.push([error.name, error instanceof reader.ResponseKitError, error instanceof reader.RouteNotFoundError, error instanceof reader.SignedUrlError].join(' '))
    }
  }
  console.log(JSON.stringify({ isOne, areOthers, found, isError }))
  process.exit(0)`

describe('several copies of the package in one process', function () {
  this.timeout(60_000)
  let project: Project
  before(async () => {
    project = await createProject({ packages: { express: 'express', jest: 'jest' } })
    const modules = join(project.folder, 'node_modules')
    cpSync(join(modules, 'response-kit'), join(modules, 'second-kit'), { recursive: true })
    project.write('bundle.js', "export * from 'response-kit'\nexport * from 'response-kit/express'\n")
    await bundle('esbuild', {
      folder: project.folder,
      entry: 'bundle.js',
      format: 'esm',
      output: 'bundled',
      external: [],
    })
  })

  it('send the replies and know the errors of one another: imported, required, installed twice, bundled, as in Jest', async () => {
    const result = JSON.parse(await project.node('--input-type=module', '-e', EXCHANGE_REPLIES))
    expect(result.isOne).to.equal(true)
    expect(result.areOthers).to.equal(4)
    expect(result.isError).to.deep.equal(Array(16).fill('RouteNotFoundError true true false'))
    expect(Object.keys(result.found)).to.have.length(25)
    for (const [pair, answers] of Object.entries(result.found)) {
      expect(answers, pair).to.deep.equal([
        201,
        'text/html; charset=utf-8',
        '<b>',
        'a=1; Path=/',
        409,
        'application/problem+json',
      ])
    }
  })

  for (const [system, file, code] of [
    [
      'CommonJS',
      'one.test.cjs',
      `const express = require('express')
      const required = require('response-kit/express')
      const root = require('response-kit')
      const imported = root // without the flag, Jest has no \`import\`: Babel makes \`require\` of it`,
    ],
    [
      'ES modules',
      'one.test.mjs',
      `import { createRequire } from 'node:module'
      import express from 'express'
      import * as imported from 'response-kit'
      import byDefault, { responseKit } from 'response-kit/express'
      const required = createRequire(import.meta.url)('response-kit/express')
      test('the default export is the named one', () => expect(byDefault).toBe(responseKit))`,
    ],
  ] as const) {
    it(`under Jest (${system}), a middleware that was required sends a Reply that was imported`, async () => {
      project.write(
        file,
        `${code}
        test('is sent', async () => {
          const app = express().use(required.responseKit())
          app.get('/', (req, res) => res.reply(imported.html('<b>', { status: 201 })))
          const server = await new Promise((resolve) => { const it = app.listen(0, '127.0.0.1', () => resolve(it)) })
          const response = await fetch('http://127.0.0.1:' + server.address().port + '/')
          expect([response.status, await response.text()]).toEqual([201, '<b>'])
          expect(imported.html('x') instanceof imported.Reply).toBe(true)
          await new Promise((resolve) => server.close(resolve))
        })`,
      )
      const config = { testMatch: [`**/${file}`], moduleFileExtensions: ['mjs', 'cjs', 'js', 'json'], transform: {} }
      project.write('jest.config.json', JSON.stringify({ ...config, testEnvironment: 'node' }))
      const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning']
      const jest = ['node_modules/jest/bin/jest.js', '--ci', '--runInBand', '--config', 'jest.config.json']
      // It rejects, with what Jest says, if a test fails or none is found.
      expect(await project.node(...(system === 'CommonJS' ? [] : flags), ...jest)).to.be.a('string')
    })
  }
})
