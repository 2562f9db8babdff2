/** A value a query parameter can have; `undefined` is skipped. */
export type QueryValue = string | number | boolean | undefined
/** Query parameters by name; an array repeats its key. */
export type QueryValues = Readonly<Record<string, QueryValue | readonly QueryValue[]>>

/** `name=value&...` in UTF-8, percent-encoded, in the order given; empty where nothing is left. Throws `TypeError`. */
export function serializeQuery(values: QueryValues): string {
  let query = ''
  for (const [name, value] of Object.entries(values)) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (each === undefined) continue
      if (query !== '') query += '&'
      query += `${encode(name, name)}=${encode(valueText(name, each), name)}`
    }
  }
  return query
}

function valueText(name: string, value: unknown): string {
  if (typeof value === 'string' || typeof value === 'boolean') return String(value)
  if (typeof value === 'number' && Number.isFinite(value)) return String(value)
  throw invalidQuery(name, 'must be a string, a finite number, a boolean or an array of these')
}

function encode(text: string, name: string): string {
  try {
    return encodeURIComponent(text)
  } catch {
    throw invalidQuery(name, 'must be well-formed Unicode')
  }
}

function invalidQuery(name: string, reason: string): TypeError {
  return Object.assign(new TypeError(`query parameter '${name}' ${reason}`), { code: 'INVALID_ARGUMENT' })
}
