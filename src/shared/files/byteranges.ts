import { randomBytes } from 'node:crypto'
import { validateHeaderValue } from 'node:http'
import { withCharset } from '../fields/media-type.js'
import { type ByteRange, lengthOf, serializeContentRange } from '../fields/range.js'
import type { PullSource } from '../streams/pull-source.js'
import type { Content, ReadContext } from './content.js'
import { MeasuredBytes } from './measured-bytes.js'

/** Several ranges of a content as the body of one answer. */
export interface Byteranges {
  /** Media type of the body. */
  readonly type: string
  /** Bytes of the body. */
  readonly length: number
  pull(context: ReadContext): PullSource
}

/** Several ranges as `multipart/byteranges` (RFC 9110 §14.6), each part with the type of the whole. Errors name `subject`. */
export function describeByteranges(
  subject: string,
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
    pull: (context) => new PartChunks(subject, content, parts, tail, context),
  }
}

interface Part {
  readonly range: ByteRange
  readonly head: Uint8Array
}

type Result = IteratorResult<unknown, unknown>

/** A part with more or fewer bytes than its range would shift all that follows: it is a failure. */
class PartChunks implements PullSource {
  readonly #subject: string
  readonly #content: Content
  readonly #parts: Part[]
  readonly #context: ReadContext
  #tail: Uint8Array | undefined
  #current: MeasuredBytes | undefined

  constructor(subject: string, content: Content, parts: readonly Part[], tail: Uint8Array, context: ReadContext) {
    this.#subject = subject
    this.#content = content
    this.#parts = [...parts]
    this.#tail = tail
    this.#context = context
  }

  async next(): Promise<Result> {
    const value = (await this.#current?.next()) ?? this.#nextPart()
    return value === undefined ? { done: true, value } : { done: false, value }
  }

  close(): void {
    this.#current?.close()
  }

  /** The head of the next part, or what stands after the last one. */
  #nextPart(): Uint8Array | undefined {
    const part = this.#parts.shift()
    const tail = this.#tail
    if (part === undefined) {
      this.#current = undefined
      this.#tail = undefined
      return tail
    }
    const { range, head } = part
    this.#current = new MeasuredBytes(this.#subject, this.#content.pull(range, this.#context), lengthOf(range))
    return head
  }
}
