import type { ServerResponse } from 'node:http'
import { type DebugLogger, debuglog } from 'node:util'
import { isError, notConfigured, ResponseKitError, toError } from '../checks/errors.js'
import { callHook, isThenable } from '../checks/promise.js'
import type { Settings, TemplateRenderer } from '../settings/settings.js'
import { cutOff } from './cut-off.js'
import { addPending, type PendingCalls } from './pending-calls.js'
import type { RequestFacts } from './request-facts.js'
import { isBodySource, type ResponseDescription } from './response-description.js'
import type { AfterSendTask } from './send-outcome.js'
import { isComplete } from './when-response-closes.js'
import { removeWithdrawnFields } from './withdrawn-fields.js'

export { toError } from '../checks/errors.js'

/** Writes on stderr if `NODE_DEBUG=response-kit` is set. */
export const debug: DebugLogger = debuglog('response-kit')

/**
 * The property of a response or context that holds its exchange. The kit adds no other to a response of Node, except
 * `setHeader` of one with a file (see `weakenIfCoded`), and `writeHead` after the shutdown signal.
 */
export const EXCHANGE: unique symbol = Symbol('response-kit.exchange')

/** Called when the response has ended, as Express's `res.download` does. */
export type EndCallback = (error?: Error) => unknown

/** A method of a response or context that the kit has added. */
export type KitMethod = (this: unknown, ...given: readonly unknown[]) => unknown

/** What a request has read of the values that earlier requests left for it, and what it leaves for the next one. */
export interface FlashState {
  read: Readonly<Record<string, unknown>> | undefined
  left: Readonly<Record<string, unknown>> | undefined
  /** The identifiers that this request has claimed from claims that processes share. Absent: it has not asked them. */
  claimed: ReadonlySet<string> | 'failed' | undefined
  /** What other requests have claimed and may give back. It stays in its place. */
  held: readonly Readonly<Record<string, unknown>>[]
  /** Gives back what was claimed and not read. */
  release: (() => Promise<void> | undefined) | undefined
}

/**
 * One request and its response, from the finishing call to the end. It knows if an answer has begun and what is still
 * awaited, and it passes on each failure. Its `facts` say what the request is. Each request that passes `responseKit()` has one exchange.
 */
export abstract class Exchange implements PendingCalls {
  /** What the framework knows of the request. Reading it changes nothing. */
  abstract readonly facts: RequestFacts
  /** Other middleware can read the body before it is sent, and may keep its bytes. */
  readonly isBodyShared: boolean = false
  /** The Set-Cookie lines that the kit has staged, in the array that the response holds. */
  cookieLines: string[] | undefined
  /** The tasks that run after the response has ended, in the order in which they were staged. */
  afterSendTasks: AfterSendTask[] | undefined
  /** By the name of the option `flash`. Absent until a call reads or leaves such a value. */
  flashes: Map<string, FlashState> | undefined
  /** The asynchronous finishing calls under way, for a middleware that must wait for them. */
  pending: Promise<void> | undefined
  /** A finishing call has begun, and no failure has taken it back. */
  #finishing = false
  #withdrawals = 0
  /** What takes back the head that values have staged. */
  #staged: Set<() => void> | undefined
  #settings: Settings | undefined
  #failure: Error | undefined
  #reported: Error | undefined
  #hasBegun = false

  /** Writes a description: sends it (Express) or sets it on the context (Koa). Returns a promise only if it has to wait. */
  abstract write(description: ResponseDescription): void | Promise<void>
  /** Hands a failure to the framework's error handling. */
  abstract raise(error: Error): void

  /** `undefined`: as if the handler had staged none. */
  stageStatus(status: number | undefined): void {
    this.facts.stageStatus(status)
  }

  /** Renders a template with the view variables and those given. */
  render(name: string, variables: Readonly<Record<string, unknown>>): ReturnType<TemplateRenderer> {
    const { settings, locals } = this.facts
    if (settings.templates === undefined) throw notConfigured('template()', 'templates')
    return settings.templates(name, { ...locals, ...variables })
  }

  /**
   * The options that were in force when the answer was given. They hold for it to its end: by then Koa has left an inner
   * `responseKit()`, because it sends a body after its middleware.
   */
  get settings(): Settings {
    return this.#settings ?? this.facts.settings
  }

  /** Calls a method of the kit on its response or context. */
  call(method: KitMethod, target: unknown, given: readonly unknown[]): unknown {
    return Reflect.apply(method, target, given)
  }

  /** What failed while the kit answered. */
  get failure(): Error | undefined {
    return this.#failure
  }

  /** Whether an error only says that a second answer came too late. The first one stays. */
  isRefusal(error: unknown): boolean {
    return isError(error) && refusals.get(error) === this.facts.res && this.isAnswered
  }

  /** The request has its answer, or a call is about to give it. */
  get isAnswered(): boolean {
    return this.#finishing || this.facts.res.headersSent
  }

  /** There is an answer, perhaps one that the framework's own calls have set and may still change. */
  get hasAnswer(): boolean {
    return this.isAnswered
  }

