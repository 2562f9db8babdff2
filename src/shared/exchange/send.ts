import type { ServerResponse } from 'node:http'
import { endWhole } from '../wire/one-write.js'
import { abortedError } from './exchange.js'
import { isBodiless, mergeHead, removeContentFields } from './merge-head.js'
import { isBodySource, type OpenedBody, type ResponseDescription } from './response-description.js'
import { whenResponseCloses } from './when-response-closes.js'

/** Writes a description on a node response. A promise only where the body has to be opened. */
export function send(method: string, res: ServerResponse, description: ResponseDescription): void | Promise<void> {
  const { body } = description
  const status = description.status ?? res.statusCode
  if (isBodySource(body)) {
    if (method === 'HEAD' || isBodiless(status)) body.cancel()
    else return sendSource(res, description, body.open())
  }
  mergeHead(res, description)
  if (description.status !== undefined) res.statusCode = status
  if (isBodiless(status)) {
    removeContentFields(res, status)
    endWhole(res)
  } else if (isBodySource(body)) {
    endWhole(res) // HEAD: what has no announced length has none known
  } else {
    endWithBytes(method, res, body)
  }
}

function endWithBytes(method: string, res: ServerResponse, body: string | Uint8Array | undefined): void {
  if (body === undefined) {
    // To HEAD, a length the handler knows is that of the GET (RFC 9110 §8.6).
    if (method !== 'HEAD' || !res.hasHeader('Content-Length')) res.setHeader('Content-Length', '0')
    endWhole(res)
    return
  }
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength
  res.setHeader('Content-Length', String(length))
  endWhole(res, method === 'HEAD' ? undefined : body)
}

async function sendSource(
  res: ServerResponse,
  description: ResponseDescription,
  opening: OpenedBody | Promise<OpenedBody>,
): Promise<void> {
  const opened = await opening
  const isStream = typeof opened !== 'string' && !ArrayBuffer.isView(opened)
  try {
    if (res.destroyed) throw abortedError()
    mergeHead(res, description)
    if (description.status !== undefined) res.statusCode = description.status
  } catch (error) {
    if (isStream) opened.destroy()
    throw error
  }
  if (isStream && opened.sendTo !== undefined) return opened.sendTo(res)
  const ended = responseEnded(res)
  let failure: Error | undefined
  if (isStream) {
    opened.once('error', (error) => {
      failure = error
      res.destroy(error) // a cut body must not look whole
    })
    void ended.then(() => opened.destroy())
    opened.pipe(res)
  } else {
    endWithBytes('GET', res, opened)
  }
  await ended
  if (failure !== undefined) throw failure
  if (!res.writableFinished) throw abortedError()
}

/** Settles when the response is over, complete or not. */
export function responseEnded(res: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    if (res.closed) resolve()
    else if (res.socket === null) whenResponseCloses(res.req, res, resolve)
    else res.once('close', resolve)
  })
}
