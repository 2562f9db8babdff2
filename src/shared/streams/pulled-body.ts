import { isThenable } from '../checks/promise.js'
import { type Exchange, toError } from '../exchange/exchange.js'
import type { BodySource } from '../exchange/response-description.js'
import type { BatchReader } from './batch.js'
import { encodeBytes } from './byte-chunk.js'
import { ChunkReader } from './chunk-reader.js'
import { holdToLength, stagedLength } from './length-checked-reader.js'
import type { PullSource } from './pull-source.js'
import { openStreamBody } from './stream-body.js'
import type { SourceContext } from './stream-source.js'

/** A body whose bytes the caller pulls from a place of its own, such as a part of a file or an archive. */
export interface PulledBody {
  /** Names the source in errors, such as `download: source`. */
  readonly subject: string
  /** The bytes it will give: more are cut off, fewer are a failure. Default: the staged Content-Length, else unknown. */
  readonly length?: number | undefined
  /** Opens the source. Called at most once, and only if the body is really sent. */
  open(context: SourceContext): PullSource | Promise<PullSource>
  /**
   * Releases what the source holds. Called exactly once: in place of `open`, or after `open` failed, or after the source
   * ended, failed or was closed (a `next()` may still be pending then).
   */
  release(): void
}

/**
 * Sends what a source gives with backpressure, one turn budget for all, an abort for the client, and a checked length. It
 * has an end, as a file has, so it completes when the server shuts down.
 */
export function describePulledBody(exchange: Exchange, body: PulledBody): BodySource {
  const { subject, length } = body
  const release = once(() => body.release())
  const encoding = { encode: (chunk: unknown, position: number) => encodeBytes(subject, chunk, position) }
  return {
    ...(length !== undefined && { length }),
    open() {
      const makeReader = async (context: SourceContext): Promise<BatchReader> => {
        const announced = length ?? stagedLength(exchange.facts)
        let source: PullSource
        try {
          source = await body.open(context)
        } catch (error) {
          release()
          throw error
        }
        const onCleanupFailure = (reason: unknown): void => exchange.report(toError(reason), exchange.facts.aborted)
        const reader = new ChunkReader(releasing(source, release), encoding, onCleanupFailure)
        return holdToLength(reader, announced)
      }
      return openStreamBody(exchange, makeReader, { endsOnShutdown: false })
    },
    cancel: release,
  }
}

/** The source, with `release` called after its end, its failure or its close. */
function releasing(source: PullSource, release: () => void): PullSource {
  const check = (result: IteratorResult<unknown, unknown>): IteratorResult<unknown, unknown> => {
    if (result?.done === true) release() // no object: the reader refuses it
    return result
  }
  const fail = (reason: unknown): never => {
    release()
    throw reason
  }
  return {
    next() {
      let result: ReturnType<PullSource['next']>
      try {
        result = source.next()
      } catch (reason) {
        return fail(reason)
      }
      return isThenable(result) ? Promise.resolve(result).then(check, fail) : check(result)
    },
    close() {
      try {
        return source.close()
      } finally {
        release()
      }
    },
  }
}

function once(callback: () => void): () => void {
  let isCalled = false
  return () => {
    if (isCalled) return
    isCalled = true
    callback()
  }
}
