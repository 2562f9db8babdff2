const ROWS = 1_500_000
const ROW_LENGTH = line(0).length

/** A large CSV file that is on no disk: any part of it is made when asked for. */
export const measurements = {
  size: ROWS * ROW_LENGTH,
  type: 'text/csv; charset=utf-8',
  name: 'measurements.csv',
  etag: '"measurements-1"',
  *read({ start, end }) {
    const last = Math.floor(end / ROW_LENGTH)
    for (let first = Math.floor(start / ROW_LENGTH); first <= last; first += 2000) {
      const rows = Array.from({ length: Math.min(2000, last - first + 1) }, (_, index) => line(first + index))
      const offset = first * ROW_LENGTH
      yield Buffer.from(rows.join('')).subarray(Math.max(0, start - offset), end + 1 - offset)
    }
  },
}

/** One row, always as long: second, temperature, humidity. */
function line(second) {
  const temperature = 18 + 6 * Math.sin(second / 14_000)
  const humidity = 55 + 20 * Math.cos(second / 9_000)
  return `${String(second).padStart(8, '0')},${temperature.toFixed(6)},${humidity.toFixed(6)}\n`
}
