import { hash, randomBytes } from 'node:crypto'
import type { BodySource } from '../exchange/response-description.js'
import { type ByteRange, lengthOf, serializeContentRange } from '../fields/range.js'
import type { ChunkSource } from './chunk-source.js'
import { chunkBody } from './chunk-stream.js'
import type { Content } from './content.js'

export interface Byteranges {
  readonly type: string
  readonly body: BodySource
}

/** Unknown to whoever may have written the file, so that no file can hold it. */
const secret = randomBytes(16).toString('hex')

/** Several ranges as `multipart/byteranges` (RFC 9110 §14.6), each part with the type of the whole. */
export function describeByteranges(
  content: Content,
  size: number,
  ranges: readonly ByteRange[],
  type: string,
): Byteranges {
  const boundary = hash('sha256', `${secret} ${size} ${ranges.map((each) => serializeContentRange(each, size))}`).slice(
    0,
    32,
  )
  const parts = ranges.map((range, index) => ({
    range,
    head: Buffer.from(
      `${index === 0 ? '' : '\r\n'}--${boundary}\r\n` +
        `Content-Type: ${type}\r\nContent-Range: ${serializeContentRange(range, size)}\r\n\r\n`,
      'latin1',
    ),
  }))
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`)
  const length = parts.reduce((sum, { range, head }) => sum + head.byteLength + lengthOf(range), tail.byteLength)
  return {
    type: `multipart/byteranges; boundary=${boundary}`,
    body: chunkBody(
      () => new PartChunks(content, parts, tail),
      length,
      () => content.close(),
    ),
  }
}

interface Part {
  readonly range: ByteRange
  readonly head: Uint8Array
}

class PartChunks implements ChunkSource {
  readonly #content: Content
  readonly #parts: Part[]
  #tail: Uint8Array | undefined
  #current: ChunkSource | undefined

  constructor(content: Content, parts: readonly Part[], tail: Uint8Array) {
    this.#content = content
    this.#parts = [...parts]
    this.#tail = tail
  }

  async next(): Promise<Uint8Array | undefined> {
    const chunk = await this.#current?.next()
    if (chunk !== undefined) return chunk
    this.#current?.close()
    const part = this.#parts.shift()
    this.#current = part && this.#content.chunks(part.range)
    if (part !== undefined) return part.head
    const tail = this.#tail
    this.#tail = undefined
    return tail
  }

  close(): void {
    this.#current?.close()
  }
}
