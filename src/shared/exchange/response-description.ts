import type { Readable } from 'node:stream'

export type FieldLine = readonly [name: string, value: string]

/** The value of the last line of this name, which is in lower case. */
export function lastValue(lines: readonly FieldLine[], name: string): string | undefined {
  return lines.findLast(([each]) => each.toLowerCase() === name)?.[1]
}

/** A response as a value. Nothing of it is on the response yet, and its body is not read yet. */
export interface ResponseDescription {
  /** Default: the status that the handler staged, else 200. */
  readonly status?: number | undefined
  /** Decided by an explicit option: replaces what was staged. `Set-Cookie` and `Vary` are added to it. */
  readonly fields: readonly FieldLine[]
  /** Inferred: counts only if the handler staged nothing of that name. */
  readonly defaults: readonly FieldLine[]
  /** The names of staged fields that describe content which this response does not have. */
  readonly removed?: readonly string[]
  /** The body has no content coding. If a middleware adds one, the entity-tag becomes weak and Accept-Ranges leaves. */
  readonly isUncoded?: true
  /** The Content-Type is sent as it is. Absent: text that names no charset is UTF-8. */
  readonly keepsType?: true
  /** `undefined`: no body. Bytes are sent with their exact length. */
  readonly body: ResponseBody
}

export type ResponseBody = undefined | string | Uint8Array | BodySource

/** A body that is opened only if it is really sent, so that HEAD, 304 and 412 open nothing. */
export interface BodySource {
  /** The number of bytes that will be sent. If it is unknown the body is sent chunked. */
  readonly length?: number
  /** Resolves when the first bytes (or the descriptor) are there. A failure before that can still become an error page. */
  open(): OpenedBody | Promise<OpenedBody>
  /** Called instead of `open` if the body is not sent: releases what the source holds. */
  cancel(): void
  /**
   * There only after `open`, if it gave bytes. Called once, after all of them have left, and only if no other code can
   * hold them: their memory is used again for another body.
   */
  reuse?: () => void
}

/** What a body source opens. A stream may write itself on a Node response. */
export type OpenedBody = string | Uint8Array | DirectReadable
export interface DirectReadable extends Readable {
  /** Writes and ends the response. Settles when the response has ended, rejects if the source fails. */
  sendTo?(res: import('node:http').ServerResponse): Promise<void>
  /** Fields that only the open body tells, such as the type of its first chunk. They count after `defaults`. */
  readonly defaults?: readonly FieldLine[]
  /** Why the stream was stopped before its end, if its client was the cause. */
  readonly stopReason?: Error | undefined
}

/** The number of bytes that will be sent; `undefined`: it is unknown, or there is no body. */
export function lengthOfBody(body: ResponseBody): number | undefined {
  return body === undefined || isBodySource(body) ? body?.length : Buffer.byteLength(body)
}

export function isBodySource(body: ResponseBody): body is BodySource {
  return typeof body === 'object' && !ArrayBuffer.isView(body)
}

export function isOpenedStream(opened: OpenedBody | undefined): opened is DirectReadable {
  return typeof opened === 'object' && !ArrayBuffer.isView(opened)
}

/** The description, with what the open body tells of itself. */
export function withOpened(description: ResponseDescription, opened: OpenedBody): ResponseDescription {
  const told = isOpenedStream(opened) ? opened.defaults : undefined
  if (told === undefined) return description
  const { defaults } = description
  const isKnown = (name: string): boolean => defaults.some(([known]) => known === name)
  return { ...description, defaults: [...defaults, ...told.filter(([name]) => !isKnown(name))] }
}
