import type { IncomingMessage, ServerResponse } from 'node:http'
import { cutOff } from './cut-off.js'
import { abortedError, answeredMeanwhile } from './exchange.js'
import { isBodiless, mergeHead, removeContentFields } from './merge-head.js'
import { isBodySource, type OpenedBody, type ResponseDescription, withOpened } from './response-description.js'
import { isComplete, noteEnd, whenResponseCloses } from './when-response-closes.js'

/** Writes a description on Node's response. Returns a promise only if the body has to be opened. */
export function send(
  req: IncomingMessage,
  res: ServerResponse,
  description: ResponseDescription,
): void | Promise<void> {
  const method = req.method ?? 'GET'
  const { body } = description
  const status = description.status ?? res.statusCode
  if (isBodySource(body)) {
    if (method === 'HEAD' || isBodiless(status)) body.cancel()
    else return sendSource(req, res, description, body.open())
  }
  mergeHead(res, description)
  if (description.status !== undefined) res.statusCode = status
  if (isBodiless(status)) {
    removeContentFields(res, status)
    end(res)
  } else if (isBodySource(body)) {
    end(res) // HEAD: what has no announced length has none known
  } else {
    endWithBytes(method, res, body)
  }
}

function endWithBytes(method: string, res: ServerResponse, body: string | Uint8Array | undefined): void {
  if (body === undefined) {
    // To HEAD, a length the handler knows is that of the GET (RFC 9110 §8.6).
    if (method !== 'HEAD' || !res.hasHeader('Content-Length')) res.setHeader('Content-Length', '0')
    end(res)
    return
  }
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength
  res.setHeader('Content-Length', String(length))
  end(res, method === 'HEAD' ? undefined : body)
}

async function sendSource(
  req: IncomingMessage,
  res: ServerResponse,
  description: ResponseDescription,
  opening: OpenedBody | Promise<OpenedBody>,
): Promise<void> {
  const opened = await opening
  const isStream = typeof opened !== 'string' && !ArrayBuffer.isView(opened)
  try {
    if (res.destroyed && !isComplete(res)) throw abortedError()
    if (res.headersSent) throw answeredMeanwhile()
    mergeHead(res, withOpened(description, opened))
    if (description.status !== undefined) res.statusCode = description.status
  } catch (error) {
    if (isStream) opened.destroy()
    throw error
  }
  if (isStream && opened.sendTo !== undefined) return opened.sendTo(res)
  const ended = new Promise<void>((resolve) => whenResponseCloses(req, res, resolve))
  let failure: Error | undefined
  if (isStream) {
    opened.once('error', (error) => {
      failure = error
      cutOff(req, res, error)
    })
    void ended.then(() => opened.destroy())
    opened.pipe(res)
    opened.once('end', () => noteEnd(res)) // after the listener of the pipe, which ends the response
  } else {
    endWithBytes('GET', res, opened)
  }
  await ended
  if (failure !== undefined) throw failure
  if (!isComplete(res)) throw abortedError()
}

function end(res: ServerResponse, body?: string | Uint8Array): void {
  res.end(body)
  noteEnd(res)
}
