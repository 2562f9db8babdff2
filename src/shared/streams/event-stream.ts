import { checkKeys } from '../checks/check-keys.js'
import { type Duration, durationMs } from '../checks/duration.js'
import { invalidRange } from '../checks/errors.js'
import type { Exchange } from '../exchange/exchange.js'
import type { FieldLine, ResponseDescription } from '../exchange/response-description.js'
import type { BatchReader } from './batch.js'
import { Channel, checkChannel, isChannelOfAnyCopy } from './channel/channel.js'
import { type ChannelClient, readChannelClient } from './channel/channel-client.js'
import { RETRY_AFTER_SECONDS } from './channel/channel-core.js'
import type { ChannelEvent } from './channel/channel-event.js'
import { checkFunction } from './channel/channel-options.js'
import type { FirstEvents } from './channel/first-events.js'
import { type ChannelOpening, openChannels } from './channel/open-channels.js'
import { EventStreamReader } from './event-stream-reader.js'
import { checkLastEventId, type ServerSentEvent, serializeEvent } from './serialize-event.js'
import { type ChunkFormat, callSource, openReader } from './source-body.js'
import type { RequestContext } from './source-context.js'
import { holdSource, releaseSource } from './source-owner.js'
import { openStreamBody } from './stream-body.js'
import { readTimerMs } from './stream-options.js'
import { checkValueSource, type SourceOf } from './stream-source.js'
import { UNBUFFERED } from './streaming.js'

/** What `sse` takes: events, or text that becomes the data of one, or a channel, or a list of channels. */
export type EventSourceOf = SourceOf<string | ServerSentEvent, Channel | readonly Channel[]>

/** How long clients wait before they return: each client another time, so that they do not all come at once. */
export interface RetryRange {
  /** The shortest wait. Seconds, or a duration with its unit. */
  readonly min: Duration
  /** The longest wait. Seconds, or a duration with its unit. */
  readonly max: Duration
}

/** Options of `sse`. `client`, `first`, `filter` and `map` are for channels alone. */
export interface EventStreamOptions {
  /**
   * Silence after which a comment is sent. Seconds, or a duration with its unit. Default: the option `heartbeat` of
   * `responseKit()`; 0: never.
   */
  readonly heartbeat?: Duration
  /**
   * How long clients wait before they return: seconds, or a duration with its unit. Of a range each client is told a
   * time of its own, at random. Default: what the browser does, mostly 3 seconds.
   */
  readonly retry?: Duration | RetryRange
  /**
   * The id of the last event that the client has, for a client that does not send it as `Last-Event-ID`. If the request
   * has that field, the field counts, because it is newer. Default: none.
   */
  readonly lastEventId?: string | undefined
  /** Who the client is: `id`, which `except` of `publish` finds it by, and `data` of the app. Default: a random id. */
  readonly client?: Partial<ChannelClient>
  /**
   * Makes the events that the stream begins with. It is called after the client has its place in each channel, so it
   * misses no event. Its events are sent without their ids. A client that returns gets what it missed instead, if that
   * is kept. Default: none.
   */
  readonly first?: (client: ChannelClient) => FirstEvents | Promise<FirstEvents>
  /** Whether the client gets an event. Default: each client gets all events. */
  readonly filter?: (event: ChannelEvent, client: ChannelClient) => boolean
  /** What the client gets in the place of an event. It has the id of the event. Default: none. */
  readonly map?: (event: ChannelEvent, client: ChannelClient) => string | ServerSentEvent
}

const EVENTS: ChunkFormat = {
  subject: 'sse: source',
  check: (subject, source) => {
    if (isChannelOfAnyCopy(source)) checkChannel(subject, source)
    else if (Array.isArray(source) && source.some(isChannelOfAnyCopy)) checkChannels(subject, source)
    else checkValueSource(subject, source)
  },
  encode: (event, position) => serializeEvent(event, `sse: event ${position} (counted from 0)`),
}

/** The head waits this long for a first event or a failure. A source may be silent for hours. */
const FIRST_WAIT_MS = 250

/** How a stream is written, whatever its source. */
interface EventStreamPlan extends Omit<ChannelOpening, 'context'> {
  /** An option that only a stream of channels can obey. */
  readonly channelOption: string | undefined
}

// Every stream refers to them for as long as it is open.
const FIELDS: readonly FieldLine[] = [['Content-Type', 'text/event-stream']]
const DEFAULTS: readonly FieldLine[] = [['Cache-Control', 'no-cache, no-transform'], UNBUFFERED]

