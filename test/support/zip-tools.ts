import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'

/** A program that reads zip archives. */
export interface ZipTool {
  readonly name: string
  readonly isInstalled: boolean
}

/** Tells loudly that a program is missing: its tests are skipped. */
export function findZipTool(name: string, versionArgument: string): ZipTool {
  const isInstalled = spawnSync(name, [versionArgument]).error === undefined
  if (!isInstalled) console.warn(`\n  !!! ${name} is not installed: the archives are not tested with it\n`)
  return { name, isInstalled }
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
