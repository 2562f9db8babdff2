import { invalidType } from '../checks/errors.js'
import type { View } from '../exchange/host-types.js'
import { describeRedirect, type RedirectOptions } from '../redirects/redirect.js'
import { afterSession, describeRedirectTo, type RedirectToOptions } from '../redirects/redirect-to.js'
import type { RouteParameters } from '../routes/route-source.js'
import type { ReplyBody } from './reply-body.js'

export function redirectBody(content: string, options?: RedirectOptions): ReplyBody {
  if (typeof content !== 'string') throw invalidType('redirect: location', 'a string', content)
  return {
    kind: 'redirect',
    content,
    describe: (exchange) => afterSession(exchange, describeRedirect(exchange, content, options)),
  }
}

export function redirectToBody(
  content: string | View,
  parameters?: RouteParameters,
  options?: RedirectToOptions,
): ReplyBody {
  if (typeof content !== 'string' && typeof content !== 'function') {
    throw invalidType('redirectTo: target', "a route's name or a view", content)
  }
  return {
    kind: 'redirectTo',
    content,
    describe: (exchange) => describeRedirectTo(exchange, content, parameters, options),
  }
}
