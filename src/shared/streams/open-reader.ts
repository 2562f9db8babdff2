import type { Exchange } from '../exchange.js'
import { toError } from '../exchange.js'
import { type ChunkEncoding, ChunkReader } from './chunk-reader.js'
import { openPullSource, releaseSource } from './pull-source.js'
import type { RequestContext } from './source-context.js'
import type { SourceContext } from './stream-source.js'

/** One kind of stream made of chunks. */
export interface ChunkFormat extends ChunkEncoding {
  /** The call, as error messages name it. */
  readonly subject: string
  /** Refuses what can never be read in this format. */
  check(subject: string, source: unknown): void
}

type SourceFunction = (context: SourceContext) => unknown

/** Opens a source, calling it first where it is a function of the request. */
export async function openReader(
  exchange: Exchange,
  context: RequestContext,
  source: unknown,
  format: ChunkFormat,
): Promise<ChunkReader> {
  const opened = isFunction(source) ? await callSource(context, source, format) : source
  // `check` has admitted nothing but objects and strings.
  return new ChunkReader(openPullSource(opened as object | string), format, (reason) =>
    exchange.report(toError(reason), exchange.aborted),
  )
}

async function callSource(context: RequestContext, source: SourceFunction, format: ChunkFormat): Promise<unknown> {
  const made: unknown = await source(context)
  format.check(`${format.subject}: what the function returned`, made)
  if (typeof made === 'function') throw new TypeError(`${format.subject}: the function returned another function`)
  if (context.isAborted) releaseSource(made)
  return made
}

function isFunction(source: unknown): source is SourceFunction {
  return typeof source === 'function'
}
