import { randomBytes } from 'node:crypto'
import { validateHeaderValue } from 'node:http'
import { isThenable } from '../checks/promise.js'
import { withCharset } from '../fields/media-type.js'
import { type ByteRange, lengthOf, serializeContentRange } from '../fields/range.js'
import { closeSource, type PullSource } from '../streams/pull-source.js'
import type { Content, ReadContext } from './content.js'

/** Several ranges of a content as the body of one answer. */
export interface Byteranges {
  /** Media type of the body. */
  readonly type: string
  /** Bytes of the body. */
  readonly length: number
  pull(context: ReadContext): PullSource
}

/** Several ranges as `multipart/byteranges` (RFC 9110 §14.6), each part with the type of the whole. */
export function describeByteranges(
  content: Content,
  size: number,
  ranges: readonly ByteRange[],
  type: string,
): Byteranges {
  validateHeaderValue('Content-Type', type) // the head of a part goes out as it is
  // Random for each answer: a file that holds an earlier boundary is no part of this one (RFC 2046 §5.1.1).
  const boundary = randomBytes(24).toString('hex')
  const parts = ranges.map((range, index): Part => {
    const head =
      `${index === 0 ? '' : '\r\n'}--${boundary}\r\n` +
      `Content-Type: ${withCharset(type)}\r\nContent-Range: ${serializeContentRange(range, size)}\r\n\r\n`
    return { range, head: Buffer.from(head, 'latin1') }
  })
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`)
  const length = parts.reduce((sum, { range, head }) => sum + head.byteLength + lengthOf(range), tail.byteLength)
  return {
    type: `multipart/byteranges; boundary=${boundary}`,
    length,
    pull: (context) => new PartChunks(content, parts, tail, context),
  }
}

interface Part {
  readonly range: ByteRange
  readonly head: Uint8Array
}

type Result = IteratorResult<unknown, unknown>

class PartChunks implements PullSource {
  readonly #content: Content
  readonly #parts: Part[]
  readonly #context: ReadContext
  #tail: Uint8Array | undefined
  #current: PullSource | undefined

  constructor(content: Content, parts: readonly Part[], tail: Uint8Array, context: ReadContext) {
    this.#content = content
    this.#parts = [...parts]
    this.#tail = tail
    this.#context = context
  }

  next(): Result | Promise<Result> {
    const result = this.#current?.next()
    if (result === undefined) return this.#nextPart()
    return isThenable(result) ? result.then((settled) => this.#orNextPart(settled)) : this.#orNextPart(result)
  }

  close(): unknown {
    return this.#current?.close()
  }

  #orNextPart(result: Result): Result {
    return result?.done === true ? this.#nextPart() : result
  }

  #nextPart(): Result {
    if (this.#current !== undefined) closeSource(this.#current, () => {})
    const part = this.#parts.shift()
    this.#current = part && this.#content.pull(part.range, this.#context)
    const value = part?.head ?? this.#tail
    if (part === undefined) this.#tail = undefined
    return value === undefined ? { done: true, value } : { done: false, value }
  }
}
