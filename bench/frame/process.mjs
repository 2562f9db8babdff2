import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'

/** Whether a program can be found: `taskset` pins processes, `wrk` makes load; neither is needed. */
export function has(program) {
  try {
    execFileSync('which', [program], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Where nginx is, if anywhere: Debian keeps it out of the path of ordinary users. */
export function nginxProgram() {
  return ['nginx', '/usr/sbin/nginx'].find((program) => has(program))
}

const canPin = availableParallelism() > 1 && has('taskset')

/** A command that keeps to one core: the server to the first, the load to the second, if there are two. */
export function pinned(core, command) {
  return canPin ? ['taskset', '-c', String(core), ...command] : command
}

/** Starts a server script that prints its port; `stop()` ends it, `cpuTime()` is what it has used in microseconds. */
export async function startServer(script, args = [], { node = process.execPath, nodeArgs = [], env = {} } = {}) {
  const [program, ...rest] = pinned(0, [node, ...nodeArgs, script, ...args])
  const child = spawn(program, rest, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_ENV: 'production', ...env },
  })
  const started = once(child.stdout, 'data').then(([data]) => Number(String(data).trim()))
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`${script} ${args.join(' ')} ended with ${code} before it listened`)
  })
  const port = await Promise.race([started, failed])
  failed.catch(() => {}) // from here on its end is ours
  return {
    port,
    cpuTime: () => cpuTimeOf(child.pid),
    residentBytes: () => residentBytesOf(child.pid),
    async stop() {
      const ended = once(child, 'exit')
      child.kill()
      await ended
    },
  }
}

/** Over all threads and child processes, from the scheduler's own count (Linux); elsewhere not known. */
function cpuTimeOf(pid) {
  try {
    const tasks = readdirSync(`/proc/${pid}/task`)
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean)
    const nanoseconds = tasks.map((task) =>
      Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]),
    )
    const own = nanoseconds.reduce((sum, each) => sum + each, 0) / 1000
    return children.reduce((sum, child) => sum + cpuTimeOf(child), own)
  } catch {
    return Number.NaN
  }
}

function residentBytesOf(pid) {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024
  } catch {
    return Number.NaN
  }
}
