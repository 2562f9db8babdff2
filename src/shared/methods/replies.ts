import { describeProblem, type ProblemDetails } from '../bodies/problem.js'
import { describeTemplate, type TemplateOptions, type TemplateVariables } from '../bodies/template.js'
import { type AfterSendTask, checkAfterSendTask, stageAfterSend } from '../exchange/after-send.js'
import { EXCHANGE } from '../exchange/exchange.js'
import type { View } from '../exchange/host-types.js'
import type { Sent } from '../exchange/sent.js'
import { type CheckedChoices, type Choices, checkChoices } from '../reply/choices.js'
import { negotiate } from '../reply/negotiate.js'
import { releaseChoices, releaseValue } from '../reply/release-reply.js'
import { Reply } from '../reply/reply.js'
import { sendValue } from '../reply/send-value.js'
import type { LoneRouteTarget, ResourceUrl, RouteTarget, RouteTargetParameters } from '../routes/register.js'
import type { RouteParameters } from '../routes/route-source.js'
import type { KitTarget } from './target.js'

/** The methods that send values, pages and problems. */
export interface ReplyMethods {
  /**
   * Sends what a value stands for: a `Reply`, a WHATWG `Response`, a string (plain text), bytes, an object (JSON), an
   * iterable or stream, or a promise of one of these. `null` is a 204.
   *
   * @param value What is sent.
   * @returns A promise that settles when the response is sent (Express) or set (Koa), and never rejects.
   * @throws `INVALID_ARGUMENT` for any other value, `ALREADY_SENT` after another finishing call.
   * @example
   * res.reply(json({ id: 7 }, { status: 201 }))
   */
  reply(value: unknown): Sent
  /**
   * Sends a 201 with Location and no content (RFC 9110 §15.3.2): the request has made something.
   *
   * @param target A route's name, a view, or a URL.
   * @returns A promise that settles when the response is sent (Express) or set (Koa), and never rejects.
   * @throws `INVALID_ARGUMENT`, `ROUTE_NOT_FOUND`, `ROUTE_PARAMETER`, `ALREADY_SENT` after another finishing call.
   * @example
   * res.created('/users/7')
   */
  created<const Target extends string | View>(target: LoneRouteTarget<Target, ResourceUrl>): Sent
  /**
   * Sends a 201 with Location (RFC 9110 §15.3.2): the request has made something.
   *
   * @param target A route's name, a view, or a URL.
   * @param parameters Those of the route: each becomes one encoded segment.
   * @param body A string, bytes, an iterable or stream, or any other value (JSON). Default: no content.
   * @returns A promise that settles when the response is sent (Express) or set (Koa), and never rejects.
   * @throws `INVALID_ARGUMENT`, `ROUTE_NOT_FOUND`, `ROUTE_PARAMETER`, `ALREADY_SENT` after another finishing call.
   * @example
   * res.created('users.show', { id: 7 }, { id: 7, name: 'Ann' })
   */
  created<const Target extends string | View>(
    target: RouteTarget<Target, ResourceUrl>,
    parameters: RouteTargetParameters<Target>,
    body?: unknown,
  ): Sent
  /**
   * Sends problem details as `application/problem+json` (RFC 9457).
   *
   * @param details `status` is 400 to 599. `title` defaults to the reason phrase of the status.
   * @throws `INVALID_ARGUMENT` for a bad status or member, `ALREADY_SENT` after another finishing call.
   * @example
   * res.problem({ status: 409, detail: 'the seat is taken' })
   */
  problem(details: ProblemDetails): this
  /**
   * Sends the choice that the client prefers by its Accept field (RFC 9110 §12.5.1), and adds `Vary: Accept`. If the
   * client accepts none of them and there is no `default`, it gets a 406 with the list.
   *
   * @param choices Values by extension (`html`, `json`, `text`) or media type. A function is called for its value.
   * @returns A promise that settles when the response is sent (Express) or set (Koa), and never rejects.
   * @throws `INVALID_ARGUMENT` for no choices or an unknown extension, `ALREADY_SENT` after another finishing call.
   * @example
   * res.negotiate({ html: () => page(user), json: user })
   */
  negotiate(choices: Choices): Sent
  /**
   * Sends a page rendered with the option `templates`; in Express without that option, with `app.render`. It has the
   * view variables of the response.
   *
   * @param name The name of the template.
   * @param variables More variables, which win over the others.
   * @param options `status`: an integer from 200 to 999. Default: the staged status, else 200.
   * @returns A promise that settles when the page is sent (Express) or set (Koa), and never rejects.
   * @throws `INVALID_ARGUMENT` or `INVALID_OPTION` for a bad argument, `ALREADY_SENT` after another finishing call.
   * @example
   * res.template('users/show', { user })
   */
  template(name: string, variables?: TemplateVariables, options?: TemplateOptions): Sent
  /**
   * Runs a task after the response has ended, complete or not. `onError` is told if the task fails.
   *
   * @param task Gets `{ aborted, error }`.
   * @throws `INVALID_ARGUMENT` if the task is no function.
   * @example
   * res.afterSend(({ aborted }) => log(aborted ? 'left' : 'sent'))
   */
  afterSend(task: AfterSendTask): this
}

export const replyMethods: ReplyMethods & ThisType<KitTarget & ReplyMethods> = {
  reply(value) {
    return sendValue(this[EXCHANGE], 'reply', value) ?? Promise.resolve()
  },
  created(target: string | View, parameters?: RouteParameters, body?: unknown) {
    const exchange = this[EXCHANGE]
    try {
      exchange.refuseIfAnswered('created()')
    } catch (error) {
      releaseValue(body)
      return exchange.tellRefusal(error)
    }
    const reply = new Reply().setCreated(target as never, parameters as never, body as never) // typed by its interface
    return sendValue(exchange, 'created', reply) ?? Promise.resolve()
  },
  problem(details) {
    const exchange = this[EXCHANGE]
    exchange.refuseIfAnswered('problem()')
    exchange.finish(describeProblem(exchange.facts, details))
    return this
  },
  negotiate(choices) {
    const exchange = this[EXCHANGE]
    let checked: CheckedChoices
    try {
      exchange.refuseIfAnswered('negotiate()')
      checked = checkChoices(choices)
    } catch (error) {
      releaseChoices(choices) // the call is refused, but it owns the streams in them
      return exchange.tellRefusal(error)
    }
    return exchange.decide(negotiate(exchange, this, checked))
  },
  template(name, variables, options) {
    const exchange = this[EXCHANGE]
    return exchange.unlessAnswered('template()', () =>
      exchange.finishLater(describeTemplate(exchange, name, variables, options)),
    )
  },
  afterSend(task) {
    checkAfterSendTask(task)
    stageAfterSend(this[EXCHANGE], task)
    return this
  },
}
