// node bench/files.mjs [1k 64k 1m 100m 1k-different 64k-different 1m-different range 304], after `npm run build`: downloads
// beside what the hosts do today. `-different` goes through 128 files in turn, by 32 connections, so that no two requests
// that come in together ask for the same file.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { fileBarLines, fileBars } from './file-bars.mjs'
import { environment, environmentLine } from './frame/environment.mjs'
import { measure } from './frame/measure.mjs'
import { nginxProgram } from './frame/process.mjs'
import { table } from './frame/table.mjs'

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '1' },
    'warm-up': { type: 'string', default: '2' },
    quick: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
    node: { type: 'string', default: process.execPath },
    json: { type: 'string' },
  },
})
const nodeVersion = spawnSync(flags.node, ['-v'], { encoding: 'utf8' }).stdout.trim()

const common = ['Express 5', 'Express 5 + kit', 'Express 5 + createServer + kit']
const whole = [
  'node:http + createReadStream',
  'send on node:http',
  ...common,
  'Koa 3 + koa-send',
  'Koa 3 + kit',
  'Fastify 5 + @fastify/static',
]
const NGINX = 'nginx, sendfile'
if (nginxProgram() === undefined) console.log('nginx is not installed: measured without it')
else whole.push(NGINX)
const cached = ['Express 5 + createServer + kit, cache', 'Express 5 + createServer + kit, cache trusted 1 s']
const koaCached = ['Koa 3 + kit, cache', 'Koa 3 + kit, cache trusted 1 s']
const PLAIN = 'node:http, open + read + one write'
// The same fields by hand: what the framework itself costs, and so the most that a kit on it can reach.
const byHand = ['Express 5 + createServer, by hand', 'Koa 3, by hand']
const different = [PLAIN, ...byHand, ...common, 'Koa 3 + koa-send', 'Koa 3 + kit', 'Fastify 5 + @fastify/static']
const cases = {
  '1k': { size: 1000, names: [...whole, ...cached, ...koaCached] },
  '64k': { size: 64_000, names: [...whole, ...cached, ...koaCached] },
  '1m': { size: 1_000_000, names: whole },
  '100m': { size: 100_000_000, names: whole, seconds: 3, countsBytes: true },
  '1k-different': { size: 1000, files: 128, connections: 32, names: different },
  '64k-different': { size: 64_000, files: 128, connections: 32, names: different },
  '1m-different': { size: 1_000_000, files: 128, connections: 32, names: different },
  range: { size: 100_000_000, names: [...common, 'Koa 3 + kit'], headers: { Range: 'bytes=5000000-5000999' } },
  304: { size: 1000, names: [...common, 'Koa 3 + kit'], isConditional: true },
}

const QUICK = ['1k-different', '64k-different', '1m']
const isChosen = (name, contender) => {
  if (flags.only !== undefined) return flags.only.includes(contender)
  if (!flags.quick) return true
  return fileBars.some((bar) => bar.name === name && [bar.contender, bar.reference].includes(contender))
}

console.log(environmentLine(nodeVersion))
const folder = mkdtempSync(join(tmpdir(), 'response-kit-bench-'))
const results = {}
try {
  for (const name of positionals.length > 0 ? positionals : flags.quick ? QUICK : Object.keys(cases)) {
    const { size, files = 1, connections = 64, names, headers, isConditional, seconds = 1, countsBytes } = cases[name]
    const paths = Array.from({ length: files }, (_, index) => join(folder, `${name}-${index}.bin`))
    for (const path of paths) writeFileSync(path, Buffer.alloc(size, name))
    const condition = isConditional && { 'If-Modified-Since': statSync(paths[0]).mtime.toUTCString() }
    const contenders = names
      .filter((each) => isChosen(name, each))
      .map((each) => ({ name: each, ...serverOf(each, paths), headers: headers ?? condition }))
    const rows = await measure(contenders, {
      rounds: Number(flags.rounds),
      seconds: Number(flags.seconds) * seconds,
      connections,
      warmUp: Number(flags['warm-up']),
      node: flags.node,
      bytes: countsBytes && size,
      check: ({ path = '/' }, origin) =>
        checkAnswer(origin + path, headers ?? condition, isConditional ? 0 : headers ? 1000 : size),
    })
    results[name] = { title: name, rows }
    console.log(`\n${name} (Node ${nodeVersion})\n${table(rows, referenceOf)}`)
    for (const path of paths) rmSync(path)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
const lines = fileBarLines(results)
if (lines.length > 0) console.log(`\n${lines.join('\n')}`)
if (flags.json)
  writeFileSync(flags.json, `${JSON.stringify({ environment: environment(nodeVersion), results }, null, 1)}\n`)

function serverOf(name, paths) {
  if (name !== NGINX) return { script: join(import.meta.dirname, 'file-server.mjs'), args: [name, ...paths] }
  const [path] = paths
  return { script: join(import.meta.dirname, 'nginx-server.mjs'), args: [path], path: path.slice(folder.length) }
}

function referenceOf(name) {
  if (name.startsWith('Express 5 +')) return 'Express 5'
  return name.startsWith('Koa 3 + kit') ? 'Koa 3 + koa-send' : undefined
}

async function checkAnswer(url, headers = {}, length) {
  const response = await new Promise((resolve, reject) => {
    http.get(url, { agent: false, headers }, resolve).once('error', reject)
  })
  let received = 0
  for await (const chunk of response) received += chunk.length
  if (received !== length) throw new Error(`${response.statusCode} with ${received} bytes in place of ${length}`)
}
