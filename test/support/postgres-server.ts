import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { endProcess } from './end-process.js'
import { freePort } from './free-port.js'
import { isInstalled } from './is-installed.js'
import type { StoreServer } from './redis-server.js'
import type { Sandbox } from './sandbox.js'

/** Debian puts the programs of the server on no PATH. */
const DEBIAN = '/usr/lib/postgresql'
const folders = [
  ...(process.env.PATH ?? '').split(':'),
  ...(existsSync(DEBIAN) ? readdirSync(DEBIAN).map((version) => `${DEBIAN}/${version}/bin`) : []),
]
const programs = folders.find((folder) => existsSync(`${folder}/initdb`) && existsSync(`${folder}/postgres`))

/** Whether the tests with PostgreSQL can run. */
export function hasPostgres(what: string): boolean {
  return isInstalled('PostgreSQL', programs !== undefined, what)
}

/** PostgreSQL does not run as root. */
function unprivileged(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const idOf = (flag: string): number => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }))
  return { uid: idOf('-u'), gid: idOf('-g') }
}

/** One PostgreSQL with its data in the sandbox. Resolves when it takes connections: user and database are `postgres`. */
export async function startPostgres(sandbox: Sandbox): Promise<StoreServer> {
  const port = await freePort()
  const data = sandbox.path('data')
  mkdirSync(data, { recursive: true })
  const user = unprivileged()
  if (user !== undefined) {
    chmodSync(sandbox.root, 0o755)
    chownSync(data, user.uid, user.gid)
  }
  const as = { ...user, cwd: data }
  const given = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync']
  execFileSync(`${programs}/initdb`, given, { ...as, stdio: 'ignore' })
  let server: ChildProcess
  const start = async (): Promise<void> => {
    const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off', 'max_connections=40']
    server = spawn(`${programs}/postgres`, ['-D', data, '-p', `${port}`, ...settings.flatMap((each) => ['-c', each])], {
      ...as,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    if (server.stderr === null) throw new Error('no stderr')
    const lines = createInterface(server.stderr)
    for await (const line of lines) if (line.includes('ready to accept connections')) break
    server.stderr.resume()
  }
  await start()
  // SIGQUIT ends all at once, as a crash does: the next start recovers. SIGINT ends in order.
  return { port, restart: start, kill: () => endProcess(server, 'SIGQUIT'), stop: () => endProcess(server, 'SIGINT') }
}
