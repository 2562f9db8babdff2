import { Frame } from '../wire/frame.js'

/** A comment: browsers ignore it, and proxies see that the stream is alive (HTML §9.2.7). */
export const COMMENT: Frame = new Frame(':\n\n')

/** The last event of a stream that the server ends: a client may listen for it, and return elsewhere or later. */
export const SHUTDOWN: Frame = new Frame('event: shutdown\ndata: \n\n')

/** Whether these bytes end with a whole event. A long event leaves in several batches, and nothing may come between. */
export function endsEvent(bytes: Buffer): boolean {
  const { length } = bytes
  return length > 1 && bytes[length - 1] === 0x0a && bytes[length - 2] === 0x0a
}
