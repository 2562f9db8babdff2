import { ResponseKitError, showValue } from '../checks/errors.js'
import type { PathSyntax } from '../exchange/host-types.js'
import { createPathBuilder, type PathBuilder } from './path-builder.js'
import { parsePath } from './path-pattern.js'

/** As many as the app's routers have paths. */
const builders = new Map<string, PathBuilder>()

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
