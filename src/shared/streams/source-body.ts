import { invalidType } from '../checks/errors.js'
import { type Exchange, toError } from '../exchange/exchange.js'
import type { BodySource, FieldLine } from '../exchange/response-description.js'
import { type ChunkEncoding, ChunkReader } from './chunk-reader.js'
import { holdToLength, stagedLength } from './length-checked-reader.js'
import { openPullSource } from './pull-source.js'
import type { RequestContext } from './source-context.js'
import { holdGiven, type MadeSource, releaseSource } from './source-owner.js'
import { inScope } from './source-scope.js'
import { openStreamBody } from './stream-body.js'
import { isAwaited, type SourceContext } from './stream-source.js'

/** What a call accepts as its source. */
export interface SourceFormat {
  /** The call, as error messages name it. */
  readonly subject: string
  /** Refuses what can never be read in this format. */
  check(subject: string, source: unknown): void
  /** Releases a source that is not read. Default: it holds nothing but itself. */
  release?(source: unknown): void
}

/** One kind of stream made of chunks. */
export interface ChunkFormat extends SourceFormat, ChunkEncoding {}

type SourceFunction = (context: SourceContext) => unknown

/**
 * The body of a source that the caller gave: held to a Content-Length that the handler staged. `tell` gives the fields
 * that are known when the first chunk is there.
 */
export function describeSourceBody(
  exchange: Exchange,
  source: unknown,
  format: ChunkFormat,
  tell: () => readonly FieldLine[] = () => [],
): BodySource {
  return {
    async open() {
      const body = await openStreamBody(exchange, async (context) => {
        const announced = stagedLength(exchange.facts)
        const made = await callSource(context, source, format)
        return holdToLength(openReader(exchange, made.source, format), announced)
      })
      body.defaults = tell()
      return body
    },
    cancel: () => releaseSource(source),
  }
}

/** The source itself, or the one that the caller's function makes for this request. */
export async function callSource(context: RequestContext, source: unknown, format: SourceFormat): Promise<MadeSource> {
  if (!isFunction(source)) return { source: isAwaited(source) ? await source : source }
  const { source: made } = await holdGiven(source(context))
  const { release = releaseSource } = format
  const subject = `${format.subject}: what the function returned`
  if (isFunction(made)) throw invalidType(subject, 'a source', made)
  try {
    format.check(subject, made)
  } catch (error) {
    release(made)
    throw error
  }
  // The client left while the function worked: its source will not be read.
  if (context.stopReason !== undefined) {
    release(made)
    throw context.stopReason
  }
  return { source: made }
}

/** Starts to read a source that has passed the check of its format. */
export function openReader(exchange: Exchange, source: unknown, format: ChunkFormat): ChunkReader {
  const checked = source as object | string // the check has admitted nothing else
  return new ChunkReader(inScope(checked, openPullSource(checked)), format, (reason) =>
    exchange.report(toError(reason), exchange.facts.aborted),
  )
}

function isFunction(source: unknown): source is SourceFunction {
  return typeof source === 'function'
}
