import type { IncomingMessage, ServerResponse } from 'node:http'
import { type DebugLogger, debuglog } from 'node:util'
import type { CookieSigning } from './cookies/signed.js'
import { cutOff } from './cut-off.js'
import { endConnectionOnShutdown } from './end-connection.js'
import { type ErrorCode, ResponseKitError, toError } from './errors.js'
import type { JsonOptions } from './json/json-options.js'
import { notConfigured, type Settings, type TemplateRenderer } from './options.js'
import { isBodySource, type ResponseDescription } from './response-description.js'
import type { View, ViewPaths } from './routes/views.js'
import { saveSession } from './save-session.js'

export { toError } from './errors.js'

export const debug: DebugLogger = debuglog('response-kit')

/** Where a response keeps its exchange: the one property of its own the kit gives it. */
export const EXCHANGE: unique symbol = Symbol('response-kit.exchange')

/**
 * One request and its response: the facts the kit decides on, and the two things only a framework can do with the
 * result. Made once for each request that passes `responseKit()`.
 */
export abstract class Exchange {
  settings: Settings
  /** A finishing call has begun and was not taken back by a failure. */
  finishing = false
  /** The asynchronous finishing call under way, for a middleware that must wait for it. */
  pending: Promise<void> | undefined
  /** The request's cookies, still encoded, once somebody has asked for one. */
  requestCookies: Readonly<Record<string, string | undefined>> | undefined
  /** The Set-Cookie lines the kit has staged, in the array the response holds. */
  cookieLines: string[] | undefined
  /** What failed while answering, if anything did. */
  failure: Error | undefined
  #reported: Error | undefined

  /** The path the app that brought the routes is mounted at: put before every URL built from them. */
  routeBase = ''

  constructor(settings: Settings) {
    this.settings = settings
  }

  abstract readonly req: IncomingMessage
  abstract readonly res: ServerResponse
  /** Path and query as the client sent them, whatever a mount has cut off since. */
  abstract readonly url: string
  /** `scheme://host`, under the framework's own proxy trust; empty where the Host is missing or malformed. */
  abstract readonly origin: string
  /** The request came by https, under the framework's own proxy trust. */
  abstract readonly secure: boolean
  /** How the framework's own cookie packages sign, and with what. */
  abstract readonly cookieSigning: CookieSigning
  /** What the handler staged; `undefined` where it did not. */
  abstract readonly stagedStatus: number | undefined
  /** The view variables of this response: `res.locals`, `ctx.state`. */
  abstract readonly locals: Record<string, unknown>
  /** The parsed form fields, where a body parser has run. */
  abstract readonly form: unknown
  abstract readonly session: unknown

  abstract stageStatus(status: number): void
  /** The entity-tag of a dynamic body, under the framework's own setting where it has one. */
  abstract entityTag(body: string | Uint8Array): string | undefined
  /** Whether files carry an entity-tag where no option says so. */
  get tagsFiles(): boolean {
    return true
  }

  /** Whether `download` quotes every filename and writes `charset=UTF-8`, as the host's own has always done. */
  get hasLegacySpelling(): boolean {
    return false
  }

  /** Where the framework's own router serves a handler. */
  viewPaths(_view: View): ViewPaths {
    return { base: '', paths: [] }
  }

  /** Sends the description (Express) or sets it (Koa). A promise only where something has to be waited for. */
  abstract respond(description: ResponseDescription): void | Promise<void>
  /** Hands a failure to the framework's error handling. */
  abstract raise(error: Error): void

  /** How the framework writes JSON where a call says nothing. */
  get jsonDefaults(): JsonOptions | undefined {
    return undefined
  }

  /** Renders a template with the view variables and those given. */
  render(name: string, variables: Readonly<Record<string, unknown>>): ReturnType<TemplateRenderer> {
    const { templates } = this.settings
    if (templates === undefined) throw notConfigured('template()', 'templates')
    return templates(name, { ...this.locals, ...variables })
  }

  get method(): string {
    return this.req.method ?? 'GET'
  }

  get aborted(): boolean {
    return this.res.destroyed || (this.req.socket?.destroyed ?? false)
  }

  field(name: string): string | undefined {
    const value = this.req.headers[name]
    return typeof value === 'string' ? value : value?.join(', ')
  }

  stagedField(name: string): string | undefined {
    const value = this.res.getHeader(name)
    return value === undefined ? undefined : String(value)
  }

  /** Stores the session, where there is one that can be stored: what follows a redirect must find it. */
  saveSession(): Promise<void> | undefined {
    return saveSession(this.session, (id) => this.req.headers.cookie?.includes(encodeURIComponent(id)) ?? false)
  }

  /** Somebody has answered or is about to. */
  get isAnswered(): boolean {
    return this.finishing || this.res.headersSent || this.res.writableEnded
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
    const { shutdown } = this.settings
    if (shutdown !== undefined) endConnectionOnShutdown(this.req, this.res, shutdown)
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
    else if (!aborted && !isAnotherAnswer && !this.res.writableFinished) cutOff(this.req, this.res, error)
    if (callback !== undefined) callback(error)
    else if (!aborted && !isAnotherAnswer) this.raise(error)
  }

  /** Tells the hook of a failure, once though several places of one request meet it. */
  report(error: Error, aborted: boolean): void {
    if (this.#reported === error) return
    this.#reported = error
    debug('%s %s: %s%s', this.method, this.url, error.message, aborted ? ' (aborted)' : '')
    try {
      this.settings.onError?.(error, { method: this.method, url: this.url, aborted })
    } catch (failure) {
      debug('onError failed: %s', failure)
    }
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
