import { isError } from '../checks/errors.js'

/** Why a value could not be written as JSON, and at which path in it. */
export function describeJsonFailure(root: unknown, cause: unknown): string {
  const reason = isError(cause) ? (cause.message.split('\n', 1)[0] ?? '') : String(cause)
  const found = findCulprit(root)
  return `value cannot be written as JSON: ${found ?? reason}`
}

const MAX_DEPTH = 1000

/** The first BigInt, circle or failing `toJSON`, in the order `JSON.stringify` meets them. */
function findCulprit(root: unknown): string | undefined {
  const above: object[] = []
  const visit = (holder: unknown, path: string, key: string): string | undefined => {
    let value = holder
    if (hasToJson(holder)) {
      try {
        value = holder.toJSON(key)
      } catch (failure) {
        return `toJSON() at ${path} failed: ${isError(failure) ? failure.message : String(failure)}`
      }
    }
    if (typeof value === 'bigint') return `a BigInt at ${path}`
    if (typeof value !== 'object' || value === null || above.length > MAX_DEPTH) return undefined
    if (above.includes(value)) return `a circle at ${path}`
    above.push(value)
    for (const [name, member] of Object.entries(value)) {
      const found = visit(member, Array.isArray(value) ? `${path}[${name}]` : `${path}.${name}`, name)
      if (found !== undefined) return found
    }
    above.pop()
    return undefined
  }
  try {
    return visit(root, 'value', '')
  } catch {
    return undefined // a getter or proxy that throws: the original reason says it
  }
}

function hasToJson(value: unknown): value is { toJSON(key: string): unknown } {
  // Any object or BigInt may carry a toJSON, by inheritance too.
  const holder = value as { toJSON?: unknown } | null | undefined
  return (typeof value === 'object' || typeof value === 'bigint') && typeof holder?.toJSON === 'function'
}
