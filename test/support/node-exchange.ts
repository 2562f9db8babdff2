import http from 'node:http'
import { Socket } from 'node:net'
import { NodeExchange } from '../../src/shared/node-exchange.js'
import { createSettings, type ResponseKitOptions } from '../../src/shared/options.js'

/** An exchange of a GET nobody sent, for what is decided before anything is written. */
export function nodeExchange(headers: http.IncomingHttpHeaders = {}, options?: ResponseKitOptions): NodeExchange {
  const req = new http.IncomingMessage(new Socket())
  Object.assign(req, { method: 'GET', url: '/', headers })
  return new NodeExchange(createSettings(options), req, new http.ServerResponse(req))
}
