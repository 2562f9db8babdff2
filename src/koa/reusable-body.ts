import type { ParameterizedContext } from 'koa'
import { leavesAsWritten } from '../shared/exchange/weaken-if-coded.js'
import { writesToNativeSocket } from '../shared/wire/native-socket.js'

/**
 * Bytes in `ctx.body` whose memory can be used again after they have left. That is so only if Koa alone has read
 * `ctx.body`, once, to send it: any other reader may keep the bytes.
 */
export class ReusableBody {
  readonly #ctx: ParameterizedContext
  readonly #reuse: () => void
  #reads = 0
  #isReused = false

  constructor(ctx: ParameterizedContext, reuse: () => void) {
    this.#ctx = ctx
    this.#reuse = reuse
    // Listeners for the end may read the body too. Node emits `close` last, and the next tick is after its listeners.
    ctx.res.once('close', () => process.nextTick(() => this.#reuseIfFree()))
  }

  /** Code reads the body. Returns whether the bytes are still there. */
  noteRead(): boolean {
    this.#reads++
    return !this.#isReused
  }

  /** Other code has the bytes. */
  keep(): void {
    this.#reads = Number.POSITIVE_INFINITY
  }

  #reuseIfFree(): void {
    const { req, res, respond } = this.#ctx
    if (this.#reads !== 1 || respond === false || !leavesAsWritten(res) || !writesToNativeSocket(res)) return
    if (!res.writableFinished || req.socket.destroyed) return // a write may still be under way
    this.#isReused = true
    this.#reuse()
  }
}
