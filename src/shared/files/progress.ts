import { callHook, isThenable } from '../checks/promise.js'
import { type Exchange, toError } from '../exchange/exchange.js'
import { encodeBytes } from '../streams/byte-chunk.js'
import { checkedResult, type PullSource } from '../streams/pull-source.js'

/** How far a file has been sent. */
export interface Progress {
  /** Bytes of the body that have been handed to the connection. */
  readonly sent: number
  /** Bytes of the whole body; `undefined` if that is not known. */
  readonly total: number | undefined
}

/** Called while a file is sent. */
export type OnProgress = (progress: Progress) => void

/** The listener as the kit calls it: its failure is reported and changes nothing. */
export function progressTeller(exchange: Exchange, onProgress: OnProgress, total: number | undefined) {
  return (sent: number): void => {
    callHook(
      () => onProgress({ sent, total }),
      (reason) => exchange.report(toError(reason), false),
    )
  }
}

type Result = IteratorResult<unknown, unknown>

/** The chunks of a source. Tells how many bytes are sent, as the next chunk is wanted when the one before has left. */
export class ProgressChunks implements PullSource {
  readonly #subject: string
  readonly #source: PullSource
  readonly #tell: (sent: number) => void
  #told = 0
  #given = 0
  #position = 0

  constructor(subject: string, source: PullSource, tell: (sent: number) => void) {
    this.#subject = subject
    this.#source = source
    this.#tell = tell
  }

  next(): Result | Promise<Result> {
    if (this.#given > this.#told) {
      this.#told = this.#given
      this.#tell(this.#told)
    }
    const result = this.#source.next()
    return isThenable(result) ? result.then((settled) => this.#count(settled)) : this.#count(result)
  }

  close(): unknown {
    return this.#source.close()
  }

  #count(given: unknown): Result | Promise<Result> {
    const result = checkedResult(given)
    if (result.done === true) return result
    const { value } = result
    // A synchronous iterable may yield promises.
    if (isThenable(value)) return Promise.resolve(value).then((settled) => this.#count({ done: false, value: settled }))
    const chunk = encodeBytes(this.#subject, value, this.#position++)
    this.#given += typeof chunk === 'string' ? Buffer.byteLength(chunk) : chunk.byteLength
    return { done: false, value: chunk }
  }
}
