import { AsyncResource } from 'node:async_hooks'
import { invalidType } from '../checks/errors.js'
import { type Exchange, toError } from './exchange.js'
import type { AfterSendTask, SendOutcome } from './send-outcome.js'
import { isComplete, whenResponseCloses } from './when-response-closes.js'

export type { AfterSendTask, SendOutcome } from './send-outcome.js'

/** Runs a task after the response has ended. Several tasks run one after the other, in the order in which they were staged. */
export function stageAfterSend(exchange: Exchange, task: AfterSendTask): void {
  // The task sees the AsyncLocalStorage of the request. The event that starts the task does not carry it.
  const context = new AsyncResource('ResponseKitAfterSend')
  const bound: AfterSendTask = (outcome) => context.runInAsyncScope(task, undefined, outcome)
  if (exchange.afterSendTasks !== undefined) {
    exchange.afterSendTasks.push(bound)
    return
  }
  const tasks = [bound]
  exchange.afterSendTasks = tasks
  whenResponseCloses(exchange.facts.req, exchange.facts.res, () => {
    exchange.afterSendTasks = undefined
    void runTasks(exchange, tasks)
  })
}

export function checkAfterSendTask(task: unknown): void {
  if (typeof task !== 'function') throw invalidType('afterSend: task', 'a function', task)
}

async function runTasks(exchange: Exchange, tasks: readonly AfterSendTask[]): Promise<void> {
  const { failure: error, facts } = exchange
  const outcome: SendOutcome = { aborted: !isComplete(facts.res) && error === undefined, error }
  for (const task of tasks) {
    try {
      await task(outcome)
    } catch (reason) {
      exchange.report(toError(reason), false)
    }
  }
}
