import type { ServerResponse } from 'node:http'
import { invalidType } from '../checks/errors.js'
import { endedBefore } from '../exchange/exchange.js'
import type { RequestFacts } from '../exchange/request-facts.js'
import { untilResponseCloses } from '../exchange/when-client-leaves.js'
import { isComplete } from '../exchange/when-response-closes.js'
import { holdGiven, type MadeSource, releaseSource } from '../streams/source-owner.js'
import { sourceError } from './byte-source.js'
import { checkFileSource, type LateSource, type OpenableSource, type RootInForce } from './file-source.js'

/** What the caller of `callLateSource` does with the call. */
export interface LateCallOptions {
  /** Takes the call, to end it before its response ends. */
  readonly hold?: (call: LateCall) => void
  /** Takes a path that the function gives when the response is over. Default: it stays as it is. */
  readonly takeLatePath?: ((path: string) => void) | undefined
}

/**
 * Calls the function that makes a source. It is not waited for if the response ends meanwhile: then its signal fires, and
 * the source that it makes later is released.
 */
export async function callLateSource(
  facts: RequestFacts,
  make: LateSource,
  subject: string,
  root: RootInForce,
  { hold, takeLatePath }: LateCallOptions = {},
): Promise<OpenableSource> {
  const call = new LateCall(facts)
  hold?.(call)
  const check = (made: unknown): OpenableSource => checkMade(subject, made, root)
  return check(
    await call.waitFor(make, (made) => {
      try {
        const source = check(made)
        if (typeof source === 'string') takeLatePath?.(source)
        else releaseSource(source)
      } catch {
        // no answer is left that could tell it
      }
    }),
  )
}

/** One call of a function that makes a source, from its begin until no answer needs the source. */
export class LateCall {
  readonly #res: ServerResponse
  readonly #controller = new AbortController()
  readonly #forgetResponse: () => void
  /** Absent when the source has come. It must not live longer: it holds the promise, and so the source. */
  #giveUp: ((reason: Error) => void) | undefined

  constructor(facts: RequestFacts) {
    this.#res = facts.res
    this.#forgetResponse = untilResponseCloses(facts, () => {
      if (this.#giveUp !== undefined || !isComplete(this.#res)) this.#stop()
    })
  }

  /** What the function makes. If that comes too late, `takeLate` gets it. */
  waitFor(make: LateSource, takeLate: (made: unknown) => void): Promise<unknown> {
    const { signal } = this.#controller
    return new Promise((resolve, reject) => {
      this.#giveUp = reject
      const accept = ({ source }: MadeSource): void => {
        if (this.#giveUp === undefined) takeLate(source)
        else resolve(source)
        this.#giveUp = undefined
      }
      const fail = (reason: unknown): void => {
        this.#giveUp = undefined
        reject(sourceError(reason))
      }
      new Promise<MadeSource>((done) => done(holdGiven(make({ signal })))).then(accept, fail)
    })
  }

  /** No answer needs the source any more. If it was not read to its end, its signal fires. */
  end(isStopped: boolean): void {
    this.#forgetResponse()
    if (isStopped) this.#stop()
  }

  #stop(): void {
    const reason = endedBefore(this.#res)
    this.#controller.abort(reason)
    this.#giveUp?.(reason)
    this.#giveUp = undefined
  }
}

function checkMade(subject: string, made: unknown, root: RootInForce): OpenableSource {
  try {
    const checked = checkFileSource(subject, made, root)
    if (typeof checked === 'function') throw invalidType(subject, 'a source', made)
    return checked
  } catch (error) {
    releaseSource(made)
    throw error
  }
}
