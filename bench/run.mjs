// npm run bench [case...] [-- options]: see docs/performance.md.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { barLines } from './bars.mjs'
import { contenders } from './contenders.mjs'
import { drawChart } from './frame/chart.mjs'
import { loadGenerator } from './frame/load.mjs'
import { measure } from './frame/measure.mjs'
import { table } from './frame/table.mjs'
import { createSameBytesCheck } from './same-bytes.mjs'

const here = import.meta.dirname
const known = readdirSync(join(here, 'cases')).map((file) => file.replace('.mjs', ''))
const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    node: { type: 'string', default: process.execPath },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '1' },
    connections: { type: 'string', default: '32' },
    only: { type: 'string', multiple: true },
    json: { type: 'string' },
    svg: { type: 'string' },
  },
})

const scripts = positionals.filter((name) => !known.includes(name))
for (const script of scripts) {
  const path = join(here, `${script}.mjs`)
  if (!existsSync(path)) throw new Error(`no case '${script}': there are ${known.join(', ')} and the scripts in bench/`)
  const { status } = spawnSync(flags.node, [path], { stdio: 'inherit' })
  process.exitCode ||= status
}

const names = positionals.length === 0 ? known : positionals.filter((name) => known.includes(name))
const nodeVersion = spawnSync(flags.node, ['-v'], { encoding: 'utf8' }).stdout.trim()
const results = {}
for (const name of names) {
  const benchCase = await import(`./cases/${name}.mjs`)
  const chosen = (benchCase.contenders ?? Object.keys(contenders)).filter((each) => flags.only?.includes(each) ?? true)
  const measured = await measure(
    chosen.map((contender) => ({ name: contender, script: join(here, 'server.mjs'), args: [contender, name] })),
    {
      node: flags.node,
      rounds: Number(flags.rounds),
      seconds: Number(flags.seconds),
      connections: Number(flags.connections),
      check: createSameBytesCheck(benchCase),
      log: (line) => process.stderr.isTTY && process.stderr.write(`\r${benchCase.title}: ${line} `),
    },
  )
  results[name] = { title: benchCase.title, rows: measured }
  console.log(`\n${benchCase.title} (Node ${nodeVersion}, ${loadGenerator})\n${table(measured, benchCase.referenceOf)}`)
}

if (names.length > 0) {
  const bars = barLines(results, nodeVersion)
  if (bars.length > 0) console.log(`\n${bars.join('\n')}`)
  const environment = {
    node: nodeVersion,
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    loadGenerator,
    date: new Date().toISOString(),
  }
  if (flags.json) writeFileSync(flags.json, `${JSON.stringify({ environment, results }, null, 1)}\n`)
  if (flags.svg) writeFileSync(flags.svg, drawChart(results, environment))
}
