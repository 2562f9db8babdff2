// node bench/tricks.mjs [name...] [--node PROGRAM] [--rounds N], after npm run build: what each trick of src/shared/wire
// gains, with it and without it, for 1 to 128 connections and for handlers that take 0 and 1 ms.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { load } from './frame/load.mjs'
import { startServer } from './frame/process.mjs'
import { median } from './frame/statistics.mjs'

const here = import.meta.dirname
const folder = mkdtempSync(join(tmpdir(), 'tricks-'))
const files = (count, size) =>
  Array.from({ length: count }, (_, index) => {
    const path = join(folder, `${size}-${index}.bin`)
    writeFileSync(path, Buffer.alloc(size, index + 1))
    return path
  })
const KB = 1024

const cases = {
  prototypesAtBirth: { text: ['express'] },
  pooledBuffers: {
    '128 files of 64 KB': ['express', ...files(128, 64 * KB)],
    '16 files of 1 MB': ['koa', ...files(16, 1024 * KB)],
  },
}

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    node: { type: 'string', default: process.execPath },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '1' },
  },
})

/** Requests a second, and microseconds of the processor for a request. */
async function measureOnce(name, isOn, busyMs, [host, ...paths], connections) {
  const off = isOn ? {} : { BENCH_SWITCH_OFF: name }
  const nodeArgs = isOn ? [] : ['--require', join(here, 'frame/switch-off.cjs')]
  const server = await startServer(join(here, 'frame/trick-server.mjs'), [host, String(busyMs), ...paths], {
    node: flags.node,
    nodeArgs,
    env: off,
  })
  try {
    const url = `http://127.0.0.1:${server.port}/`
    await load(url, { seconds: 1, connections })
    const before = server.cpuTime()
    const { perSecond, requests } = await load(url, { seconds: Number(flags.seconds), connections })
    return { perSecond, cpu: (server.cpuTime() - before) / requests }
  } finally {
    await server.stop()
  }
}

for (const name of positionals.length > 0 ? positionals : Object.keys(cases)) {
  for (const [title, server] of Object.entries(cases[name])) {
    for (const busyMs of [0, 1]) {
      for (const connections of [1, 8, 32, 128]) {
        const speed = []
        const cpu = []
        for (let round = 0; round < Number(flags.rounds); round++) {
          const order = round % 2 === 0 ? [true, false] : [false, true]
          const found = {}
          for (const isOn of order) found[isOn] = await measureOnce(name, isOn, busyMs, server, connections)
          speed.push(found.true.perSecond / found.false.perSecond)
          cpu.push(found.false.cpu / found.true.cpu)
        }
        const cells = [median(speed), median(cpu)].map((ratio) => ratio.toFixed(2))
        console.log(
          `${name}, ${title}, ${busyMs} ms, ${connections} connections: speed ${cells[0]}, by CPU ${cells[1]}`,
        )
      }
    }
  }
}
rmSync(folder, { recursive: true })
