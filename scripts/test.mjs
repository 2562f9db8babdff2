// Runs every test: first, and alone, those that judge time, then the others in two processes at once, because one process
// uses one core. What is written after `npm test --` goes to each of the three.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, sep } from 'node:path'

const root = join(import.meta.dirname, '..')
const { file: judgesOfTime, require: hooks } = JSON.parse(readFileSync(join(root, '.mocharc.json'), 'utf8'))
const files = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts') && !name.includes('node_modules'))
  .map((name) => `test/${name.replaceAll(sep, '/')}`)
  .filter((name) => !judgesOfTime.includes(name))
  .sort()

/** Of one test, in milliseconds: longer than in `.mocharc.json`, because it shares the machine with another. */
const TIMEOUT = 60_000

const isOfEachFramework = (name) => /^test\/(?:contract|express|koa)\//.test(name)

/** Runs one part of the tests. Gives what it has printed, which is also shown while it runs if `isShown`. */
async function run(part, { isShown }) {
  const runner = ['--import', 'tsx', 'node_modules/mocha/bin/mocha.js', '--no-config', '--timeout', String(TIMEOUT)]
  const options = [...hooks.flatMap((file) => ['--require', file]), ...process.argv.slice(2)]
  if (process.stdout.isTTY) options.push('--color')
  const child = spawn(process.execPath, [...runner, ...options, ...part], {
    cwd: root,
    stdio: ['inherit', 'pipe', 'inherit'],
  })
  const end = once(child, 'exit')
  let printed = ''
  for await (const piece of child.stdout.setEncoding('utf8')) {
    printed += piece
    if (isShown) process.stdout.write(piece)
  }
  const [code] = await end
  return { hasFailed: code !== 0, isShown, printed }
}

const results = [await run(judgesOfTime, { isShown: true })]
const parts = [files.filter(isOfEachFramework), files.filter((name) => !isOfEachFramework(name))]
if (availableParallelism() > 1) {
  results.push(...(await Promise.all(parts.map((part, index) => run(part, { isShown: index === 0 })))))
} else {
  for (const part of parts) results.push(await run(part, { isShown: true }))
}
for (const { isShown, printed } of results) if (!isShown) process.stdout.write(printed)
// The failures of an earlier part are far above: the output ends with all of them. A part that has crashed has no list of them.
const failed = results.filter(({ hasFailed }) => hasFailed)
for (const { printed } of failed) {
  const summary = printed.lastIndexOf(' passing (')
  process.stdout.write(printed.slice(summary === -1 ? -2000 : summary))
}
console.log(failed.length > 0 ? `${failed.length} of ${results.length} parts of the tests failed` : 'all tests passed')
process.exitCode = failed.length > 0 ? 1 : 0
