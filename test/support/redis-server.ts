import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { endProcess } from './end-process.js'
import { freePort } from './free-port.js'
import { isInstalled } from './is-installed.js'

/** Whether the tests with Redis can run. */
export function hasRedis(what: string): boolean {
  return isInstalled('redis-server', spawnSync('redis-server', ['--version']).status === 0, what)
}

/** A server of a store that a test can kill and start again, with what it has on the disk. */
export interface StoreServer {
  readonly port: number
  /** Ends the server as a crash does. */
  kill(): Promise<void>
  /** Starts the killed server again. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/**
 * One redis-server. Resolves when it takes connections. With `folder` it writes each command to the disk, so that nothing is
 * lost if it is killed. Without it, everything is in memory.
 */
export async function startRedis(folder?: string, more: readonly string[] = []): Promise<StoreServer> {
  const port = await freePort()
  const persistence = folder === undefined ? ['--appendonly', 'no'] : ['--appendonly', 'yes', '--dir', folder]
  const given = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', ...persistence, ...more]
  let server: ChildProcess
  const start = async (): Promise<void> => {
    server = spawn('redis-server', given)
    for await (const line of server.stdout ?? []) if (String(line).includes('Ready to accept connections')) break
  }
  await start()
  return { port, restart: start, kill: () => endProcess(server, 'SIGKILL'), stop: () => endProcess(server, 'SIGTERM') }
}
