import { BoundedMemo } from '../checks/bounded-memo.js'
import { ResponseKitError, showValue } from '../checks/errors.js'
import type { PathSyntax } from '../exchange/host-types.js'
import { createPathBuilder, type PathBuilder } from './path-builder.js'
import { parsePath } from './path-pattern.js'

/** An app's routers have a few hundred paths; a builder holds several regular expressions. */
const builders = new BoundedMemo<string, PathBuilder>({
  maxEntries: 5000,
  maxBytes: 32 * 1024 * 1024,
  bytesOf: () => 4096,
})

/** The builder of a path that stands in a framework's own router. */
export function builderOfPath(path: unknown, subject: string, syntax?: PathSyntax): PathBuilder {
  if (typeof path !== 'string') {
    throw new ResponseKitError('INVALID_PATTERN', `${subject}: no URL can be built from the path ${showValue(path)}`)
  }
  const key = `${syntax} ${subject} ${path}`
  let builder = builders.get(key)
  if (builder === undefined) {
    builder = createPathBuilder(subject, parsePath(path === '' ? '/' : path, subject, syntax))
    builders.set(key, builder)
  }
  return builder
}
