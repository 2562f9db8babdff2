import type { Request } from 'express'
import type { View, ViewPaths } from '../shared/exchange/host-types.js'
import { mountBase } from './mount-base.js'

interface RouterLayer {
  readonly handle?: unknown
  readonly route?: { readonly path: unknown; readonly stack: readonly RouterLayer[] }
}

/** The app's own routes that a handler serves; those of a Router do not know where it is mounted. */
export function viewPaths(req: Request, view: View): ViewPaths {
  // Express 4 keeps its router in `_router` and throws on `router`.
  const app = req.app as unknown as { _router?: { stack: RouterLayer[] }; router: { stack: RouterLayer[] } }
  const { stack } = app._router ?? app.router
  const serving = stack.filter(({ route }) => route?.stack.some(({ handle }) => handle === view))
  return {
    base: mountBase(req),
    paths: serving.flatMap(({ route }) => route?.path),
    syntax: app._router === undefined ? undefined : 'express4',
  }
}