  /** Refuses a second finishing call, or one after the head was sent. */
  refuseIfAnswered(call: string): void {
    if (!this.isAnswered) return
    // Other code may have ended the response only because the client has left.
    const hasNoAnswer = !this.#finishing && this.facts.aborted
    const refusal = hasNoAnswer
      ? abortedError()
      : new ResponseKitError('ALREADY_SENT', `${call}: this request has already been answered`)
    refusals.set(refusal, this.facts.res)
    throw refusal
  }

  /** Runs a call that returns a promise, unless it comes too late. */
  unlessAnswered(call: string, run: () => Promise<void>): Promise<void> {
    try {
      this.refuseIfAnswered(call)
    } catch (error) {
      return this.tellRefusal(error)
    }
    return run()
  }

  /** Tells the callback of a call that it comes too late. Without a callback the call throws, unless its client has left. */
  tellRefusal(error: unknown, callback?: EndCallback): Promise<void> {
    if (!this.isRefusal(error)) throw error
    const refusal = toError(error)
    const aborted = isAborted(refusal)
    if (callback === undefined && !aborted) throw error
    this.report(refusal, aborted)
    if (callback === undefined) return Promise.resolve()
    const told = Promise.resolve().then(() => this.tell(callback, refusal))
    return told.catch((reason) => this.raise(toError(reason)))
  }

  /** A finishing call that is decided at once. */
  finish(description: ResponseDescription): void | Promise<void> {
    this.#setFinishing(true)
    let written: void | Promise<void>
    try {
      written = this.write(description)
    } catch (error) {
      if (!this.facts.res.headersSent) this.#giveUp() // the code that catches it may still answer
      throw error
    }
    if (written !== undefined) return this.watch(written)
  }

  /**
   * A finishing call that has to wait. The promise settles when the response is sent (Express) or set (Koa), and never
   * rejects. A failure goes once to the callback, or else to the framework.
   */
  finishLater(describing: Promise<ResponseDescription>, callback?: EndCallback): Promise<void> {
    this.#setFinishing(true)
    return this.watch(this.#deliver(describing), callback)
  }

  /** A finishing call that the framework completes itself, after this work. */
  finishAfter(work: Promise<void>, complete: () => void): Promise<void> {
    this.#setFinishing(true)
    const throwIfOver = this.expectToAnswer()
    return this.watch(
      work.then(() => {
        throwIfOver()
        complete()
      }),
    )
  }

  /** Takes back the answer that was begun, so that an error page can replace it. A call that still waits will not answer. */
  withdraw(): void {
    this.#withdrawals++
    this.pending = undefined
    this.#setFinishing(false)
    this.takeBackBody()
    this.#takeBackStaged()
  }

  /** Takes back the heads that values have staged, the last one first. */
  #takeBackStaged(): void {
    for (const takeBack of [...(this.#staged ?? [])].reverse()) takeBack()
  }

  /** This answer is not sent, and another one may be. */
  #giveUp(): void {
    this.#setFinishing(false)
    this.#takeBackStaged()
  }

  /** Takes back what the framework was given to send. */
  protected takeBackBody(): void {}

  /** The head that a value stages leaves with its answer. What this returns takes it back, if the answer was not withdrawn. */
  whenGivenUp(takeBack: () => void): () => void {
    this.#staged ??= new Set()
    const staged = this.#staged
    const takeBackOnce = (): void => {
      if (staged.delete(takeBackOnce)) takeBack()
    }
    staged.add(takeBackOnce)
    return takeBackOnce
  }

  /**
   * For a call that will answer after it has waited. What it returns fails if the client has left meanwhile, or if another
   * answer has taken the place of this one.
   */
  protected expectToAnswer(): () => void {
    const isReplaced = this.watchReplacement()
    return () => {
      if (this.facts.aborted) throw abortedError()
      if (isReplaced()) throw answeredMeanwhile()
    }
  }

  /** What it returns tells whether another answer has taken the place of this one since. Its head is no longer ours to change. */
  watchReplacement(): () => boolean {
    const wasWithdrawn = this.watchWithdrawal()
    return () => this.facts.res.headersSent || wasWithdrawn()
  }

  /** What it returns tells whether the answer was taken back since. */
  watchWithdrawal(): () => boolean {
    const before = this.#withdrawals
    return () => this.#withdrawals !== before
  }

  #setFinishing(isFinishing: boolean): void {
    this.#finishing = isFinishing
    this.#settings = isFinishing ? this.facts.settings : undefined
  }

  async #deliver(describing: Promise<ResponseDescription>): Promise<void> {
    const throwIfOver = this.expectToAnswer()
    const description = await describing
    try {
      throwIfOver()
    } catch (error) {
      if (isBodySource(description.body)) description.body.cancel()
      throw error
    }
    await this.write(description)
  }

  /** Waits for work that decides on an answer. If another call has answered meanwhile, that answer stays. */
  decide(work: Promise<void>): Promise<void> {
    const decided = work.catch((reason) => {
      if (this.isRefusal(reason)) otherAnswers.add(toError(reason))
      throw reason
    })
    return this.watch(decided)
  }

