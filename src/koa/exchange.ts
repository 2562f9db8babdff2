import { isPromise } from 'node:util/types'
import type { ParameterizedContext } from 'koa'
import {
  abortedError,
  answeredMeanwhile,
  type EndCallback,
  EXCHANGE,
  Exchange,
  isAborted,
  type KitMethod,
  toError,
} from '../shared/exchange/exchange.js'
import { pendingSettled } from '../shared/exchange/pending-calls.js'
import {
  isBodySource,
  isOpenedStream,
  type OpenedBody,
  type ResponseDescription,
  withOpened,
} from '../shared/exchange/response-description.js'
import { isBodiless } from '../shared/exchange/send.js'
import { closeConnectionOnShutdown } from '../shared/exchange/shutdown.js'
import { isComplete, whenResponseCloses } from '../shared/exchange/when-response-closes.js'
import { removeWithdrawnFields } from '../shared/exchange/withdrawn-fields.js'
import { isObject } from '../shared/exchange/wrong-host.js'
import { showViewHelpers } from '../shared/redirects/view-variables.js'
import { exchangeOf as sharedExchangeOf } from '../shared/settings/exchange-of.js'
import type { Settings, TemplateRenderer } from '../shared/settings/settings.js'
import { isNodeStream } from '../shared/streams/stream-source.js'
import { type KitPlace, KoaFacts, openScopes } from './facts.js'
import { checkHost } from './host.js'
import { emitError, guardErrorHandling } from './raised-error.js'
import {
  type BodyListener,
  linesOfTheBytes,
  removeLinesOfTheBytes,
  removePart,
  restoreResponse,
  type StateBefore,
  setAnswer,
} from './set-answer.js'
import { ignoreDisconnections, StreamWatch } from './stream-watch.js'
import { unreadBody } from './unread-body.js'
import { WatchedCall } from './watched-call.js'

/** A Koa request and its response: how the response is set on the context, and who gets a failure. */
export class KoaExchange extends Exchange implements BodyListener {
  readonly facts: KoaFacts
  override readonly isBodyShared = true
  #unthrown: Error | undefined
  #stream: StreamWatch | undefined
  /** Other code has put a body in the place of the kit's. */
  #hasOtherBody = false
  #before: StateBefore | undefined
  /** The answer that was set; absent while the kit itself sets one. */
  #answer: ResponseDescription | undefined
  #codingThen: unknown
  /** The kit sets the body now. */
  #isSetting = false
  /** How many of the calls that wait are awaited by no code. */
  #unawaited = 0

  constructor(facts: KoaFacts) {
    super()
    this.facts = facts
    this.#watchShutdown(facts.settings)
  }

  /** The options of a `responseKit()` hold from here on. */
  enter(settings: Settings): KitPlace {
    this.#watchShutdown(settings)
    return this.facts.enter(settings)
  }

