import { Frame } from '../wire/frame.js'

/** A comment: no client shows it, every proxy takes it for life (HTML §9.2.7). */
export const COMMENT: Frame = new Frame(':\n\n')

/** The last event of a stream that the server ends: clients may listen to it, and return elsewhere or later. */
export const SHUTDOWN: Frame = new Frame('event: shutdown\ndata: \n\n')
