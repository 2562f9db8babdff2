import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { freePort } from './free-port.js'

/** Whether the tests with Redis can run. If not, a test says so; on CI it is an error. */
export function hasRedis(what: string): boolean {
  if (spawnSync('redis-server', ['--version']).status === 0) return true
  if (process.env.CI) throw new Error(`redis-server is not installed: ${what} would not be tested`)
  it(`is NOT tested: redis-server is not installed (${what})`, function () {
    this.skip()
  })
  return false
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
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return
    const exited = once(server, 'exit')
    server.kill(signal)
    await exited
  }
  await start()
  return { port, restart: start, kill: () => end('SIGKILL'), stop: () => end('SIGTERM') }
}
