import type { View } from '../exchange/host-types.js'
import { appendUrlParts } from './append-url-parts.js'
import { builderOfPath } from './path-builder.js'
import { RouteNotFoundError } from './route-errors.js'
import type { RouteSource } from './route-source.js'

/** What is read of an @koa/router: its layers, nested routers and prefixes already worked in. */
export interface LayeredRouter {
  readonly stack: readonly RouterLayer[]
}

interface RouterLayer {
  readonly name?: unknown
  readonly path: unknown
  readonly methods: readonly string[]
  readonly stack: readonly unknown[]
}

/** An @koa/router, or one built like it. */
export function isLayeredRouter(value: unknown): value is LayeredRouter {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return false
  const { stack, route } = value as { stack?: unknown; route?: unknown } // any member may be missing
  return Array.isArray(stack) && typeof route === 'function'
}

const sources = new WeakMap<LayeredRouter, RouteSource>()

/** A router as a route source: its paths, built by the kit's own rules, which throw where the router returns an Error. */
export function routerSource(router: LayeredRouter): RouteSource {
  const known = sources.get(router)
  if (known !== undefined) return known
  const layers = new Map<string, RouterLayer>()
  const source: RouteSource = {
    url(name, parameters, options) {
      let layer = layers.get(name)
      if (layer === undefined) {
        layer = router.stack.find((each) => each.name === name)
        if (layer === undefined) throw new RouteNotFoundError(String(name), namesOf(router))
        layers.set(name, layer)
      }
      const path = builderOfPath(layer.path, `route '${name}'`)(parameters)
      return options === undefined ? path : appendUrlParts(path, options)
    },
  }
  sources.set(router, source)
  routers.set(source, router)
  return source
}

const routers = new WeakMap<RouteSource, LayeredRouter>()

/** The paths a router serves a handler at; none where the source is no router. */
export function pathsInRouter(source: RouteSource | LayeredRouter | undefined, view: View): unknown[] {
  if (source === undefined) return []
  const router = isLayeredRouter(source) ? source : routers.get(source)
  const serving = router?.stack.filter((layer) => layer.methods.length > 0 && layer.stack.includes(view))
  return serving?.map((layer) => layer.path) ?? []
}

function* namesOf(router: LayeredRouter): Iterable<string> {
  for (const { name } of router.stack) if (typeof name === 'string') yield name
}
