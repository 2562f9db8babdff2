import { isRegExp } from 'node:util/types'
import { showValue, toError } from '../checks/errors.js'
import { didYouMean } from '../checks/nearest.js'
import type { View } from '../exchange/host-types.js'
import { appendUrlParts } from './append-url-parts.js'
import { builderOfPath, DOT_SEGMENT, MAX_PATH_LENGTH, segmentText } from './path-builder.js'
import { RouteNotFoundError, RouteParameterError } from './route-errors.js'
import type { RouteParameters, RouteSource } from './route-source.js'

/** What is read of an @koa/router: its layers, whose paths have the prefixes of nested routers. */
export interface LayeredRouter {
  readonly stack: readonly RouterLayer[]
}

interface RouterLayer {
  readonly name?: unknown
  readonly path: unknown
  readonly methods: readonly string[]
  readonly stack: readonly unknown[]
  readonly regexp?: unknown
  /** Before version 14 with the patterns of path-to-regexp 6. */
  readonly paramNames?: readonly { readonly name: string | number; readonly pattern?: unknown }[]
  url?(parameters: object): string | Error
}

/** An @koa/router, or one built like it. */
export function isLayeredRouter(value: unknown): value is LayeredRouter {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return false
  const { stack, route } = value as { stack?: unknown; route?: unknown } // any member may be missing
  return Array.isArray(stack) && typeof route === 'function'
}

const sources = new WeakMap<LayeredRouter, RouteSource>()

/** A router as a route source: the kit's own rules build its paths and throw if the router returns an Error. */
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
      const path = usesOldSyntax(layer)
        ? buildByRouter(layer, `route '${name}'`, parameters ?? {})
        : builderOfPath(layer.path, `route '${name}'`)(parameters)
      return options === undefined ? path : appendUrlParts(path, options, undefined, 'url')
    },
  }
  sources.set(router, source)
  routers.set(source, router)
  return source
}

/** `:path*`, `(.*)` and `{/:id}?`: path-to-regexp 6, which @koa/router has up to version 13. */
function usesOldSyntax({ path, paramNames, url }: RouterLayer): boolean {
  const isOld = typeof url === 'function' && paramNames?.some((each) => each.pattern !== undefined) === true
  return isOld && typeof path === 'string' && /[(){}*+?\\]/.test(path)
}

/** What the router itself builds, if it is a path of this site that the router reads as this route. */
function buildByRouter(layer: RouterLayer, route: string, parameters: RouteParameters): string {
  const refuse = (message: string, parameter = ''): never => {
    throw new RouteParameterError(route, [{ parameter, message }])
  }
  const known = (layer.paramNames ?? []).map(({ name }) => String(name))
  const texts: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined || value === null) continue
    if (!known.includes(name)) refuse(`there is no parameter ${showValue(name)}${didYouMean(name, known)}`, name)
    const given = (Array.isArray(value) ? value : [value]).map(segmentText)
    if (given.includes(undefined))
      refuse(`'${name}' must be a string, a number or a boolean, got ${showValue(value)}`, name)
    texts[name] = Array.isArray(value) ? given : given[0]
  }
  let path: string | Error | undefined
  try {
    path = layer.url?.(texts)
  } catch (error) {
    path = toError(error)
  }
  if (typeof path !== 'string') return refuse(path?.message ?? 'the router builds no path')
  const { regexp } = layer
  if (path.length > MAX_PATH_LENGTH || !/^\/(?![/\\])/.test(path) || DOT_SEGMENT.test(path) || path.includes('//')) {
    return refuse(`the path ${showValue(path)} would be another one`)
  }
  return isRegExp(regexp) && !regexp.test(path) ? refuse(`${showValue(path)} is no path of this route`) : path
}

const routers = new WeakMap<RouteSource, LayeredRouter>()

/** The paths at which a router serves a handler; none if the source is no router. */
export function pathsInRouter(source: RouteSource | LayeredRouter | undefined, view: View): unknown[] {
  if (source === undefined) return []
  const router = isLayeredRouter(source) ? source : routers.get(source)
  const serving = router?.stack.filter((layer) => layer.methods.length > 0 && layer.stack.includes(view))
  return serving?.map((layer) => layer.path) ?? []
}

function* namesOf(router: LayeredRouter): Iterable<string> {
  for (const { name } of router.stack) if (typeof name === 'string') yield name
}
