import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { isInstalled } from './is-installed.js'

/** A program that reads zip archives. */
export interface ZipTool {
  readonly name: string
  readonly isInstalled: boolean
}

/** A program of the tests. If it is missing, its tests are skipped and say so, but `.ci/run` must have it: `isInstalled`. */
export function findZipTool(name: string, versionArgument: string): ZipTool {
  return { name, isInstalled: isInstalled(name, isThere(name, versionArgument), `zip() with ${name}`) }
}

/** The same for a program that is too large to be installed by `.ci/run`. */
export function findLargeZipTool(name: string, versionArgument: string): ZipTool {
  const tool = { name, isInstalled: isThere(name, versionArgument) }
  if (!tool.isInstalled) console.warn(`\n  !!! ${name} is not installed: the archives are not tested with it\n`)
  return tool
}

function isThere(name: string, versionArgument: string): boolean {
  return spawnSync(name, [versionArgument]).error === undefined
}

/** What a program writes on both outputs. Fails unless it ends with status 0. */
export async function runTool(name: string, args: readonly string[], input?: Buffer): Promise<string> {
  const tool = spawn(name, args, { env: { ...process.env, LC_ALL: 'C.UTF-8' } })
  let output = ''
  for (const stream of [tool.stdout, tool.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  tool.stdin.on('error', () => {}) // a program that has seen enough closes it
  tool.stdin.end(input)
  const [status]: unknown[] = await once(tool, 'close')
  if (status !== 0) throw new Error(`${name} ended with ${status}: ${output}`)
  return output
}
