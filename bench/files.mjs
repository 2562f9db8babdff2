// node bench/files.mjs [1k 64k 1m 100m range 304]: downloads beside what the hosts do today, after `npm run build`.
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { measure } from './frame/measure.mjs'
import { table } from './frame/table.mjs'

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '1' },
    only: { type: 'string' },
  },
})

const common = ['Express 5', 'Express 5 + kit', 'Express 5 + createServer + kit']
const whole = [
  'node:http + createReadStream',
  'send on node:http',
  ...common,
  'Koa 3 + koa-send',
  'Koa 3 + kit',
  'Fastify 5 + @fastify/static',
]
const cached = ['Express 5 + createServer + kit, cache', 'Express 5 + createServer + kit, cache trusted 1 s']
const koaCached = ['Koa 3 + kit, cache', 'Koa 3 + kit, cache trusted 1 s']
const cases = {
  '1k': { size: 1000, names: [...whole, ...cached, ...koaCached] },
  '64k': { size: 64_000, names: [...whole, ...cached, ...koaCached] },
  '1m': { size: 1_000_000, names: whole },
  '100m': { size: 100_000_000, names: whole },
  range: { size: 100_000_000, names: [...common, 'Koa 3 + kit'], headers: { Range: 'bytes=5000000-5000999' } },
  304: { size: 1000, names: [...common, 'Koa 3 + kit'], isConditional: true },
}

const folder = mkdtempSync(join(tmpdir(), 'response-kit-bench-'))
try {
  for (const name of positionals.length > 0 ? positionals : Object.keys(cases)) {
    const { size, names, headers, isConditional } = cases[name]
    const path = join(folder, `${name}.bin`)
    writeFileSync(path, Buffer.alloc(size, name))
    const script = join(import.meta.dirname, 'file-server.mjs')
    const condition = isConditional && { 'If-Modified-Since': statSync(path).mtime.toUTCString() }
    const contenders = names
      .filter((each) => flags.only === undefined || each.includes(flags.only))
      .map((each) => ({ name: each, script, args: [each, path], headers: headers ?? condition }))
    const measured = await measure(contenders, {
      rounds: Number(flags.rounds),
      seconds: Number(flags.seconds) * (size > 10_000_000 && headers === undefined ? 3 : 1),
      connections: 64,
      check: (_contender, origin) =>
        checkAnswer(origin, headers ?? condition, isConditional ? 0 : headers ? 1000 : size),
    })
    console.log(`\n${name}\n${table(measured, referenceOf)}`)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function referenceOf(name) {
  if (name.startsWith('Express 5 +')) return 'Express 5'
  return name.startsWith('Koa 3 + kit') ? 'Koa 3 + koa-send' : undefined
}

async function checkAnswer(origin, headers = {}, length) {
  const response = await new Promise((resolve, reject) => {
    http.get(origin, { agent: false, headers }, resolve).once('error', reject)
  })
  let received = 0
  for await (const chunk of response) received += chunk.length
  if (received !== length) throw new Error(`${response.statusCode} with ${received} octets in place of ${length}`)
}
