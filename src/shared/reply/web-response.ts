import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { Readable } from 'node:stream'
import type { Exchange } from '../exchange/exchange.js'
import { NodeExchange, NodeFacts } from '../exchange/node-exchange.js'
import {
  isBodySource,
  isOpenedStream,
  type OpenedBody,
  type ResponseDescription,
  withOpened,
} from '../exchange/response-description.js'
import { isBodiless, mergeHead, removeContentFields } from '../exchange/send.js'
import { createSettings } from '../settings/settings.js'
import type { Described } from './reply-body.js'

/** Makes a WHATWG `Response` of what would be written on an exchange of node:http. */
export async function createWebResponse(
  describe: (exchange: Exchange) => Described,
  request?: Request,
): Promise<Response> {
  const exchange = detachedExchange(request)
  const description = await describe(exchange)
  const { res, method } = exchange.facts
  const status = description.status ?? res.statusCode
  const hasBody = method !== 'HEAD' && !isBodiless(status)
  const body = await openBody(description, hasBody)
  try {
    mergeHead(res, body === undefined ? description : withOpened(description, body))
    if (isBodiless(status)) removeContentFields(res, status)
    else if (isPlain(description.body)) res.setHeader('Content-Length', String(Buffer.byteLength(description.body)))
    return new Response(hasBody ? toBodyInit(body) : null, { status, headers: toHeaders(res) })
  } catch (error) {
    if (isOpenedStream(body)) body.destroy() // WHATWG has no status above 599, for example
    throw error
  }
}

/** A request and a response without a connection. */
function detachedExchange(request: Request | undefined): NodeExchange {
  const socket = new Socket()
  const req = new IncomingMessage(socket)
  req.method = request?.method ?? 'GET'
  req.headers = Object.fromEntries(request?.headers ?? [])
  if (request === undefined) {
    req.url = '/'
  } else {
    const { protocol, host, pathname, search } = new URL(request.url)
    Object.assign(socket, { encrypted: protocol === 'https:' }) // as on a TLSSocket
    req.url = pathname + search
    req.headers.host ??= host
  }
  return new NodeExchange(new NodeFacts(createSettings(), req, new ServerResponse(req)))
}

async function openBody({ body }: ResponseDescription, isWanted: boolean): Promise<OpenedBody | undefined> {
  if (!isBodySource(body)) return body
  if (isWanted) return body.open()
  body.cancel()
  return undefined
}

function isPlain(body: ResponseDescription['body']): body is string | Uint8Array {
  return body !== undefined && !isBodySource(body)
}

function toBodyInit(body: OpenedBody | undefined): ConstructorParameters<typeof Response>[0] {
  if (!isOpenedStream(body)) return body ?? null
  // The web streams of node:stream are the global ones; only their types differ.
  return Readable.toWeb(body) as ReadableStream<Uint8Array>
}

function toHeaders(res: ServerResponse): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(res.getHeaders())) {
    for (const each of Array.isArray(value) ? value : [value]) headers.append(name, `${each}`)
  }
  return headers
}
