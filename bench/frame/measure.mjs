import { load } from './load.mjs'
import { startServer } from './process.mjs'
import { median } from './statistics.mjs'

/**
 * Measures several servers under the same load, in rounds: each round asks every server once, in an order that moves on
 * by one, so that a busy neighbour hits all of them alike. Each time in a new process, as one and the same code runs
 * faster in one process than in another.
 *
 * @param {{ name: string, script: string | URL, args?: string[], path?: string, headers?: object }[]} contenders
 * @param {{ rounds?: number, seconds?: number, warmUp?: number, connections?: number, node?: string, nodeArgs?: string[],
 *   bytes?: number, check?: (contender: object, origin: string) => Promise<void>, log?: (line: string) => void }} options
 */
export async function measure(contenders, options = {}) {
  const { rounds = 5, check = async () => {}, log = () => {} } = options
  const measured = contenders.map(({ name }) => ({ name, perSecond: [], cpu: [] }))
  for (let round = 0; round < rounds; round++) {
    log(`round ${round + 1} of ${rounds}`)
    for (let step = 0; step < contenders.length; step++) {
      const index = (round + step) % contenders.length
      const { perSecond, cpu } = await measureOnce(contenders[index], options, check)
      measured[index].perSecond.push(perSecond)
      measured[index].cpu.push(cpu)
    }
  }
  return measured.map(({ name, perSecond, cpu }) => ({
    name,
    perSecond: { median: median(perSecond), rounds: perSecond },
    cpuMicroseconds: { median: median(cpu), rounds: cpu },
  }))
}

async function measureOnce(contender, options, check) {
  const { seconds = 1, warmUp = 2, connections = 32, bytes } = options
  const { script, args = [], path = '/', headers } = contender
  const server = await startServer(script.pathname ?? script, args, options)
  try {
    const origin = `http://127.0.0.1:${server.port}`
    await check(contender, origin)
    await load(origin + path, { seconds: warmUp, connections, headers })
    const before = server.cpuTime()
    const loaded = await load(origin + path, { seconds, connections, headers })
    // Of answers that take longer than a round few are complete: their bytes are counted instead.
    const perSecond = bytes === undefined ? loaded.perSecond : loaded.bytesPerSecond / bytes
    const requests = bytes === undefined ? loaded.requests : perSecond * seconds
    return { perSecond, cpu: (server.cpuTime() - before) / requests }
  } finally {
    await server.stop()
  }
}
