import { invalidType } from '../checks/errors.js'
import type { View } from '../exchange/host-types.js'

/** For each handler the tables it is bound in, and the names it has there. */
const bindings = new WeakMap<View, Map<object, Set<string>>>()

/** Remembers which route of a table a handler serves. */
export function bindView<Handler extends View>(table: object, name: string, handler: Handler): Handler {
  if (typeof handler !== 'function') throw invalidType(`view '${name}'`, 'a handler function', handler)
  const tables = bindings.get(handler) ?? new Map<object, Set<string>>()
  bindings.set(handler, tables)
  const names = tables.get(table) ?? new Set<string>()
  tables.set(table, names)
  names.add(name)
  return handler
}

/** The names a handler is bound to in a table. */
export function namesOfView(table: object, handler: View): readonly string[] {
  return [...(bindings.get(handler)?.get(table) ?? [])]
}
