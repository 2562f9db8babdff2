import { isError } from '../checks/is-error.js'
import { showValue } from '../checks/show-value.js'
import { hasToJson } from './has-to-json.js'

/** Why a value cannot be written as JSON, and the path of the member that is the cause. */
export function describeJsonFailure(root: unknown, cause: unknown): string {
  const reason = isError(cause) ? reasonOf(cause) : showValue(cause)
  const found = findCulprit(root)
  return `value cannot be written as JSON: ${found ?? reason}`
}

const MAX_DEPTH = 1000
const MAX_LENGTH = 200
/** A `toJSON` that makes new objects can give a value without end, whose parts are never the same. */
const MAX_MEMBERS = 40_000

/** The first BigInt, circle or failing `toJSON`, in the order in which `JSON.stringify` meets them. */
function findCulprit(root: unknown): string | undefined {
  const above = new Set<object>()
  const harmless = new WeakSet<object>() // a value that is in many places is looked through once
  let members = 0
  const visit = (holder: unknown, path: string, key: string): string | undefined => {
    if (++members > MAX_MEMBERS) throw new RangeError('too many members') // ends the search
    let value = holder
    if (hasToJson(holder)) {
      try {
        value = holder.toJSON(key)
      } catch (failure) {
        const reason = isError(failure) ? firstLine(failure.message) : showValue(failure)
        return `toJSON() at ${showPath(path)} failed: ${reason}`
      }
    }
    if (typeof value === 'bigint') return `a BigInt at ${showPath(path)}`
    if (typeof value !== 'object' || value === null || above.size > MAX_DEPTH) return undefined
    if (above.has(value)) return `a circle at ${showPath(path)}`
    if (harmless.has(value)) return undefined
    above.add(value)
    for (const [name, member] of Object.entries(value)) {
      const found = visit(member, Array.isArray(value) ? `${path}[${name}]` : `${path}.${name}`, name)
      if (found !== undefined) return found
    }
    above.delete(value)
    harmless.add(value)
    return undefined
  }
  try {
    return visit(root, 'value', '')
  } catch {
    return undefined // too many members, or a getter or a proxy throws: the `cause` of the error tells what
  }
}

/** Clients choose the names in a path, and may choose long ones. */
function showPath(path: string): string {
  return path.length > MAX_LENGTH ? `${path.slice(0, MAX_LENGTH)}...` : path
}

/** The engine's own words for a value that is too deep sound like a fault of the kit. */
function reasonOf({ message }: Error): string {
  return message === 'Maximum call stack size exceeded' ? 'it is nested too deep' : firstLine(message)
}

function firstLine(message: string): string {
  return message.slice(0, MAX_LENGTH).split('\n', 1)[0] ?? ''
}
