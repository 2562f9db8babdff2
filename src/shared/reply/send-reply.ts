import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import { NodeExchange, NodeFacts } from '../exchange/node-exchange.js'
import { createSettings, type ResponseKitOptions, type Settings } from '../settings/settings.js'
import { describeLater } from './prepare-reply.js'
import { releaseValue } from './release-reply.js'

const settingsOf = new WeakMap<ResponseKitOptions, Settings>()
const defaults: ResponseKitOptions = {}

/**
 * Writes a `Reply`, or another value that `respond` takes, on a bare exchange of node:http, or of node:http2 through
 * its compatibility API.
 *
 * @param req The request of node:http or node:http2.
 * @param res The response of the same exchange.
 * @param reply A `Reply`, another value, or a promise of one.
 * @param options Those of `responseKit()`, checked once for each object.
 * @returns A promise that resolves when the response has ended, also if the client left. It rejects on a failure:
 *   before the head, nothing has been written; after it, the connection is destroyed.
 * @throws `ALREADY_SENT` if the response has a head.
 * @example
 * http.createServer((req, res) => void sendReply(req, res, json({ url: req.url })).catch(report))
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
  const exchange = new NodeExchange(new NodeFacts(settings, req as IncomingMessage, res as ServerResponse))
  try {
    exchange.refuseIfAnswered('sendReply()')
  } catch (error) {
    releaseValue(reply, exchange)
    return exchange.tellRefusal(error)
  }
  await exchange.finishLater(describeLater(exchange, 'sendReply', reply))
  if (exchange.failure !== undefined) throw exchange.failure
}
