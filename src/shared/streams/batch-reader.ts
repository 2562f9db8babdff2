import type { FrameTaker } from '../wire/response-writer.js'

/** Octets ready to be written, in order, one batch at a time. */
export interface BatchReader {
  /** The next batch, `undefined` at the end; throws or rejects once where the source failed. Never called twice at once. */
  read(): Buffer | undefined | Promise<Buffer | undefined>
  /** The last batch was given because the source has nothing more for now: it should leave at once. */
  readonly isPaused: boolean
  /** Where a format may end anywhere: ends it, with a last word to the client. */
  finish?(): void
  /** Where octets come by themselves: offers them to `taker` while a `read` is pending, which then stays so. */
  offerTo?(taker: FrameTaker): void
  /** Ends reading and releases the source, without waiting for it; a pending `read` gets `undefined`. */
  cancel(): void
}
