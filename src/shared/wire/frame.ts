// Part of `response-writer.ts`, which says what it gains and when it can be deleted.
const CRLF = '\r\n'

/** Bytes for many responses, encoded once: as they are, and framed as a chunk of HTTP/1.1 (RFC 9112 §7.1). */
export class Frame {
  readonly chunk: Buffer
  /** A part of the chunk, not a copy. */
  readonly bytes: Buffer

  constructor(text: string | readonly Frame[]) {
    const content = typeof text === 'string' ? Buffer.from(text) : Buffer.concat(text.map(({ bytes }) => bytes))
    const size = content.length.toString(16) + CRLF
    this.chunk = Buffer.concat([Buffer.from(size), content, Buffer.from(CRLF)])
    this.bytes = this.chunk.subarray(size.length, -CRLF.length)
  }
}
