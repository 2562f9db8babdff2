import { ratios } from './statistics.mjs'

/** That a contender is at least so many times as fast as another, in one case. */
export function bar(name, contender, reference, atLeast) {
  return { name, contender, reference, atLeast }
}

/** The major version of `v24.1.0`. */
export function majorOf(nodeVersion) {
  return Number(/^v(\d+)/.exec(nodeVersion)?.[1])
}

/** For each bar both sides of which were measured: whether it was reached, by requests a second and by CPU time. */
export function verdictLines(bars, results) {
  return bars.flatMap(({ name, contender, reference, atLeast }) => {
    const rows = results[name]?.rows ?? []
    const [row, other] = [contender, reference].map((wanted) => rows.find((each) => each.name === wanted))
    if (row === undefined || other === undefined) return []
    const speed = ratios(row.perSecond.rounds, other.perSecond.rounds)
    const cpu = ratios(other.cpuMicroseconds.rounds, row.cpuMicroseconds.rounds)
    const verdict = verdictOf(speed, atLeast)
    const byCpu = Number.isNaN(cpu.median) ? '' : ` (CPU time ${cpu.median.toFixed(2)})`
    return [`${verdict} ${name}: ${contender} against ${reference}: ${speed.median.toFixed(2)}${byCpu}, bar ${atLeast}`]
  })
}

/** Less than 5 % below the bar is noise on a shared machine if at least one round reached it. */
function verdictOf({ median, high }, atLeast) {
  if (median >= atLeast) return 'met    '
  return median >= atLeast * 0.95 && high >= atLeast ? 'unclear' : 'MISSED '
}
