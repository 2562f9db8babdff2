import type { Exchange } from './exchange.js'
import { takeFlash } from './flash/flash.js'
import { backField } from './responses/back-field.js'
import { type RouteOptions, resolveRoute } from './routes/resolve-route.js'
import type { RouteParameters } from './routes/route-source.js'
import type { View } from './routes/views.js'

/**
 * Puts `route`, `backField` and `flash` among the view variables, for every template engine. What the app already has
 * under these names, for this response or in `shared`, stays. Engines copy what is enumerable; an app that renders
 * nothing sees its own variables alone when it lists or compares them.
 */
export function addViewVariables(exchange: Exchange, shared: Readonly<Record<string, unknown>>): void {
  const { locals } = exchange
  const put = exchange.rendersViews ? assign : hide
  if (!('route' in locals) && !('route' in shared)) {
    put(locals, 'route', (target: string | View, parameters?: RouteParameters, options: RouteOptions = {}) =>
      resolveRoute(exchange, 'route()', target, parameters, options),
    )
  }
  if (!('backField' in locals) && !('backField' in shared)) put(locals, 'backField', () => backField(exchange))
  if (!('flash' in locals) && !('flash' in shared)) put(locals, 'flash', () => takeFlash(exchange))
}

function assign(locals: Record<string, unknown>, name: string, value: unknown): void {
  locals[name] = value
}

function hide(locals: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(locals, name, { value, writable: true, configurable: true, enumerable: false })
}
