import { type AfterSendTask, checkAfterSendTask, stageAfterSend } from '../after-send.js'
import { EXCHANGE } from '../exchange.js'
import { answer } from '../replies/answer.js'
import { describeProblem, type ProblemDetails } from '../responses/problem.js'
import type { KitTarget } from './target.js'

export interface ReplyMethods {
  /**
   * Sends a `Reply`, a WHATWG `Response`, a string (plain text), bytes, an object (JSON), an iterable or stream, or what
   * a promise of one of these brings; `null` is 204. The promise settles when it is sent (Express) or set (Koa) and never
   * rejects.
   */
  reply(value: unknown): Promise<void>
  /** `application/problem+json` (RFC 9457). `title` defaults to the status's reason phrase. */
  problem(details: ProblemDetails): this
  /** Runs a task once the response has ended, complete or not; its failure is reported to `onError`. */
  afterSend(task: AfterSendTask): this
}

export const replyMethods: ReplyMethods & ThisType<KitTarget & ReplyMethods> = {
  reply(value) {
    return answer(this[EXCHANGE], 'reply()', value) ?? Promise.resolve()
  },
  problem(details) {
    const exchange = this[EXCHANGE]
    exchange.begin('problem()')
    exchange.finish(describeProblem(exchange, details))
    return this
  },
  afterSend(task) {
    checkAfterSendTask(task)
    stageAfterSend(this[EXCHANGE], task)
    return this
  },
}
