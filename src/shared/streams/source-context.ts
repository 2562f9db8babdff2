import { toError } from '../checks/errors.js'
import type { RequestFacts } from '../exchange/request-facts.js'
import type { SourceContext } from './stream-source.js'

/** What a source function gets. The signal is made if the function asks for it. */
export class RequestContext implements SourceContext {
  readonly #facts: RequestFacts
  #controller: AbortController | undefined
  #reason: Error | undefined
  #stopReason: Error | undefined
  #position: string | undefined

  /** Cuts off the client, because of what the client did or did not do. */
  readonly cutOff: (reason: Error) => void

  constructor(facts: RequestFacts, cutOff: (reason: Error) => void) {
    this.#facts = facts
    this.cutOff = cutOff
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#reason !== undefined) this.#controller.abort(this.#reason)
    }
    return this.#controller.signal
  }

  /** The field is UTF-8 (HTML §9.2.4), which Node reads as Latin-1. */
  get lastEventId(): string | undefined {
    const value = this.#facts.field('last-event-id')
    return value === undefined ? this.#position : Buffer.from(value, 'latin1').toString()
  }

  /** Sets the position of a client that does not send the field. */
  startAfter(lastEventId: string | undefined): void {
    this.#position = lastEventId
  }

  /** A source that took the signal can end by itself. */
  get signalWasTaken(): boolean {
    return this.#controller !== undefined
  }

  get abortReason(): Error | undefined {
    return this.#reason
  }

  /**
   * Why the signal fired, if a source has failed by that: with the reason itself, or with an AbortError that has it as its
   * cause, as functions of Node that take a signal fail.
   */
  abortOf(failure: unknown): Error | undefined {
    const reason = this.#reason
    if (reason === undefined) return undefined
    const { name, cause } = toError(failure)
    return failure === reason || (name === 'AbortError' && cause === reason) ? reason : undefined
  }

  /** Fires the signal. After a shutdown the source is still read, for the grace time. */
  abort(reason: Error): void {
    this.#reason ??= reason
    this.#controller?.abort(reason)
  }

  /** Why nothing reads the source any more. */
  get stopReason(): Error | undefined {
    return this.#stopReason
  }

  stop(reason: Error): void {
    this.#stopReason ??= reason
    this.abort(reason)
  }
}
