import { checkKeys } from '../checks/check-keys.js'
import { type Duration, durationMs } from '../checks/duration.js'
import { invalidRange, invalidType } from '../checks/errors.js'
import type { Exchange } from '../exchange/exchange.js'
import type { ResponseDescription } from '../exchange/response-description.js'
import type { BatchReader } from './batch.js'
import { Channel, openChannel } from './channel/channel.js'
import { EventStreamReader, type EventStreamTiming } from './event-stream-reader.js'
import { adoptSource, releaseSource } from './pull-source.js'
import { type ServerSentEvent, serializeEvent } from './serialize-event.js'
import { type ChunkFormat, callSource, openReader } from './source-body.js'
import type { RequestContext } from './source-context.js'
import { openStreamBody } from './stream-body.js'
import { readTimerMs } from './stream-options.js'
import { checkValueSource, type SourceOf } from './stream-source.js'
import { UNBUFFERED } from './streaming.js'

/** What `sse` takes: events, or text that becomes the data of one, or a channel. */
export type EventSourceOf = SourceOf<string | ServerSentEvent, Channel>

/** Options of `sse`. */
export interface EventStreamOptions {
  /** Silence after which a comment is sent. Default: the option `heartbeat` of `responseKit()`; 0: never. */
  readonly heartbeat?: Duration
  /** How long clients wait before they return. */
  readonly retry?: Duration
  /**
   * The id of the last event that the client has, for a client that does not send it as `Last-Event-ID`. If the request
   * has that field, the field counts, because it is newer.
   */
  readonly lastEventId?: string | undefined
}

const EVENTS: ChunkFormat = {
  subject: 'sse: source',
  check: (subject, source) => {
    if (!(source instanceof Channel)) checkValueSource(subject, source)
  },
  encode: (event, position) => serializeEvent(event, `sse: event ${position} (counted from 0)`),
}

/** The head waits this long for a first event or a failure. A source may be silent for hours. */
const FIRST_WAIT_MS = 250

/** Server-sent events (HTML §9.2). Comments keep the stream open, and fields keep proxies from buffering it. */
export function describeEventStream(
  exchange: Exchange,
  source: EventSourceOf,
  options: EventStreamOptions = {},
): ResponseDescription {
  checkKeys('sse()', options, ['heartbeat', 'retry', 'lastEventId'])
  adoptSource(source)
  EVENTS.check(EVENTS.subject, source)
  const { lastEventId } = options
  if (lastEventId !== undefined) checkLastEventId(lastEventId)
  const preamble = options.retry === undefined ? '' : `retry: ${readRetryMs(options.retry)}\n\n`
  const heartbeatMs = readTimerMs("sse: option 'heartbeat'", options.heartbeat, exchange.facts.settings.heartbeat)
  const timing = { heartbeatMs, firstWaitMs: FIRST_WAIT_MS }
  return {
    fields: [['Content-Type', 'text/event-stream']],
    defaults: [['Cache-Control', 'no-cache, no-transform'], UNBUFFERED],
    body: {
      open: () =>
        openStreamBody(exchange, (context) => {
          context.startAfter(lastEventId)
          return openEvents(exchange, context, source, preamble, timing)
        }),
      cancel: () => releaseSource(source),
    },
  }
}

async function openEvents(
  exchange: Exchange,
  context: RequestContext,
  source: EventSourceOf,
  preamble: string,
  timing: EventStreamTiming,
): Promise<BatchReader> {
  const opened = await callSource(context, source, EVENTS)
  if (opened instanceof Channel) return openChannel(opened, { context, preamble, ...timing })
  return new EventStreamReader(openReader(exchange, opened, EVENTS), preamble, timing)
}

function checkLastEventId(id: unknown): void {
  const subject = "sse: option 'lastEventId'"
  if (typeof id !== 'string') throw invalidType(subject, 'a string', id)
  if (/[\0\r\n]/.test(id)) throw invalidRange(subject, 'a single line without NUL', id)
}

function readRetryMs(retry: Duration): number {
  const ms = durationMs(retry, "sse: option 'retry'")
  if (ms < 0 || !Number.isInteger(ms)) throw invalidRange("sse: option 'retry'", 'whole milliseconds', retry)
  return ms
}
