// Runs the tests that hold src/shared under coverage, and fails if too few of its lines run. Whether the tests pass is
// not asked here: `npm test` asks that, at full speed.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { transformSync } from 'esbuild'

/** Per cent of the lines of src/shared. May only grow. */
const THRESHOLD = 99

const root = join(import.meta.dirname, '..')
const folder = join(root, 'coverage')
/** Nothing is left of such a file when its types are gone, so no line of it can run. */
const hasOnlyTypes = (file) => transformSync(readFileSync(file, 'utf8'), { loader: 'ts' }).code.trim() === ''
const files = readdirSync(join(root, 'src/shared'), { recursive: true }).filter((file) => file.endsWith('.ts'))
const typeFiles = files.map((file) => `src/shared/${file}`).filter((file) => hasOnlyTypes(join(root, file)))
const c8 = [
  'c8',
  '--all',
  '--src',
  'src/shared',
  '--include',
  'src/shared/**',
  ...typeFiles.flatMap((file) => ['--exclude', file]),
  '--reporter',
  'json-summary',
  '-o',
  folder,
]
const runner = [
  'node',
  '--import=tsx/esm', // mocha would load CommonJS first, and import() a second copy of a file
  'node_modules/mocha/bin/mocha.js',
  '--no-config',
  '--require',
  './test/hooks.ts',
]
/** These judge time: under coverage they are slow, and `npm test` runs them. */
const { file: judged } = JSON.parse(readFileSync(join(root, '.mocharc.json'), 'utf8'))
const mocha = [
  ...runner,
  ...judged.flatMap((file) => ['--ignore', file]),
  '--reporter',
  'dot',
  '--timeout',
  '60000',
  'test/{contract,express,koa,shared,testing}/**/*.test.ts',
]
rmSync(folder, { recursive: true, force: true })
// One framework reaches all but some 20 lines of what four reach.
const env = { ...process.env, RESPONSE_KIT_TEST_FRAMEWORKS: 'koa3' }
const { stdout, stderr } = spawnSync('npx', [...c8, ...mocha], { cwd: root, env, encoding: 'utf8', maxBuffer: 2 ** 28 })

const { total, ...each } = JSON.parse(readFileSync(join(folder, 'coverage-summary.json'), 'utf8'))
console.log(`coverage of src/shared: ${total.lines.pct} % of ${total.lines.total} lines`)
const weak = Object.entries(each)
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
