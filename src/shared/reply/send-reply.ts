import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import { NodeExchange } from '../exchange/node-exchange.js'
import type { ResponseDescription } from '../exchange/response-description.js'
import { createSettings, type ResponseKitOptions, type Settings } from '../settings/settings.js'
import { prepareReply } from './reply-state.js'
import { toReplyState } from './to-reply.js'

const settingsOf = new WeakMap<ResponseKitOptions, Settings>()
const defaults: ResponseKitOptions = {}

/**
 * Writes a `Reply`, or what `respond` takes as a returned value, on a bare exchange of node:http, or of node:http2 through
 * its compatibility API. Resolves when the response has ended, also where the client went away; rejects on failure: before
 * the head nothing has been written, after it the connection is destroyed. `options` are checked once for each object.
 */
export async function sendReply(
  req: IncomingMessage | Http2ServerRequest,
  res: ServerResponse | Http2ServerResponse,
  reply: unknown,
  options: ResponseKitOptions = defaults,
): Promise<void> {
  const settings = settingsOf.get(options) ?? createSettings(options)
  settingsOf.set(options, settings)
  // The compatibility API of node:http2 has everything of these two that is used here.
  const exchange = new NodeExchange(settings, req as IncomingMessage, res as ServerResponse)
  exchange.begin('sendReply()')
  await exchange.finishLater(describeLater(exchange, reply))
  if (exchange.failure !== undefined) throw exchange.failure
}

async function describeLater(exchange: NodeExchange, reply: unknown): Promise<ResponseDescription> {
  return prepareReply(exchange, toReplyState('sendReply', await reply))
}
