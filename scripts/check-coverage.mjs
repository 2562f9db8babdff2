// Runs the tests that hold src/shared under coverage, and fails if too few of its lines run. Whether the tests pass is
// not asked here: `npm test` asks that, at full speed.
import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/** Per cent of the lines of src/shared. May only grow. */
const THRESHOLD = 97

const root = join(import.meta.dirname, '..')
const folder = join(root, 'coverage')
const c8 = [
  'c8',
  '--all',
  '--src',
  'src/shared',
  '--include',
  'src/shared/**',
  '--reporter',
  'json-summary',
  '-o',
  folder,
]
const runner = [
  'node',
  '--import=tsx',
  'node_modules/mocha/bin/mocha.js',
  '--no-config',
  '--require',
  './test/hooks.ts',
]
const mocha = [
  ...runner,
  '--reporter',
  'dot',
  '--timeout',
  '60000',
  'test/{contract,express,koa,shared,testing}/**/*.test.ts',
]
rmSync(folder, { recursive: true, force: true })
// The code of src/shared is the same for both versions of a framework.
const env = { ...process.env, RESPONSE_KIT_TEST_FRAMEWORKS: 'express5,koa3' }
const { stdout, stderr } = spawnSync('npx', [...c8, ...mocha], { cwd: root, env, encoding: 'utf8', maxBuffer: 2 ** 28 })

const { total, ...files } = JSON.parse(readFileSync(join(folder, 'coverage-summary.json'), 'utf8'))
console.log(`coverage of src/shared: ${total.lines.pct} % of ${total.lines.total} lines`)
const weak = Object.entries(files)
  .map(([file, { lines }]) => ({
    file: file.slice(root.length + 1),
    missed: lines.total - lines.covered,
    pct: lines.pct,
  }))
  .filter(({ missed }) => missed > 0)
  .sort((one, other) => other.missed - one.missed)
for (const { file, missed, pct } of weak.slice(0, 10)) console.log(`  ${file}: ${missed} lines do not run (${pct} %)`)
if (total.lines.pct < THRESHOLD) {
  console.log(`that is below ${THRESHOLD} %; the tests said:\n${stdout.slice(-3000)}\n${stderr.slice(-3000)}`)
  process.exitCode = 1
}
