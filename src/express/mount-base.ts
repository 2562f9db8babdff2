import type { Request } from 'express'
import { applicationOf } from './host.js'

/** The members that the kit reads of a layer in the router of Express 4 or 5. */
export interface RouterLayer {
  readonly handle?: unknown
  /** The name of the function that the app gave to the router. */
  readonly name?: unknown
  readonly route?: { readonly path: unknown; readonly stack: readonly RouterLayer[] }
  readonly path?: string | undefined
  /** Newer versions return the match, older ones keep it in the layer. */
  match(path: string): boolean | { readonly path: string }
}

/**
 * The path at which the client sees the app that handles the request: Express's `req.baseUrl` at the app's entry. A
 * Router is part of its app, so the paths of the Routers that lead to `isPlace` are removed again.
 */
export function mountBase(req: Request, isPlace: (layer: RouterLayer) => boolean): string {
  const { baseUrl } = req
  if (!baseUrl || applicationOf(req) === undefined) return ''
  for (const layers of layersTo(isPlace, stackOf(req))) {
    const base = entryOf(req, layers)
    if (base !== undefined) return base
  }
  // A function that wraps the kit hides its place. Only Express's own mount tells that this app has an entry.
  const { parent } = req.app as { parent?: object } // set by app.use(sub), missing in the types
  return parent === undefined ? '' : baseUrl
}

/** The layers of the app's own router. Express 4 keeps its router in `_router` and throws on `router`. */
export function stackOf({ app }: Request): readonly RouterLayer[] {
  const router: { readonly stack: readonly RouterLayer[] } = app._router ?? app.router
  return router.stack
}

/** Each way through the Routers of an app to a place in one of them. */
function* layersTo(
  isPlace: (layer: RouterLayer) => boolean,
  stack: readonly RouterLayer[],
  outer: readonly RouterLayer[] = [],
): Iterable<readonly RouterLayer[]> {
  for (const layer of stack) {
    if (outer.includes(layer)) continue // a Router may contain itself
    const layers = [...outer, layer]
    if (isPlace(layer)) yield layers
    const { stack: inner } = (layer.handle ?? {}) as { stack?: readonly RouterLayer[] } // a Router has one
    if (Array.isArray(inner)) yield* layersTo(isPlace, inner, layers)
  }
}

/** A client can send a path of many segments, but Routers remove only a few. */
const MAX_DEPTH = 50

/** The start of `req.baseUrl` that the layers leave, or `undefined` if they do not match the rest of the path. */
function entryOf(req: Request, layers: readonly RouterLayer[]): string | undefined {
  const { baseUrl } = req
  const [path = ''] = (baseUrl + req.url).split('?', 1)
  let entry = baseUrl.length
  for (let depth = 0; depth <= MAX_DEPTH; depth++) {
    let end = entry
    const isWay = layers.every((layer) => {
      const matched = layer.route === undefined ? matchedPath(layer, path.slice(end)) : ''
      end += matched?.length ?? 0
      return matched !== undefined
    })
    if (isWay && end === baseUrl.length) return baseUrl.slice(0, entry)
    if (entry === 0) break
    entry = Math.max(0, baseUrl.lastIndexOf('/', entry - 1))
  }
  return undefined
}

/** What a layer removes from the path, as Express does before it calls the handler of the layer. */
function matchedPath(layer: RouterLayer, path: string): string | undefined {
  try {
    const match = layer.match(path === '' ? '/' : path)
    if (match === false) return undefined
    return (match === true ? layer.path : match.path)?.replace(/\/$/, '')
  } catch {
    return undefined // an escape that cannot be decoded
  }
}
