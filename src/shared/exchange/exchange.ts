import { type DebugLogger, debuglog } from 'node:util'
import { callHook } from '../checks/call-hook.js'
import { type ErrorCode, ResponseKitError, toError } from '../checks/errors.js'
import { cutOff } from './cut-off.js'
import { RequestView } from './request-view.js'
import { isBodySource, type ResponseDescription } from './response-description.js'
import { isComplete } from './when-response-closes.js'

export { toError } from '../checks/errors.js'

export const debug: DebugLogger = debuglog('response-kit')

/** Where a response keeps its exchange: the one property of its own the kit gives it. */
export const EXCHANGE: unique symbol = Symbol('response-kit.exchange')

/**
 * One request and its answer, from the finishing call to the end: what has begun, what is awaited, where a failure goes.
 * Made once for each request that passes `responseKit()`.
 */
export abstract class Exchange extends RequestView {
  /** A finishing call has begun and was not taken back by a failure. */
  finishing = false
  /** The asynchronous finishing call under way, for a middleware that must wait for it. */
  pending: Promise<void> | undefined
  /** What failed while answering, if anything did. */
  failure: Error | undefined
  #reported: Error | undefined

  /** Sends the description (Express) or sets it (Koa). A promise only where something has to be waited for. */
  abstract respond(description: ResponseDescription): void | Promise<void>
  /** Hands a failure to the framework's error handling. */
  abstract raise(error: Error): void

  /** Somebody has answered or is about to. */
  get isAnswered(): boolean {
    return this.finishing || this.res.headersSent
  }

  /** There is an answer already, be it one the framework's own calls have set and may still change. */
  get hasAnswer(): boolean {
    return this.isAnswered
  }

  /** Refuses a second finishing call, or one after the head has gone. */
  begin(call: string): void {
    if (this.isAnswered) {
      throw new ResponseKitError('ALREADY_SENT', `${call}: this request has already been answered`)
    }
  }

  /** A finishing call that is decided at once. */
  finish(description: ResponseDescription): void | Promise<void> {
    this.finishing = true
    let sent: void | Promise<void>
    try {
      sent = this.respond(description)
    } catch (error) {
      if (!this.res.headersSent) this.finishing = false // whoever catches it may still answer
      throw error
    }
    if (sent !== undefined) return this.watch(sent)
  }

  /**
   * A finishing call that has to wait: the promise settles when the answer is sent (Express) or set (Koa) and never
   * rejects; a failure goes once to the callback or else to the framework.
   */
  finishLater(describing: Promise<ResponseDescription>, callback?: (error?: Error) => void): Promise<void> {
    this.finishing = true
    return this.watch(this.#deliver(describing), callback)
  }

  async #deliver(describing: Promise<ResponseDescription>): Promise<void> {
    const description = await describing
    if (this.aborted || this.res.headersSent) {
      if (isBodySource(description.body)) description.body.cancel()
      if (this.aborted) throw abortedError()
      throw new ResponseKitError('ALREADY_SENT', 'this request has been answered by someone else meanwhile')
    }
    await this.respond(description)
  }

  watch(work: Promise<void>, callback?: (error?: Error) => void): Promise<void> {
    const settled = work.then(callback && (() => this.whenEnded(callback)), (reason) =>
      this.fail(toError(reason), callback),
    )
    const contained = settled.catch((reason) => this.raise(toError(reason)))
    this.pending = contained
    return contained
  }

  /** Tells the callback that the response has ended: here at once, as the answer is sent by now. */
  protected whenEnded(callback: (error?: Error) => void): void {
    callback()
  }

  /**
   * One failure, one report: the hook is told, then the callback or the framework gets it. An abort is no failure. What
   * fails behind the head is cut off first, so that it never looks complete.
   */
  fail(error: Error, callback?: (error?: Error) => void): void {
    // Once the head is sent, the kit itself destroys the response of a source that fails.
    const aborted = isAborted(error) || (this.aborted && !this.res.headersSent)
    if (!aborted) this.failure ??= error
    this.report(error, aborted)
    const isAnotherAnswer = this.res.headersSent && hasCode(error, 'ALREADY_SENT') // which stays whole
    if (!this.res.headersSent) this.finishing = false
    else if (!aborted && !isAnotherAnswer && !isComplete(this.res)) cutOff(this.req, this.res, error)
    if (callback !== undefined) callback(error)
    else if (!aborted && !isAnotherAnswer) this.raise(error)
  }

  /** Tells the hook of a failure, once though several places of one request meet it. */
  report(error: Error, aborted: boolean): void {
    if (this.#reported === error) return
    this.#reported = error
    debug('%s %s: %s%s', this.method, this.url, error.message, aborted ? ' (aborted)' : '')
    callHook(
      () => this.settings.onError?.(error, { method: this.method, url: this.url, aborted }),
      (failure) => debug('onError failed: %s', failure),
    )
  }
}

/** The client went away before the answer was complete: Express's own code for it. */
export function abortedError(message = 'Request aborted'): ResponseKitError {
  return new ResponseKitError('ECONNABORTED', message, { status: 400, expose: false })
}

export function isAborted(error: Error): boolean {
  return hasCode(error, 'ECONNABORTED')
}

function hasCode(error: Error, code: ErrorCode): boolean {
  return 'code' in error && error.code === code
}
