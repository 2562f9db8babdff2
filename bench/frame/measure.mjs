import { load } from './load.mjs'
import { startServer } from './process.mjs'
import { median } from './statistics.mjs'

/**
 * Measures several servers under the same load, in rounds: each round asks every server once, in an order that moves on
 * by one, so that a busy neighbour hits all of them alike.
 *
 * @param {{ name: string, script: string | URL, args?: string[], path?: string, headers?: object }[]} contenders
 * @param {{ rounds?: number, seconds?: number, warmUp?: number, connections?: number, node?: string, nodeArgs?: string[],
 *   octets?: number, check?: (contender: object, origin: string) => Promise<void>, log?: (line: string) => void }} options
 */
export async function measure(contenders, options = {}) {
  const {
    rounds = 3,
    seconds = 1,
    warmUp = 2,
    connections = 32,
    octets,
    check = async () => {},
    log = () => {},
  } = options
  const running = []
  try {
    for (const contender of contenders) {
      const { script, args = [], path = '/', headers } = contender
      const server = await startServer(script.pathname ?? script, args, options)
      const origin = `http://127.0.0.1:${server.port}`
      running.push({ contender, server, url: origin + path, headers, perSecond: [], cpu: [] })
      await check(contender, origin)
    }
    for (const { url, headers } of running) await load(url, { seconds: warmUp, connections, headers })
    for (let round = 0; round < rounds; round++) {
      log(`round ${round + 1} of ${rounds}`)
      for (let step = 0; step < running.length; step++) {
        const entry = running[(round + step) % running.length]
        const before = entry.server.cpuTime()
        const loaded = await load(entry.url, { seconds, connections, headers: entry.headers })
        // Of answers that take longer than a round few are complete: their octets are counted instead.
        const perSecond = octets === undefined ? loaded.perSecond : loaded.octetsPerSecond / octets
        const requests = octets === undefined ? loaded.requests : perSecond * seconds
        entry.cpu.push((entry.server.cpuTime() - before) / requests)
        entry.perSecond.push(perSecond)
      }
    }
  } finally {
    await Promise.all(running.map(({ server }) => server.stop()))
  }
  return running.map(({ contender, perSecond, cpu }) => ({
    name: contender.name,
    perSecond: { median: median(perSecond), rounds: perSecond },
    cpuMicroseconds: { median: median(cpu), rounds: cpu },
  }))
}