  /** After the signal every response ends its connection. */
  #watchShutdown({ shutdown }: Settings): void {
    if (shutdown !== undefined) closeConnectionOnShutdown(this.facts.req, this.facts.res, shutdown)
  }

  override call(method: KitMethod, target: unknown, given: readonly unknown[]): unknown {
    const before = this.pending
    const result = this.runAsCall(() => super.call(method, target, given))
    const waiting = this.pending
    if (waiting === undefined || waiting === before) return result
    if (isPromise(result)) return this.noteAwaiting(result)
    void this.noteAwaiting(waiting) // no code can await a page
    return result
  }

  /** The promise of a call, of which the exchange knows if code waits for it. */
  noteAwaiting<Value>(call: Promise<Value>): Promise<Value> {
    if (this.pending === undefined) return call
    const wasWithdrawn = this.watchWithdrawal()
    this.#unawaited++
    return new WatchedCall(call, () => {
      if (!wasWithdrawn()) this.#unawaited--
    })
  }

  /** Runs code that has the options of the place that it is called at to its end, as a call of the kit has. */
  runAsCall<Result>(run: () => Result): Result {
    const scopes = openScopes()
    return scopes === undefined ? run() : scopes.run(this.facts.scopeOfCall, run)
  }

  override finishAfter(work: Promise<void>, complete: () => void): Promise<void> {
    const finished = super.finishAfter(work, () => this.#setByKit(complete))
    return this.noteAwaiting(finished)
  }

  override watch(work: Promise<void>, callback?: EndCallback): Promise<void> {
    const watched = super.watch(work, callback)
    this.facts.notePending(watched)
    return watched
  }

  override render(name: string, variables: Readonly<Record<string, unknown>>): ReturnType<TemplateRenderer> {
    showViewHelpers(this, this.facts.locals)
    return super.render(name, variables)
  }

  override get hasAnswer(): boolean {
    const { body } = this.facts.ctx
    return this.isAnswered || (body !== undefined && body !== null)
  }

  write(description: ResponseDescription): void | Promise<void> {
    const { body } = description
    const { method, ctx } = this.facts
    const status = description.status ?? this.facts.stagedStatus ?? 200
    if (!isBodySource(body)) return this.#set(status, description, body)
    if (isBodiless(status)) {
      body.cancel()
      return this.#set(status, description, undefined)
    }
    const throwIfOver = this.expectToAnswer()
    const set = (opened: OpenedBody): void => {
      try {
        throwIfOver()
        if (isOpenedStream(opened)) this.#stream = new StreamWatch(this, ctx, opened) // before Koa does
        this.#set(status, withOpened(description, opened), opened)
      } catch (error) {
        if (isOpenedStream(opened)) opened.destroy()
        throw error
      }
    }
    const opened = method === 'HEAD' ? unreadBody(body) : body.open()
    // A client that has left is no failure of the call: it must not throw.
    return isPromise(opened) || this.facts.aborted ? Promise.resolve(opened).then(set) : set(opened)
  }

  #set(status: number, description: ResponseDescription, body: OpenedBody | undefined): void {
    this.#answer = undefined
    this.#setByKit(() => {
      this.#before = setAnswer(this.facts.ctx, status, description, body)
    })
    this.#answer = description
    this.#hasOtherBody = false
    this.#codingThen = this.facts.res.getHeader('Content-Encoding')
  }

  /** Runs code that sets the answer of a call, and not another one in its place. */
  #setByKit(set: () => void): void {
    this.#isSetting = true
    try {
      set()
    } finally {
      this.#isSetting = false
    }
  }

  bodyReplaced(): void {
    const { ctx, res } = this.facts
    const answer = this.#answer
    if (res.headersSent) return
    if (answer === undefined) {
      this.#meetOtherBody()
      return
    }
    this.#hasOtherBody = true
    // koa-compress sends bytes in memory by a stream of its own, on which Koa takes a client that leaves for a failure.
    const { body } = ctx
    if (body === 'null') ctx.length = body.length // Koa 3 makes it of a null with the type of JSON, under the length of the body before
    if (this.#stream === undefined && isObject(body) && isNodeStream(body)) ignoreDisconnections(this, ctx, body)
    const isCoded = res.getHeader('Content-Encoding') !== this.#codingThen
    removeLinesOfTheBytes(ctx.response, linesOfTheBytes(answer), isCoded)
    if (answer.status === 206 && res.statusCode === 206) removePart(ctx, answer)
  }

  /**
   * Other code has set a body while a call waits. If code awaits that call, the handler has not ended: then a timeout of the app
   * has set the body, and it is the answer. The answer of a call that no code awaits comes in its place, as in that of a fallback page.
   */
  #meetOtherBody(): void {
    const isWaiting = this.isAnswered && this.pending !== undefined && !this.#isSetting
    if (!isWaiting || this.#unawaited > 0) return
    this.withdraw()
    const { response } = this.facts.ctx
    const { body } = response
    response.body = body // Koa finds status and type again, if those of a reply have left
  }

  protected override whenEnded(callback: EndCallback): void {
    const { ctx, req, res } = this.facts
    const { statusCode } = res
    const stream = this.#stream
    const wasWithdrawn = this.watchWithdrawal()
    const earlier = this.failure
    const failureSince = () => stream?.failure ?? (this.failure === earlier ? undefined : this.failure)
    let thrown: Error | undefined
    const tell = ctx.onerror
    ctx.onerror = (error) => {
      if (error != null && !res.headersSent) thrown = toError(error) // of middleware outside: its page comes in place of the answer
      tell?.call(ctx, error)
    }
    whenResponseCloses(req, res, () => {
      const isOthers = this.#hasOtherBody || ctx.respond === false
      const isOtherPage = isOthers && statusCode < 400 && res.statusCode >= 400
      const replaced = wasWithdrawn() || isOtherPage ? answeredMeanwhile() : undefined
      try {
        this.tell(callback, failureSince() ?? (isComplete(res) ? (thrown ?? replaced) : (replaced ?? abortedError())))
      } catch (error) {
        emitError(this.facts.ctx, toError(error))
      }
    })
  }

  override withdraw(): void {
    const wasSet = this.#before !== undefined
    super.withdraw()
    const { res } = this.facts
    if (wasSet && !res.headersSent) removeWithdrawnFields(res)
  }

  /** The source of the body is closed. */
  protected override takeBackBody(): void {
    this.facts.forgetPending()
    this.#unawaited = 0
    this.#unthrown = undefined // the hook has been told of it
    this.#answer = undefined
    this.#stream = undefined
    const before = this.#before
    this.#before = undefined
    const { ctx, res } = this.facts
    if (before !== undefined && !res.headersSent) restoreResponse(ctx, before)
  }

  /** Keeps the first answer if an error only says that a second one came too late. The hook and the app are told. */
  keepsAnswer(error: unknown): boolean {
    if (!this.isRefusal(error)) return false
    const refusal = toError(error)
    const aborted = isAborted(refusal)
    this.report(refusal, aborted, this.facts.settings)
    if (!aborted) emitError(this.facts.ctx, refusal)
    return true
  }

  /** The middleware throws the failure when the handlers have ended. After the head was sent, Koa's `error` event is all that is left. */
  raise(error: Error): void {
    if (this.hasBegun) emitError(this.facts.ctx, error)
    else this.#unthrown ??= error
  }

  /** Waits for calls that were made without `await`, and throws what failed, once. */
  async settle(): Promise<void> {
    await pendingSettled(this)
    const failure = this.#unthrown
    if (failure !== undefined) this.withdraw() // the error page also replaces what was set since
    this.#throw(failure)
  }

  /** Throws what failed, once, and waits for nothing: a call may be waiting for the caller, as `negotiate` does for `next()`. */
  throwFailure(): void {
    this.#throw(this.#unthrown)
  }

  #throw(failure: Error | undefined): void {
    this.#unthrown = undefined
    if (failure === undefined) return
    guardErrorHandling(this.facts.ctx)
    throw failure
  }

  get isSettled(): boolean {
    return this.pending === undefined && this.#unthrown === undefined
  }
}

/** The exchange of a context, or one for this call alone if the context did not pass `responseKit()`. */
export function exchangeOf(call: string, ctx: ParameterizedContext & { [EXCHANGE]?: KoaExchange }): KoaExchange {
  return sharedExchangeOf(ctx, (settings) => {
    checkHost(call, ctx)
    return new KoaExchange(new KoaFacts(settings, ctx))
  })
}