/** Server-sent events (HTML §9.2). Comments keep the stream open, and fields keep proxies from buffering it. */
export function describeEventStream(
  exchange: Exchange,
  source: EventSourceOf,
  options: EventStreamOptions = {},
): ResponseDescription {
  const plan = readOptions(exchange, options)
  const { lastEventId } = options
  holdSource(source)
  EVENTS.check(EVENTS.subject, source)
  if (typeof source !== 'function') checkPlan(plan, source)
  return {
    removed: ['Content-Length'], // events have no length
    fields: FIELDS,
    defaults: DEFAULTS,
    body: {
      open: () =>
        openStreamBody(exchange, (context) => {
          context.startAfter(lastEventId)
          return openEvents(exchange, context, source, plan)
        }),
      cancel: () => releaseSource(source),
    },
  }
}

async function openEvents(
  exchange: Exchange,
  context: RequestContext,
  source: EventSourceOf,
  plan: EventStreamPlan,
): Promise<BatchReader> {
  const isAbort = (failure: unknown): boolean => context.abortOf(failure) !== undefined
  const open = (inner: BatchReader): EventStreamReader => new EventStreamReader(inner, plan.preamble, plan, isAbort)
  let opened: unknown
  try {
    opened = (await callSource(context, source, EVENTS)).source
    checkPlan(plan, opened)
  } catch (error) {
    releaseSource(opened)
    if (!isAbort(error)) throw error
    return open(failedReader(error))
  }
  if (isChannels(opened, plan)) return openChannels(opened, { context, ...plan })
  return open(openReader(exchange, opened, EVENTS))
}

/** Stands for a source whose function has failed. */
function failedReader(reason: unknown): BatchReader {
  return { isPaused: false, read: () => Promise.reject(reason), cancel() {} }
}

const CHANNEL_OPTIONS = ['client', 'first', 'filter', 'map'] as const

function readOptions(exchange: Exchange, options: EventStreamOptions): EventStreamPlan {
  checkKeys('sse()', options, ['heartbeat', 'retry', 'lastEventId', ...CHANNEL_OPTIONS])
  const { lastEventId, first, filter, map } = options
  if (lastEventId !== undefined) checkLastEventId("sse: option 'lastEventId'", lastEventId)
  for (const name of ['first', 'filter', 'map'] as const) checkFunction(`sse: option '${name}'`, options[name])
  const retryMs = options.retry === undefined ? undefined : readRetryMs(options.retry)
  return {
    preamble: retryMs === undefined ? '' : `retry: ${retryMs}\n\n`,
    heartbeatMs: readTimerMs("sse: option 'heartbeat'", options.heartbeat, exchange.facts.settings.heartbeat),
    firstWaitMs: FIRST_WAIT_MS,
    retryAfterSeconds: retryMs === undefined ? RETRY_AFTER_SECONDS : Math.ceil(retryMs / 1000),
    client: readChannelClient("sse: option 'client'", options.client),
    first,
    filter,
    map,
    channelOption: CHANNEL_OPTIONS.find((name) => options[name] !== undefined),
  }
}

/** An empty list is one of no channels if an option says that channels are meant. */
function isChannels(source: unknown, plan: EventStreamPlan): source is Channel | readonly Channel[] {
  if (source instanceof Channel) return true
  if (!Array.isArray(source)) return false
  return source.length === 0 ? plan.channelOption !== undefined : source[0] instanceof Channel
}

/** Refuses an option that does nothing for other sources. */
function checkPlan(plan: EventStreamPlan, source: unknown): void {
  if (plan.channelOption === undefined || isChannels(source, plan)) return
  throw invalidRange(`sse: option '${plan.channelOption}'`, 'absent, because the source is no channel', source)
}

function checkChannels(subject: string, list: readonly unknown[]): void {
  for (const [index, item] of list.entries()) checkChannel(`${subject}: item ${index} (counted from 0)`, item)
}

function readRetryMs(retry: Duration | RetryRange): number {
  if (typeof retry !== 'object' || retry === null) return readWait("sse: option 'retry'", retry)
  checkKeys("sse: option 'retry'", retry, ['min', 'max'])
  const [min, max] = [readWait("sse: option 'retry.min'", retry.min), readWait("sse: option 'retry.max'", retry.max)]
  if (min > max) throw invalidRange("sse: option 'retry'", 'a range with min up to max', `${retry.min} to ${retry.max}`)
  return min + Math.floor(Math.random() * (max - min + 1))
}

function readWait(subject: string, wait: Duration): number {
  const ms = durationMs(wait, subject)
  if (ms < 0 || !Number.isInteger(ms)) throw invalidRange(subject, 'whole milliseconds', wait)
  return ms
}
