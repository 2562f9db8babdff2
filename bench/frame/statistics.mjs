export function median(values) {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b)
  if (sorted.length === 0) return Number.NaN
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** The median of the ratios round by round, and the lowest and highest of them: what a slow minute does, it does to both. */
export function ratios(values, references) {
  const each = values.map((value, round) => value / references[round])
  return { median: median(each), low: Math.min(...each), high: Math.max(...each) }
}
