import { describeProblem, type ProblemDetails } from '../bodies/problem.js'
import { describeTemplate, type TemplateOptions, type TemplateVariables } from '../bodies/template.js'
import { type AfterSendTask, checkAfterSendTask, stageAfterSend } from '../exchange/after-send.js'
import { EXCHANGE } from '../exchange/exchange.js'
import { type Choices, checkChoices, negotiate } from '../reply/negotiate.js'
import { sendValue } from '../reply/send-value.js'
import type { KitTarget } from './target.js'

/** The methods that send values, pages and problems. */
export interface ReplyMethods {
  /**
   * Sends a `Reply`, a WHATWG `Response`, a string (plain text), bytes, an object (JSON), an iterable or stream, or what
   * a promise of one of these brings; `null` is 204. The promise settles when it is sent (Express) or set (Koa) and never
   * rejects.
   */
  reply(value: unknown): Promise<void>
  /** `application/problem+json` (RFC 9457). `title` defaults to the status's reason phrase. */
  problem(details: ProblemDetails): this
  /**
   * Answers with what the client prefers by its Accept field (RFC 9110 §12.5.1): `{ html: ..., json: ..., text: ... }`, or
   * media types; a function is called for its value. Adds `Vary: Accept`; 406 with the list where nothing suits, unless
   * there is a `default`. The promise never rejects.
   */
  negotiate(choices: Choices): Promise<void>
  /**
   * Renders `text/html` with the option `templates`; in Express, without it, with `app.render`. View variables are there
   * too. The promise never rejects.
   */
  template(name: string, variables?: TemplateVariables, options?: TemplateOptions): Promise<void>
  /** Runs a task once the response has ended, complete or not; its failure is reported to `onError`. */
  afterSend(task: AfterSendTask): this
}

export const replyMethods: ReplyMethods & ThisType<KitTarget & ReplyMethods> = {
  reply(value) {
    return sendValue(this[EXCHANGE], 'reply()', value) ?? Promise.resolve()
  },
  problem(details) {
    const exchange = this[EXCHANGE]
    exchange.begin('problem()')
    exchange.finish(describeProblem(exchange, details))
    return this
  },
  negotiate(choices) {
    const exchange = this[EXCHANGE]
    exchange.begin('negotiate()')
    return exchange.watch(negotiate(exchange, this, checkChoices(choices)))
  },
  template(name, variables, options) {
    const exchange = this[EXCHANGE]
    exchange.begin('template()')
    return exchange.finishLater(describeTemplate(exchange, name, variables, options))
  },
  afterSend(task) {
    checkAfterSendTask(task)
    stageAfterSend(this[EXCHANGE], task)
    return this
  },
}