  /** Waits for work of a finishing call, and contains its failure. */
  watch(work: Promise<void>, callback?: EndCallback): Promise<void> {
    const wasWithdrawn = this.watchWithdrawal()
    const settled = work.then(callback && (() => this.whenEnded(callback)), (reason) =>
      this.fail(toError(reason), callback, wasWithdrawn()),
    )
    const contained = settled.catch((reason) => this.raise(toError(reason)))
    addPending(this, contained)
    const all = this.pending
    const forget = (): void => {
      if (this.pending === all) this.pending = undefined
    }
    all?.then(forget, forget) // it rejects if the error handling of the app throws
    return contained
  }

  /** Tells the callback that the response has ended. It has, if the adapter's `write` waits for the end. */
  protected whenEnded(callback: EndCallback): void {
    this.tell(callback)
  }

  /** Calls the callback. If it is asynchronous and rejects, that is a failure like one that it throws. */
  protected tell(callback: EndCallback, error?: Error): void {
    const result: unknown = callback(error)
    if (isThenable(result)) Promise.resolve(result).catch((reason) => this.raise(toError(reason)))
  }

  /**
   * One failure, one report: the hook is told, then the callback or the framework gets it. An abort is no failure. After
   * the head was sent the response is cut off first, so that it never looks complete. Of a call that was withdrawn, only the
   * hook and the callback are told.
   */
  fail(error: Error, callback?: EndCallback, wasWithdrawn = false): void {
    const { req, res } = this.facts
    // The kit itself destroys the response of a source that fails.
    const aborted = this.facts.aborted && error !== this.#failure && (isAborted(error) || !res.headersSent)
    if (!aborted && !wasWithdrawn) this.noteFailure(error)
    this.report(error, aborted)
    const hasOtherAnswer = isAnotherAnswer(error) && (res.headersSent || this.isRefusal(error))
    const staysAsItIs = wasWithdrawn || hasOtherAnswer
    if (!this.hasBegun && !staysAsItIs) {
      this.#giveUp()
      removeWithdrawnFields(res)
    } else if (!aborted && !staysAsItIs && !isComplete(res)) cutOff(req, res, error)
    if (callback !== undefined) this.tell(callback, error)
    else if (!aborted && !staysAsItIs) this.raise(error)
  }

  /** Bytes of the answer are given away: the head has been sent, or middleware holds it back together with them. */
  get hasBegun(): boolean {
    return this.#hasBegun || this.facts.res.headersSent
  }

  /** The first bytes of a body are written. */
  noteBegun(): void {
    this.#hasBegun = true
  }

  /** Remembers what failed: the first failure counts. */
  noteFailure(error: Error): void {
    this.#failure ??= error
  }

  /**
   * Tells the hook of a failure, once even if several places meet it. What the hook fails with is ignored. The hook is that of the
   * answer. Code that meets a failure of the app gives the options that are in force by then.
   */
  report(error: Error, aborted: boolean, { onError }: Pick<Settings, 'onError'> = this.settings): void {
    if (this.#reported === error) return
    this.#reported = error
    const { method, url } = this.facts
    debug('%s %s: %s%s', method, url, error.message, aborted ? ' (aborted)' : '')
    callHook(
      () => onError?.(error, { method, url, aborted }),
      (failure) => debug('onError failed: %s', failure),
    )
  }
}

/*
 * The codes of these errors do not tell them apart. A source can fail with the same code: axios does so if its own request
 * takes too long, and a handler that answers twice does so in its source.
 */
const aborts = new WeakSet<Error>()
const otherAnswers = new WeakSet<Error>()
/** The errors of calls that came too late, with the response that has its answer: `sendReply()` has an exchange of its own. */
const refusals = new WeakMap<Error, ServerResponse>()

/** The client left before the response was complete. The code is Express's own for it. */
export function abortedError(message = 'Request aborted'): ResponseKitError {
  const error = new ResponseKitError('ECONNABORTED', message, { status: 400, expose: false })
  aborts.add(error)
  return error
}

/** Other code has answered while a finishing call was under way. */
export function answeredMeanwhile(): ResponseKitError {
  const error = new ResponseKitError('ALREADY_SENT', 'other code has answered this request meanwhile')
  otherAnswers.add(error)
  return error
}

/** Why a response is over before the kit has answered it: other code has, or the client has left. */
export function endedBefore(res: ServerResponse): ResponseKitError {
  return isComplete(res) ? answeredMeanwhile() : abortedError()
}

/** Why an answer is not sent: the client has left, or another answer has taken its place. */
export function replacedError({ aborted }: Pick<RequestFacts, 'aborted'>): ResponseKitError {
  return aborted ? abortedError() : answeredMeanwhile()
}

/** Other code has ended the response in the middle of the body. What the client has is a part, so it must not look whole. */
export function endedByOthers(): ResponseKitError {
  return new ResponseKitError('ALREADY_SENT', 'other code has ended the response before its last byte')
}

/** Whether the kit made this error because a client has left: perhaps another client, if requests share their work. */
export function isAborted(error: Error): boolean {
  return aborts.has(error)
}

/** Whether an error only says that another call, or other code, has answered. */
export function isAnotherAnswer(error: Error): boolean {
  return otherAnswers.has(error)
}
