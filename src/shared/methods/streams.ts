import { EXCHANGE, type Exchange } from '../exchange/exchange.js'
import type { ResponseDescription } from '../exchange/response-description.js'
import type { Sent } from '../exchange/sent.js'
import { type CsvRow, describeCsv } from '../streams/csv.js'
import type { CsvOptions } from '../streams/csv-options.js'
import { describeEventStream, type EventSourceOf, type EventStreamOptions } from '../streams/event-stream.js'
import type { JsonStreamOptions } from '../streams/json-parts.js'
import {
  describeJsonArray,
  describeJsonStream,
  describeNdjson,
  type JsonStreamSource,
} from '../streams/json-streams.js'
import { releaseArray, releaseLater } from '../streams/later-in-json.js'
import { type Release, releaseRefused, releaseSource } from '../streams/source-owner.js'
import type { SourceOf, StreamSource } from '../streams/stream-source.js'
import { describeStreaming, type StreamingOptions } from '../streams/streaming.js'
import type { KitTarget } from './target.js'

/** The methods that send what a source yields. */
export interface StreamMethods {
  /**
   * Sends text or bytes as the source yields them. The head goes out with the first chunk: a source that fails before it
   * is an ordinary error page, one that fails later cuts the connection. A source waits while the client does not read.
   * When the client leaves, the source is closed: its `finally` runs and `signal` fires.
   *
   * @param source An iterable, a generator, a stream, a Blob, what React's `renderToPipeableStream` gives, or a function
   *   that makes one.
   * @param options `type`: the media type. Default: the staged type, that of a Blob, else by the first chunk:
   *   `text/plain; charset=utf-8` for a string, `application/octet-stream` for bytes.
   * @returns A promise that settles when the response has ended (Express) or its body is set (Koa), and never rejects.
   * @throws `INVALID_ARGUMENT` for another source, `INVALID_OPTION` for a bad option, `ALREADY_SENT` after another
   *   finishing call.
   * @example
   * res.streaming(async function* () { yield 'hello' }, { type: 'text/plain' })
   */
  streaming(source: StreamSource, options?: StreamingOptions): Sent
  /**
   * Sends one JSON value a line, as `application/x-ndjson`, as the source yields them.
   *
   * @param source An iterable of values, a generator, a stream, or a function that makes one.
   * @returns A promise that settles when the response has ended (Express) or its body is set (Koa), and never rejects.
   * @throws `INVALID_ARGUMENT` for another source, `ALREADY_SENT` after another finishing call.
   * @example
   * res.ndjson(rows())
   */
  ndjson(source: SourceOf<unknown>): Sent
  /**
   * Sends one JSON array (RFC 8259), as `application/json`, as the source yields its values.
   *
   * @param source An iterable of values, a generator, a stream, or a function that makes one.
   * @returns A promise that settles when the response has ended (Express) or its body is set (Koa), and never rejects.
   * @throws `INVALID_ARGUMENT` for another source, `ALREADY_SENT` after another finishing call.
   * @example
   * res.jsonArray(rows())
   */
  jsonArray(source: SourceOf<unknown>): Sent
  /**
   * Sends JSON (RFC 8259), as `application/json`, in which every iterable is an array that is written as its items come,
   * and every promise is what it gives. A list is written as `json` writes it.
   *
   * @param value What JSON can hold, with iterables, generators, streams and promises in it; or a function that makes it.
   * @param options `replacer`, `space` and `escapeHtml`, as in `json`.
   * @returns A promise that settles when the response has ended (Express) or its body is set (Koa), and never rejects.
   * @throws `INVALID_ARGUMENT` for a value that JSON cannot hold, which names the place; `INVALID_OPTION` for a bad option;
   *   `ALREADY_SENT` after another finishing call.
   * @example
   * res.jsonStream({ total, rows: cursor() })
   */
  jsonStream(value: JsonStreamSource, options?: JsonStreamOptions): Sent
  /**
   * Sends a table as CSV (RFC 4180), as `text/csv; charset=utf-8`, as the source yields its rows. Text that a spreadsheet
   * would take for a formula gets a `'` before it (OWASP, CSV Injection).
   *
   * @param rows An iterable of objects or lists, a generator, a stream, or a function that makes one.
   * @param options Default: the keys of the first row are the columns, and the first line has them as headings; fields are
   *   separated by a comma; no byte order mark; no filename, so the browser decides if it shows or saves the table.
   * @returns A promise that settles when the response has ended (Express) or its body is set (Koa), and never rejects.
   * @throws `INVALID_ARGUMENT` for another source, `INVALID_OPTION` for a bad option, `ALREADY_SENT` after another
   *   finishing call.
   * @example
   * res.csv(rows(), { columns: { id: 'No.', name: 'Name' }, filename: 'users.csv' })
   */
  csv(rows: SourceOf<CsvRow>, options?: CsvOptions): Sent
  /**
   * Sends server-sent events as `text/event-stream` (HTML §9.2). A string is the data of one event. Comments keep a
   * silent stream open. A returning client's `Last-Event-ID` is given to a source function, and to a `channel()`.
   *
   * @param source Strings or events, a channel, a list of channels, or a function that makes a source.
   * @param options `heartbeat` and `retry` are durations; a number is seconds. `retry` may be a range. `lastEventId`: the
   *   position of a client that does not send the field. For channels: `client` says who it is, `first` makes the events
   *   that the stream begins with, `filter` and `map` decide what the client gets.
   * @returns A promise that settles when the response has ended (Express) or its body is set (Koa), and never rejects.
   * @throws `INVALID_ARGUMENT` for another source, `INVALID_OPTION` for a bad option, `ALREADY_SENT` after another
   *   finishing call.
   * @example
   * res.sse([news, alerts], { first: () => latest() })
   */
  sse(source: EventSourceOf, options?: EventStreamOptions): Sent
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
    const describe = (exchange: Exchange) => describeJsonArray(exchange, source)
    return finishStream(this[EXCHANGE], 'jsonArray()', source, describe, releaseArray)
  },
  jsonStream(value, options) {
    const describe = (exchange: Exchange) => describeJsonStream(exchange, value, options)
    return finishStream(this[EXCHANGE], 'jsonStream()', value, describe, releaseLater)
  },
  csv(rows, options) {
    return finishStream(this[EXCHANGE], 'csv()', rows, (exchange) => describeCsv(exchange, rows, options))
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
  releaseGiven: (source: unknown, release: Release) => void = (given, release) => release(given),
): Promise<void> {
  let release = releaseRefused
  try {
    exchange.refuseIfAnswered(call)
    release = releaseSource // this answer holds it from now on
    return exchange.finishLater(Promise.resolve(describe(exchange)))
  } catch (error) {
    releaseGiven(source, release) // the call fails, but it owns the source
    return exchange.tellRefusal(error)
  }
}
