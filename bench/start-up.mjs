// What the kit adds to the start of a process: node bench/start-up.mjs [--runs 20] [--node PROGRAM] (after npm run build).
// Each figure is the median of new processes; contenders take turns. Ratios are what to read, not the milliseconds.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'
import { median } from './frame/statistics.mjs'

const root = join(import.meta.dirname, '..')
const { values } = parseArgs({
  options: { runs: { type: 'string', default: '20' }, node: { type: 'string', default: process.execPath } },
})
const runs = Number(values.runs)

/** Loads packages one after another, and says how long each took, what memory they hold and how many files of ours were read. */
const load = (...names) => `
  const took = []
  for (const name of ${JSON.stringify(names)}) {
    const start = performance.now()
    require(name)
    took.push(performance.now() - start)
  }
  gc()
  const { rss, heapUsed } = process.memoryUsage()
  const ours = Object.keys(require.cache).filter((file) => file.startsWith(${JSON.stringify(join(root, 'dist'))}))
  console.log(JSON.stringify({ took, rss, heapUsed, files: ours.length }))`

const LOADS = {
  'Express 5': load('express'),
  'Express 5, kit': load('express', 'response-kit/express'),
  'Koa 3': load('koa'),
  'Koa 3, kit': load('koa', 'response-kit/koa'),
}

/** A function that is started for one request: it answers, and prints how long it took since the process began. */
const ANSWER = `
  const listening = app.listen(0, '127.0.0.1', () => {
    require('node:http').get({ port: listening.address().port, path: '/' }, (response) => {
      response.resume().on('end', () => {
        console.log(JSON.stringify({ total: performance.now(), rss: process.memoryUsage.rss() }))
        process.exit(0)
      })
    })
  })`
const APPS = {
  'Express 5': `const app = require('express')()
    app.get('/', (req, res) => res.status(200).json({ hello: 'world' }))${ANSWER}`,
  'Express 5, kit': `const app = require('express')().use(require('response-kit/express').responseKit())
    app.get('/', (req, res) => res.json({ hello: 'world' }))${ANSWER}`,
  'Koa 3': `const app = new (require('koa'))().use((ctx) => { ctx.body = { hello: 'world' } })${ANSWER}`,
  'Koa 3, kit': `const app = new (require('koa'))().use(require('response-kit/koa').responseKit()).use((ctx) => ctx.json({ hello: 'world' }))${ANSWER}`,
}

const folder = mkdtempSync(join(root, 'bench/.start-up-')) // inside the package, so that `response-kit` is found
try {
  console.log(
    `${cpus()[0].model}, Node.js ${execFileSync(values.node, ['-v'], { encoding: 'utf8' }).trim()}, ${runs} runs`,
  )
  report('require', compareLoads())
  report('from the start of the process to the first answer', await compareAnswers())
} finally {
  rmSync(folder, { recursive: true })
}

function compareLoads() {
  const results = takeTurns(LOADS, (name, code) => ask(`${name} load`, code, ['--expose-gc']))
  return Object.entries(results).map(([name, list]) => {
    const host = results[name.replace(', kit', '')]
    const total = median(list.map(({ took }) => took.reduce((sum, each) => sum + each)))
    const alone = median(host.map(({ took }) => took[0]))
    const memory = (key) => (median(list.map((each) => each[key])) - median(host.map((each) => each[key]))) / 1024
    return {
      '': name,
      ms: total.toFixed(1),
      'added ms': (total - alone).toFixed(1),
      ratio: (total / alone).toFixed(2),
      'added heap kB': memory('heapUsed').toFixed(0),
      'added RSS kB': memory('rss').toFixed(0),
      'files of ours': list[0].files,
    }
  })
}

async function compareAnswers() {
  const contenders = {}
  for (const [name, code] of Object.entries(APPS)) {
    contenders[name] = { file: write(`${name}.cjs`, code), host: name.replace(', kit', '') }
    contenders[`${name}, one file`] = { file: await bundled(name), host: `${name.replace(', kit', '')}, one file` }
  }
  const results = takeTurns(contenders, (_name, { file }) => run([file]))
  return Object.entries(results).map(([name, list]) => {
    const total = median(list.map((each) => each.total))
    const host = results[contenders[name].host]
    const alone = median(host.map((each) => each.total))
    const memory = (median(list.map(({ rss }) => rss)) - median(host.map(({ rss }) => rss))) / 1024
    const row = {
      '': name,
      ms: total.toFixed(1),
      'added ms': (total - alone).toFixed(1),
      ratio: (total / alone).toFixed(2),
    }
    return { ...row, 'added RSS kB': memory.toFixed(0) }
  })
}

/** As a serverless deployment is made: one minified file, by an app that has not installed the optional package. */
async function bundled(name) {
  const outfile = join(folder, `${name} bundle.cjs`)
  const external = ['fast-json-stringify']
  const options = { bundle: true, minify: true, platform: 'node', format: 'cjs', logLevel: 'error', external }
  await build({ ...options, entryPoints: [join(folder, `${name}.cjs`)], outfile })
  return outfile
}

function takeTurns(contenders, measure) {
  const results = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]))
  for (let turn = 0; turn <= runs; turn++) {
    for (const [name, contender] of Object.entries(contenders)) {
      const result = measure(name, contender)
      if (turn > 0) results[name].push(result) // the first one fills the cache of the disk
    }
  }
  return results
}

function write(name, code) {
  const file = join(folder, name)
  writeFileSync(file, code)
  return file
}

function ask(name, code, flags) {
  return run([...flags, write(`${name}.cjs`, code)])
}

function run(args) {
  const env = { ...process.env, NODE_ENV: 'production' }
  return JSON.parse(execFileSync(values.node, args, { cwd: root, encoding: 'utf8', env }))
}

function report(title, rows) {
  console.log(`\n${title}`)
  console.table(Object.fromEntries(rows.map(({ '': name, ...row }) => [name, row])))
}
