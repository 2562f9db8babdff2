import { AsyncResource } from 'node:async_hooks'
import type { ServerResponse } from 'node:http'
import { invalidType } from '../checks/errors.js'
import { type Exchange, toError } from './exchange.js'
import { isComplete, whenResponseCloses } from './when-response-closes.js'

/** How a response ended. */
export interface SendOutcome {
  /** The client went away before the answer was complete. */
  readonly aborted: boolean
  /** What failed while answering, if anything did. */
  readonly error: Error | undefined
}

/** A task that runs after the response has ended. */
export type AfterSendTask = (outcome: SendOutcome) => unknown

const queues = new WeakMap<ServerResponse, AfterSendTask[]>()

/** Has a task run once the response has ended; several run one after the other, in the order they were staged. */
export function stageAfterSend(exchange: Exchange, task: AfterSendTask): void {
  const { res } = exchange
  // The request's AsyncLocalStorage, which the event's emitter does not have.
  const context = new AsyncResource('ResponseKitAfterSend')
  const bound: AfterSendTask = (outcome) => context.runInAsyncScope(task, undefined, outcome)
  const waiting = queues.get(res)
  if (waiting !== undefined) {
    waiting.push(bound)
    return
  }
  const queue = [bound]
  queues.set(res, queue)
  whenResponseCloses(exchange.req, res, () => {
    queues.delete(res)
    void runTasks(exchange, queue)
  })
}

export function checkAfterSendTask(task: unknown): void {
  if (typeof task !== 'function') throw invalidType('afterSend: task', 'a function', task)
}

async function runTasks(exchange: Exchange, tasks: readonly AfterSendTask[]): Promise<void> {
  const { res, failure: error } = exchange
  const outcome: SendOutcome = { aborted: !isComplete(res) && error === undefined, error }
  for (const task of tasks) {
    try {
      await task(outcome)
    } catch (reason) {
      exchange.report(toError(reason), false)
    }
  }
}
