/** Adds a member to a list-based field (RFC 9110 §5.6.1), unless the field has it already. */
export function addMember(staged: string | number | readonly string[] | undefined, member: string): string {
  const before = typeof staged === 'object' ? staged.join(', ') : `${staged ?? ''}`
  if (before === '') return member
  return `, ${before}, `.includes(`, ${member}, `) ? before : `${before}, ${member}`
}

/** Adds field names to a Vary value. A `*` among them stands for all of them (RFC 9110 §12.5.5). */
export function addVary(staged: string | number | readonly string[] | undefined, names: string): string {
  const list = new Map<string, string>() // as they were written, by their name in lower case
  for (const name of `${staged ?? ''},${names}`.split(',')) {
    const trimmed = name.trim()
    const key = trimmed.toLowerCase()
    if (trimmed === '*') return '*'
    if (trimmed !== '' && !list.has(key)) list.set(key, trimmed)
  }
  return [...list.values()].join(', ')
}

/** The index of the first member from `start` on: a list may have empty members (RFC 9110 §5.6.1.2). */
export function skipEmptyMembers(value: string, start: number): number {
  let index = start
  while (index < value.length && SEPARATORS.includes(value[index] ?? '')) index++
  return index
}

const SEPARATORS = ', \t'
