// npm run bench [case...] [-- options]: see docs/performance.md.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { barLines, bars } from './bars.mjs'
import { contenders } from './contenders.mjs'
import { drawChart } from './frame/chart.mjs'
import { environment, environmentLine } from './frame/environment.mjs'
import { measure } from './frame/measure.mjs'
import { table } from './frame/table.mjs'
import { createSameBytesCheck } from './same-bytes.mjs'

const here = import.meta.dirname
const known = readdirSync(join(here, 'cases')).map((file) => file.replace('.mjs', ''))
const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    node: { type: 'string', default: process.execPath },
    /** Only what decides a bar, in short rounds: five minutes. */
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    seconds: { type: 'string', default: '1' },
    connections: { type: 'string', default: '32' },
    only: { type: 'string', multiple: true },
    json: { type: 'string' },
    svg: { type: 'string' },
  },
})

const rounds = flags.rounds ?? (flags.quick ? '3' : '5')
const nodeVersion = spawnSync(flags.node, ['-v'], { encoding: 'utf8' }).stdout.trim()

function runScript(name, args = []) {
  const path = join(here, `${name}.mjs`)
  if (!existsSync(path)) throw new Error(`no case '${name}': there are ${known.join(', ')} and the scripts in bench/`)
  const { status } = spawnSync(process.execPath, [path, ...args], { stdio: 'inherit' })
  process.exitCode ||= status
}

const scripts = positionals.filter((name) => !known.includes(name))
for (const script of scripts) runScript(script)

const quickBars = flags.quick ? bars(nodeVersion) : undefined
function isChosen(name, contender) {
  if (flags.only !== undefined) return flags.only.includes(contender)
  if (quickBars === undefined) return true
  return quickBars.some((bar) => bar.name === name && [bar.contender, bar.reference].includes(contender))
}

const asked = positionals.filter((name) => known.includes(name))
const all = quickBars === undefined ? known : known.filter((name) => quickBars.some((bar) => bar.name === name))
const names = positionals.length === 0 ? all : asked
const results = {}
if (names.length > 0) console.log(environmentLine(nodeVersion))
for (const name of names) {
  const benchCase = await import(`./cases/${name}.mjs`)
  const chosen = (benchCase.contenders ?? Object.keys(contenders)).filter((each) => isChosen(name, each))
  const measured = await measure(
    chosen.map((contender) => ({ name: contender, script: join(here, 'server.mjs'), args: [contender, name] })),
    {
      node: flags.node,
      rounds: Number(rounds),
      seconds: Number(flags.seconds),
      warmUp: flags.quick ? 1 : 2,
      connections: Number(flags.connections),
      check: createSameBytesCheck(benchCase),
      log: (line) => process.stderr.isTTY && process.stderr.write(`\r${benchCase.title}: ${line} `),
    },
  )
  results[name] = { title: benchCase.title, rows: measured }
  console.log(`\n${benchCase.title} (Node ${nodeVersion})\n${table(measured, benchCase.referenceOf)}`)
}

if (names.length > 0) {
  const lines = barLines(results, nodeVersion)
  if (lines.length > 0) console.log(`\n${lines.join('\n')}`)
  const facts = environment(nodeVersion)
  if (flags.json) writeFileSync(flags.json, `${JSON.stringify({ environment: facts, results }, null, 1)}\n`)
  if (flags.svg) writeFileSync(flags.svg, drawChart(results, facts))
}
if (flags.quick && positionals.length === 0) {
  runScript('files', ['--quick', '--node', flags.node, '--rounds', rounds, '--warm-up', '1'])
}
