import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
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
    server = await startUntil(given, 'Ready to accept connections')
  }
  await start()
  return { port, restart: start, kill: () => endProcess(server, 'SIGKILL'), stop: () => endProcess(server, 'SIGTERM') }
}

/** A cluster of so many masters, each with its share of the slots, in the order of the slots. */
export async function startCluster(folder: string, size: 3): Promise<readonly [StoreServer, StoreServer, StoreServer]>
export async function startCluster(folder: string, size: 1): Promise<readonly [StoreServer]>
export async function startCluster(folder: string, size: number): Promise<readonly StoreServer[]> {
  // The port of a node's bus is by default 10,000 above its own, which may be more than there are.
  const busPorts = await Promise.all(Array.from({ length: size }, freePort))
  const nodes = await Promise.all(
    busPorts.map((busPort, index) => {
      const files = ['--cluster-config-file', join(folder, `nodes-${index}.conf`)]
      const bus = ['--cluster-port', `${busPort}`, '--cluster-announce-ip', '127.0.0.1']
      return startRedis(undefined, ['--cluster-enabled', 'yes', ...files, ...bus])
    }),
  )
  const admins = nodes.map(({ port }) => new Redis(port, '127.0.0.1'))
  const bounds = Array.from({ length: size + 1 }, (_, index) => Math.round((index * 16_384) / size))
  for (const [index, admin] of admins.entries()) {
    await admin.call('CLUSTER', 'ADDSLOTSRANGE', `${bounds[index]}`, `${(bounds[index + 1] ?? 0) - 1}`)
    await admin.call('CLUSTER', 'SET-CONFIG-EPOCH', `${index + 1}`)
  }
  for (const [index, { port }] of nodes.entries()) {
    if (index > 0) await admins[0]?.call('CLUSTER', 'MEET', '127.0.0.1', `${port}`, `${busPorts[index]}`)
  }
  const isWhole = async (admin: Redis): Promise<boolean> => {
    const info = String(await admin.call('CLUSTER', 'INFO'))
    return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${size}\r`)
  }
  for (const admin of admins) while (!(await isWhole(admin))) await delay(20)
  for (const admin of admins) admin.disconnect()
  return nodes
}

/**
 * A Sentinel that watches a master by the name `main`. One Sentinel is the whole quorum. Resolves when it knows the replica,
 * which has all that the master has.
 */
export async function startSentinel(
  folder: string,
  { master, replica }: { readonly master: StoreServer; readonly replica: StoreServer },
): Promise<StoreServer> {
  const copy = new Redis(replica.port, '127.0.0.1')
  while (!String(await copy.call('ROLE')).includes(',connected,')) await delay(20)
  copy.disconnect()
  const port = await freePort()
  const file = join(folder, 'sentinel.conf')
  const watched = `sentinel monitor main 127.0.0.1 ${master.port} 1\nsentinel down-after-milliseconds main 2000\n`
  writeFileSync(file, `port ${port}\nbind 127.0.0.1\ndir ${folder}\n${watched}`)
  const server = await startUntil([file, '--sentinel'], `+slave slave 127.0.0.1:${replica.port}`)
  return {
    port,
    kill: () => endProcess(server, 'SIGKILL'),
    stop: () => endProcess(server, 'SIGTERM'),
    restart: () => Promise.reject(new Error('a Sentinel is not started again')),
  }
}

/** Starts redis-server, and waits for what it writes then. */
async function startUntil(given: readonly string[], sign: string): Promise<ChildProcess> {
  const server = spawn('redis-server', given)
  let text = ''
  for await (const part of server.stdout) {
    text += String(part)
    if (text.includes(sign)) return server
  }
  throw new Error(`redis-server has ended:\n${text}`)
}
