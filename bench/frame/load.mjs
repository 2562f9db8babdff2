import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { has, pinned } from './process.mjs'

const run = promisify(execFile)
const withWrk = has('wrk')
export const loadGenerator = withWrk ? 'wrk' : 'autocannon'

/** Requests as fast as they are answered, from a process of its own: how many were answered, and how much a second. */
export async function load(url, { seconds = 1, connections = 32, headers = {} } = {}) {
  const fields = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`])
  const size = ['-c', String(connections), '-d', String(seconds)]
  const { requests, perSecond, bytesPerSecond, failed } = withWrk
    ? readWrk(await execute(['wrk', '-t', '1', ...size, ...fields, url]))
    : readAutocannon(await execute([process.execPath, autocannonPath(), '--json', ...size, ...fields, url]))
  if (failed > 0) throw new Error(`${url}: ${failed} of ${requests} requests failed`)
  return { requests, perSecond, bytesPerSecond }
}

/** Requests at a fixed rate: see `open-loop.mjs`. Times are in milliseconds. */
export async function loadAtRate(url, { rate, seconds, connections }) {
  const script = join(import.meta.dirname, 'open-loop.mjs')
  const found = JSON.parse(
    await execute([process.execPath, script, url, String(rate), String(seconds), String(connections)]),
  )
  if (found.failed > 0) throw new Error(`${url}: ${found.failed} of ${found.requests} requests failed`)
  return found
}

async function execute(command) {
  const [program, ...args] = pinned(1, command)
  return (await run(program, args, { maxBuffer: 1 << 24 })).stdout
}

function readWrk(output) {
  return {
    requests: Number(/(\d+) requests in/.exec(output)?.[1]),
    perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(output)?.[1]),
    bytesPerSecond: bytesOf(/Transfer\/sec:\s+([\d.]+)([KMG]?)B/.exec(output)),
    failed:
      Number(/Non-2xx or 3xx responses: (\d+)/.exec(output)?.[1] ?? 0) +
      Number(/Socket errors: connect (\d+)/.exec(output)?.[1] ?? 0),
  }
}

function bytesOf([, number, unit]) {
  return Number(number) * 1024 ** ['', 'K', 'M', 'G'].indexOf(unit)
}

function readAutocannon(output) {
  const { requests, errors, duration, throughput, '4xx': clientErrors, '5xx': serverErrors } = JSON.parse(output)
  return {
    requests: requests.total,
    perSecond: requests.total / duration,
    bytesPerSecond: throughput.average,
    failed: errors + clientErrors + serverErrors,
  }
}

function autocannonPath() {
  return createRequire(import.meta.url).resolve('autocannon')
}
