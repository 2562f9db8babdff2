import { invalidType } from '../checks/errors.js'
import type { Exchange } from '../exchange/exchange.js'
import { toError } from '../exchange/exchange.js'
import type { ChunkEncoding } from './chunk-reader.js'
import { ChunkReader } from './chunk-reader.js'
import { adoptSource, openPullSource, releaseSource } from './pull-source.js'
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

/** The source itself, or what the function given in its place makes of this request. */
export async function callSource(context: RequestContext, source: unknown, format: ChunkFormat): Promise<unknown> {
  if (!isFunction(source)) return source
  const made: unknown = await source(context)
  adoptSource(made)
  const subject = `${format.subject}: what the function returned`
  if (isFunction(made)) throw invalidType(subject, 'a source', made)
  try {
    format.check(subject, made)
  } catch (error) {
    releaseSource(made)
    throw error
  }
  if (context.isAborted) releaseSource(made)
  return made
}

/** Starts reading a source that has passed the check of its format. */
export function openReader(exchange: Exchange, source: unknown, format: ChunkFormat): ChunkReader {
  // The check has admitted nothing but objects and strings.
  return new ChunkReader(openPullSource(source as object | string), format, (reason) =>
    exchange.report(toError(reason), exchange.aborted),
  )
}

function isFunction(source: unknown): source is SourceFunction {
  return typeof source === 'function'
}
