import { EXCHANGE, type Exchange } from '../exchange/exchange.js'
import type { ResponseDescription } from '../exchange/response-description.js'
import { describeEventStream, type EventSourceOf, type EventStreamOptions } from '../streams/event-stream.js'
import { describeJsonArray } from '../streams/json-array.js'
import { describeNdjson } from '../streams/ndjson.js'
import { releaseSource } from '../streams/pull-source.js'
import type { SourceOf, StreamSource } from '../streams/stream-source.js'
import { describeStreaming, type StreamingOptions } from '../streams/streaming.js'
import type { KitTarget } from './target.js'

/** The methods that send what a source yields. */
export interface StreamMethods {
  /**
   * Sends text or octets as the source yields them. The head goes out with the first chunk: a source that fails before
   * it is an ordinary error page, one that fails later cuts the connection. The producer is suspended while the client
   * does not read, and released (its `finally` runs, `signal` fires) when the client leaves.
   */
  streaming(source: StreamSource, options?: StreamingOptions): Promise<void>
  /** Sends one JSON value a line, `application/x-ndjson`, as the source yields them. */
  ndjson(source: SourceOf<unknown>): Promise<void>
  /** Sends one JSON array, `application/json`, as the source yields its values. */
  jsonArray(source: SourceOf<unknown>): Promise<void>
  /**
   * Sends server-sent events, `text/event-stream` (HTML §9.2): a string is the data of one. Comments keep a silent
   * stream open; a returning client's `Last-Event-ID` is given to a source function, and to a `channel()`.
   */
  sse(source: EventSourceOf, options?: EventStreamOptions): Promise<void>
}

export const streamMethods: StreamMethods & ThisType<KitTarget & StreamMethods> = {
  streaming(source, options) {
    return finishStream(this[EXCHANGE], 'streaming()', source, (exchange) =>
      describeStreaming(exchange, source, options),
    )
  },
  ndjson(source) {
    return finishStream(this[EXCHANGE], 'ndjson()', source, (exchange) => describeNdjson(exchange, source))
  },
  jsonArray(source) {
    return finishStream(this[EXCHANGE], 'jsonArray()', source, (exchange) => describeJsonArray(exchange, source))
  },
  sse(source, options) {
    return finishStream(this[EXCHANGE], 'sse()', source, (exchange) => describeEventStream(exchange, source, options))
  },
}

function finishStream(
  exchange: Exchange,
  call: string,
  source: unknown,
  describe: (exchange: Exchange) => ResponseDescription,
): Promise<void> {
  try {
    exchange.begin(call)
    return exchange.finishLater(Promise.resolve(describe(exchange)))
  } catch (error) {
    releaseSource(source) // refused, but handed over: nobody else would close it
    throw error
  }
}
