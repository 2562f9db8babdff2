import { JSON_OPTIONS, type JsonOptions } from '../json/json-options.js'
import { Reply, type ReplyInit } from '../reply.js'
import type { ProblemDetails } from '../responses/problem.js'
import { bytesBody, htmlBody, jsonBody, problemBody, textBody } from './reply-body.js'

/** `text/plain; charset=utf-8`. */
export function text(body: string, init?: ReplyInit): Reply {
  return new Reply(undefined, init).setBody(textBody(body))
}

/** `text/html; charset=utf-8`. */
export function html(body: string, init?: ReplyInit): Reply {
  return new Reply(undefined, init).setBody(htmlBody(body))
}

/** `application/json; charset=utf-8`; the value is serialised when it is sent. */
export function json(value: unknown, options: ReplyInit & JsonOptions = {}): Reply {
  const [how, init] = splitOptions(options, JSON_OPTIONS)
  return new Reply(undefined, init).setBody(jsonBody(value, how))
}

/** `application/octet-stream`: a Buffer, typed array or ArrayBuffer. */
export function bytes(data: ArrayBufferView | ArrayBufferLike, init?: ReplyInit): Reply {
  return new Reply(undefined, init).setBody(bytesBody(data))
}

/** `application/problem+json` (RFC 9457). */
export function problem(details: ProblemDetails, init?: ReplyInit): Reply {
  return new Reply(undefined, init).setBody(problemBody(details))
}

/** The options of the body apart from those of the reply, which names what neither knows. */
function splitOptions<Options extends object, Key extends keyof Options>(
  options: Options,
  keys: readonly Key[],
): [Pick<Options, Key>, Omit<Options, Key>] {
  const own = new Set<PropertyKey>(keys)
  const entries = Object.entries(options)
  const part = (isOwn: boolean) => Object.fromEntries(entries.filter(([key]) => own.has(key) === isOwn))
  return [part(true) as Pick<Options, Key>, part(false) as Omit<Options, Key>] // told apart by the very keys
}
