import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
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
  const areOthers = new Set([copies.imported, copies.installed, copies.context].map(([root]) => root.Reply)).size
  console.log(JSON.stringify({ isOne, areOthers, found }))
  process.exit(0)`

describe('several copies of the package in one process', function () {
  this.timeout(60_000)
  let project: Project
  before(async () => {
    project = await createProject({ packages: { express: 'express' } })
    const modules = join(project.folder, 'node_modules')
    cpSync(join(modules, 'response-kit'), join(modules, 'second-kit'), { recursive: true })
  })

  it('send the replies of one another: imported, required, installed twice, in a context as of Jest', async () => {
    const result = JSON.parse(await project.node('--input-type=module', '-e', EXCHANGE_REPLIES))
    expect(result.isOne).to.equal(true)
    expect(result.areOthers).to.equal(3)
    expect(Object.keys(result.found)).to.have.length(16)
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
})
