import { Frame } from '../wire/frame.js'

/** A comment: browsers ignore it, and proxies see that the stream is alive (HTML §9.2.7). */
export const COMMENT: Frame = new Frame(':\n\n')

/** The last event of a stream that the server ends: a client may listen for it, and return elsewhere or later. */
export const SHUTDOWN: Frame = new Frame('event: shutdown\ndata: \n\n')

/**
 * Whether these bytes end with a whole event: with an empty line (HTML §9.2.6). A long event leaves in several batches, and
 * nothing may come between. The last of them may be a line feed alone, so `before` is the last byte of the batch before.
 */
export function endsEvent(bytes: Buffer, before: number | undefined): boolean {
  const lineFeed = 0x0a
  return bytes.at(-1) === lineFeed && (bytes.length > 1 ? bytes.at(-2) : before) === lineFeed
}
