import { isPromise } from 'node:util/types'
import { isFragment, releaseInPage } from '../bodies/html-fragment.js'
import { whenGiven } from '../checks/promise.js'
import type { Exchange } from '../exchange/exchange.js'
import { isBodiless } from '../exchange/send.js'
import { releaseRefused } from '../streams/source-owner.js'
import { isOneShot, isSpent } from './one-shot.js'
import type { ReplyBody } from './reply-body.js'
import { isBranded, stateOf } from './reply-brand.js'
import type { ReplyState } from './reply-state.js'

/** Closes the streams of a body that will not be sent, but those that `other` reads from. */
export function releaseBody(body: ReplyBody, other?: ReplyBody): void {
  body.release(other)
  for (const value of body.values ?? []) if (other?.values?.includes(value) !== true) releaseValue(value)
}

/**
 * Closes the streams of a reply that will not be sent. `answered` is the exchange of a request that has been answered otherwise:
 * then a file of the option `deleteAfterSend` is deleted. It stays if the reply is dropped for another reason.
 */
export function releaseReply({ body, status }: ReplyState, answered?: Exchange): void {
  if (body === undefined) return
  if (answered !== undefined && !isBodiless(status ?? 200)) body.deleteUnsent?.(answered)
  releaseBody(body)
}

/** The same for a value. Of a promise: for what it gives. It never throws: why the value is not sent is the error to tell. */
export function releaseValue(value: unknown, answered?: Exchange): void {
  try {
    if (isPromise(value)) whenGiven(value, (given) => releaseValue(given, answered))
    else releaseGiven(value, answered)
  } catch {
    // a Proxy, a getter that throws, or a Reply of a version that this copy cannot read
  }
}

function releaseGiven(value: unknown, answered: Exchange | undefined): void {
  const state = isBranded(value) ? stateOf(value) : undefined
  if (state !== undefined) releaseReply(state, answered)
  else if (isFragment(value)) releaseInPage(value, releaseRefused)
  else if (!isOneShot(value) || !isSpent(value)) releaseRefused(value) // else it belongs to the response it was spent on
}

/** Closes the streams of choices that a call was given and refuses. */
export function releaseChoices(choices: unknown): void {
  if (typeof choices !== 'object' || choices === null) return
  try {
    for (const value of Object.values(choices)) releaseValue(value)
  } catch {
    // a Proxy, or a getter that throws
  }
}
