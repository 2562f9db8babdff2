import type { Readable } from 'node:stream'

export type FieldLine = readonly [name: string, value: string]

/** What is to be sent, as a value: nothing of it has been written or opened yet. */
export interface ResponseDescription {
  /** Absent: the status the handler staged, else 200. */
  readonly status?: number | undefined
  /** Decided by an explicit option: replaces what was staged; `Set-Cookie` and `Vary` add to it. */
  readonly fields: readonly FieldLine[]
  /** Inferred: only where the handler staged nothing of that name. */
  readonly defaults: readonly FieldLine[]
  /** Staged by the handler for content this answer has none of. */
  readonly removed?: readonly string[]
  /** The Content-Type is sent as it is. Absent: text that names no charset is UTF-8. */
  readonly keepsType?: true
  /** `undefined`: no body. Bytes are sent with their exact length. */
  readonly body: ResponseBody
}

export type ResponseBody = undefined | string | Uint8Array | BodySource

/** A body opened only when it is really sent, so that HEAD, 304 and 412 open nothing. */
export interface BodySource {
  /** Octets that will be sent; absent: unknown, sent chunked. */
  readonly length?: number
  /** Resolves once the first octets (or the descriptor) are there; a failure up to then can still become an error page. */
  open(): OpenedBody | Promise<OpenedBody>
  /** Called instead of `open` when the body is not to be sent: releases what the source holds. */
  cancel(): void
}

/** A stream may bring its own way onto a plain node response, used where nothing wraps that response. */
export type OpenedBody = string | Uint8Array | DirectReadable
export interface DirectReadable extends Readable {
  /** Writes and ends; settles when the response ended, rejects when the source failed. */
  sendTo?(res: import('node:http').ServerResponse): Promise<void>
  /** Why it was stopped before its end, where its client was the cause. */
  readonly stopReason?: Error | undefined
}

export function isBodySource(body: ResponseBody): body is BodySource {
  return typeof body === 'object' && !ArrayBuffer.isView(body)
}
