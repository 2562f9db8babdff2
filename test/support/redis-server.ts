import { spawn, spawnSync } from 'node:child_process'
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

/** One redis-server that keeps everything in memory. Resolves when it takes connections. */
export async function startRedis(): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const port = await freePort()
  const server = spawn('redis-server', ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'])
  for await (const line of server.stdout) if (String(line).includes('Ready to accept connections')) break
  return {
    port,
    async stop() {
      const exited = once(server, 'exit')
      server.kill()
      await exited
    },
  }
}
