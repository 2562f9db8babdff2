import type { Request } from 'express'
import type { View, ViewPaths } from '../shared/exchange/host-types.js'
import { mountBase, stackOf } from './mount-base.js'

/** The routes of the app itself that a handler serves. A Router does not know its own path, so its routes do not count. */
export function viewPaths(req: Request, view: View): ViewPaths {
  const serving = stackOf(req).filter(({ route }) => route?.stack.some(({ handle }) => handle === view))
  return {
    base: mountBase(req, ({ route }) => route !== undefined && route === req.route),
    paths: serving.flatMap(({ route }) => route?.path),
    syntax: '_router' in req.app ? 'express4' : undefined,
  }
}
