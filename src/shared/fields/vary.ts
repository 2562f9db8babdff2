/** Adds field names to a Vary value; `*` swallows everything (RFC 9110 §12.5.5). */
export function addVary(staged: string | number | readonly string[] | undefined, names: string): string {
  const list = listMembers(`${staged ?? ''}`)
  for (const name of listMembers(names)) {
    if (name === '*' || list[0] === '*') return '*'
    if (!list.some((each) => each.toLowerCase() === name.toLowerCase())) list.push(name)
  }
  return list.join(', ')
}

function listMembers(value: string): string[] {
  return value
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '')
}
