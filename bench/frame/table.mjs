import { ratios } from './statistics.mjs'

/** Rows against the one they are compared with: by default the first. */
export function table(rows, referenceOf = () => rows[0]?.name) {
  const lines = rows.map((row) => {
    const reference = rows.find(({ name }) => name === referenceOf(row.name))
    const cells = [Math.round(row.perSecond.median).toLocaleString('en'), row.cpuMicroseconds.median.toFixed(1)]
    if (reference === undefined) return [row.name, ...cells, '', '']
    const speed = ratios(row.perSecond.rounds, reference.perSecond.rounds)
    const cpu = ratios(reference.cpuMicroseconds.rounds, row.cpuMicroseconds.rounds)
    return [row.name, ...cells, show(speed), show(cpu)]
  })
  const head = ['', 'requests/s', 'CPU µs', 'ratio (low–high)', 'ratio by CPU time']
  const widths = head.map((title, column) => Math.max(title.length, ...lines.map((line) => line[column].length)))
  const format = (line) =>
    line.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join('  ')
  return [head, ...lines].map(format).join('\n')
}

function show({ median, low, high }) {
  return Number.isNaN(median) ? '-' : `${median.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})`
}
