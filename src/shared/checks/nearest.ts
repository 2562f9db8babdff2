/** Names of this length or more are no misspellings: they are compared with nothing. */
const LONGEST_NAME = 80
const MOST_NAMES = 1000

/**
 * The known names most like a misspelt one, nearest first: at most three, none further than a third of its length.
 * Clients may choose the name, so the work is bounded: only the first 1,000 known names count.
 */
export function nearestNames(name: string, known: Iterable<string>): string[] {
  if (name.length > LONGEST_NAME) return []
  const limit = Math.max(2, Math.floor(name.length / 3))
  const found: { readonly candidate: string; readonly distance: number }[] = []
  const wanted = name.toLowerCase()
  let count = 0
  for (const candidate of known) {
    if (count++ === MOST_NAMES) break
    if (Math.abs(candidate.length - name.length) > limit) continue
    const distance = editDistance(wanted, candidate.toLowerCase(), limit)
    if (distance <= limit) found.push({ candidate, distance })
  }
  found.sort((a, b) => a.distance - b.distance)
  return found.slice(0, 3).map(({ candidate }) => candidate)
}

/** ` (did you mean 'a' or 'b'?)`, or an empty text. */
export function didYouMean(name: string, known: Iterable<string>): string {
  const names = nearestNames(name, known)
  return names.length === 0 ? '' : ` (did you mean ${names.map((each) => `'${each}'`).join(' or ')}?)`
}

/** The Levenshtein distance, or any number above `limit`. Cells further than `limit` from the diagonal are left out. */
function editDistance(a: string, b: string, limit: number): number {
  const beyond = limit + 1
  let previous = Array.from({ length: b.length + 1 }, (_, column) => Math.min(column, beyond))
  for (let row = 1; row <= a.length; row++) {
    const first = Math.max(1, row - limit)
    const last = Math.min(b.length, row + limit)
    const current: number[] = new Array(b.length + 1).fill(beyond)
    if (first === 1) current[0] = Math.min(row, beyond)
    let least = current[0] ?? beyond
    for (let column = first; column <= last; column++) {
      const substitution = (previous[column - 1] ?? beyond) + (a[row - 1] === b[column - 1] ? 0 : 1)
      const distance = Math.min(substitution, (previous[column] ?? beyond) + 1, (current[column - 1] ?? beyond) + 1)
      current[column] = distance
      if (distance < least) least = distance
    }
    if (least > limit) return beyond
    previous = current
  }
  return previous[b.length] ?? beyond
}
