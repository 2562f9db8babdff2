/** The readers of the web streams that answers hold. */
const readers = new WeakMap<object, ReadableStreamDefaultReader>()

/** Takes the reader of a stream, so that no other code reads or cancels it. */
export function holdWebStream(stream: ReadableStream<unknown>): void {
  try {
    const reader: unknown = stream.getReader()
    if (isReader(reader)) readers.set(stream, reader)
  } catch {
    // the answer that reads it meets the failure
  }
}

export function isHeld(stream: ReadableStream<unknown>): boolean {
  return readers.has(stream)
}

/** The reader that an answer holds, or a new one. `undefined`: what the stream gives cannot read. */
export function readerOf(stream: ReadableStream<unknown>): ReadableStreamDefaultReader | undefined {
  const reader: unknown = readers.get(stream) ?? stream.getReader()
  return isReader(reader) ? reader : undefined
}

/** Cancels a stream, unless other code reads it. Returns whether it did. */
export function cancelWebStream(stream: ReadableStream<unknown>): boolean {
  const owner = readers.get(stream) ?? (stream.locked ? undefined : stream)
  owner?.cancel().catch(ignore)
  return owner !== undefined
}

function isReader(value: unknown): value is ReadableStreamDefaultReader {
  if (typeof value !== 'object' || value === null || !('read' in value && 'cancel' in value)) return false
  return typeof value.read === 'function' && typeof value.cancel === 'function'
}

function ignore(): void {}
