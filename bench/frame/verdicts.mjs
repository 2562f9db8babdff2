import { ratios } from './statistics.mjs'

/** That a contender is at least so many times as fast as another, in one case. */
export function bar(name, contender, reference, atLeast) {
  return { name, contender, reference, atLeast }
}

/** For each bar both sides of which were measured: whether it was reached, by requests a second and by CPU time. */
export function verdictLines(bars, results) {
  return bars.flatMap(({ name, contender, reference, atLeast }) => {
    const rows = results[name]?.rows ?? []
    const [row, other] = [contender, reference].map((wanted) => rows.find((each) => each.name === wanted))
    if (row === undefined || other === undefined) return []
    const speed = ratios(row.perSecond.rounds, other.perSecond.rounds)
    const cpu = ratios(other.cpuMicroseconds.rounds, row.cpuMicroseconds.rounds)
    const verdict = speed.median >= atLeast ? 'met   ' : 'MISSED'
    const byCpu = Number.isNaN(cpu.median) ? '' : ` (CPU time ${cpu.median.toFixed(2)})`
    return [`${verdict} ${name}: ${contender} against ${reference}: ${speed.median.toFixed(2)}${byCpu}, bar ${atLeast}`]
  })
}
