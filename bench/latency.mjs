// node bench/latency.mjs [text 64k-different ...] [--node PROGRAM] [--rounds N], after npm run build: the time to answer if requests
// come at a fixed rate, which is half of what the slowest contender of the case can do. Medians of the rounds, each round in
// new processes.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { environmentLine } from './frame/environment.mjs'
import { load, loadAtRate } from './frame/load.mjs'
import { startServer } from './frame/process.mjs'
import { median } from './frame/statistics.mjs'

const here = import.meta.dirname
const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    node: { type: 'string', default: process.execPath },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '2' },
    connections: { type: 'string', default: '32' },
  },
})
const connections = Number(flags.connections)

const folder = mkdtempSync(join(tmpdir(), 'response-kit-bench-'))
const ofCase = (name) => ({
  names: ['Express 5', 'Express 5 + kit', 'Express 5 + createServer + kit', 'Koa 3', 'Koa 3 + kit'],
  start: (contender) => startServer(join(here, 'server.mjs'), [contender, name], { node: flags.node }),
})
const ofFiles = (size) => {
  const paths = Array.from({ length: 128 }, (_, index) => join(folder, `${size}-${index}.bin`))
  for (const path of paths) writeFileSync(path, Buffer.alloc(size, 'x'))
  return {
    names: [
      'node:http, open + read + one write',
      'Express 5',
      'Express 5 + createServer + kit',
      'Koa 3 + koa-send',
      'Koa 3 + kit',
    ],
    start: (contender) => startServer(join(here, 'file-server.mjs'), [contender, ...paths], { node: flags.node }),
  }
}
const cases = {
  text: () => ofCase('text'),
  'text-after-200us': () => ofCase('text-after-200us'),
  'text-after-2ms': () => ofCase('text-after-2ms'),
  '1k-different': () => ofFiles(1000),
  '64k-different': () => ofFiles(64_000),
}

async function withServer(start, contender, use) {
  const server = await start(contender)
  try {
    const url = `http://127.0.0.1:${server.port}/`
    await load(url, { seconds: 1, connections }) // warm-up
    return await use(url)
  } finally {
    await server.stop()
  }
}

const version = spawnSync(flags.node, ['-v'], { encoding: 'utf8' }).stdout.trim()
console.log(environmentLine(version))
try {
  for (const name of positionals.length > 0 ? positionals : Object.keys(cases)) {
    const { names, start } = cases[name]()
    const most = []
    for (const contender of names) {
      most.push(
        await withServer(start, contender, async (url) => (await load(url, { seconds: 1, connections })).perSecond),
      )
    }
    const rate = Math.floor(Math.min(...most) / 2)
    const found = names.map(() => ({ p50: [], p99: [] }))
    for (let round = 0; round < Number(flags.rounds); round++) {
      for (const [index, contender] of names.entries()) {
        const { p50, p99 } = await withServer(start, contender, (url) =>
          loadAtRate(url, { rate, seconds: Number(flags.seconds), connections }),
        )
        found[index].p50.push(p50)
        found[index].p99.push(p99)
      }
    }
    console.log(`\n${name}, ${rate} requests a second`)
    for (const [index, contender] of names.entries()) {
      const [p50, p99] = [found[index].p50, found[index].p99].map((times) => median(times).toFixed(2))
      const maximum = Math.round(most[index]).toLocaleString('en')
      console.log(`  ${contender.padEnd(36)} p50 ${p50} ms, p99 ${p99} ms (most: ${maximum} requests/s)`)
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
