import http from 'node:http'
import { Socket } from 'node:net'
import { NodeExchange, NodeFacts } from '../../src/shared/exchange/node-exchange.js'
import { createSettings, type ResponseKitOptions } from '../../src/shared/settings/settings.js'

/** One for all, as in an app: what is remembered by its settings is used again. */
const plainSettings = createSettings()

/** An exchange of a GET that no client sent, for what is decided before anything is written. */
export function nodeExchange(headers: http.IncomingHttpHeaders = {}, options?: ResponseKitOptions): NodeExchange {
  const req = new http.IncomingMessage(new Socket())
  Object.assign(req, { method: 'GET', url: '/', headers })
  const settings = options === undefined ? plainSettings : createSettings(options)
  return new NodeExchange(new NodeFacts(settings, req, new http.ServerResponse(req)))
}
