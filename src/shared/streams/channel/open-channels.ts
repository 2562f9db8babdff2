import type { BatchReader } from '../batch.js'
import type { RequestContext } from '../source-context.js'
import { Channel, coreOf } from './channel.js'
import type { ChannelClient } from './channel-client.js'
import type { ChannelCore } from './channel-core.js'
import { ChannelReader, type EventPassage } from './channel-reader.js'
import { giveFirst, type ReadFirst } from './first-events.js'
import type { Follower } from './follower.js'
import { joinedKeys, parseJoinedId } from './joined-id.js'

/** How a stream of channels begins. */
export interface ChannelOpening extends EventPassage {
  readonly context: RequestContext
  readonly client: ChannelClient
  /** Text before the first event. */
  readonly preamble: string
  readonly heartbeatMs: number
  /** How long the head waits for the stores, and for the first event of `first`. */
  readonly firstWaitMs: number
  /** What a client that finds no room is told. */
  readonly retryAfterSeconds: number
  readonly first: ReadFirst | undefined
}

/**
 * Begins one client's stream of a channel, or of several in one: then each id says what the client has of each of them.
 * The head waits a little for the stores, and no longer.
 */
export async function openChannels(
  given: Channel | readonly Channel[],
  { context, firstWaitMs, retryAfterSeconds, first, ...written }: ChannelOpening,
): Promise<BatchReader> {
  const list = given instanceof Channel ? [given] : given
  // A channel that is there twice would give its events twice.
  const cores = Array.from(new Set(list), coreOf)
  for (const core of cores) core.admit(retryAfterSeconds)
  const keys = given instanceof Channel ? undefined : joinedKeys(cores.map(({ parts }) => parts.name))
  const lastId = context.lastEventId || undefined
  const ids = keys === undefined || lastId === undefined ? [lastId] : parseJoinedId(lastId, keys)
  const reader = new ChannelReader({ ...written, keys, cutOff: context.cutOff })
  const heartbeatMs = reader.watchesSilence ? 0 : written.heartbeatMs
  const followers = cores.map((core, index) => core.join(reader, written.client, ids[index], heartbeatMs))
  reader.follow(followers)
  if (context.abortReason !== undefined) reader.cancel()
  else await within(firstWaitMs, begin(reader, cores, followers, first, written.client))
  return reader
}

/** Brings the client onto the feeds. Settles when its stream has a beginning. Never rejects. */
async function begin(
  reader: ChannelReader,
  cores: readonly ChannelCore[],
  followers: readonly Follower[],
  first: ReadFirst | undefined,
  client: ChannelClient,
): Promise<void> {
  const followAll = (): void => {
    for (const [index, core] of cores.entries()) {
      const follower = followers[index]
      if (follower !== undefined) void core.follow(follower)
    }
  }
  if (first === undefined || (await canResume(cores, followers))) {
    followAll()
    if (followers.length === 0) reader.end()
    await reader.ready
    return
  }
  for (const follower of followers) follower.lastId = undefined
  const beginning = giveFirst(reader, first, client)
  followAll()
  await beginning
}

/** Whether every channel can give the client all that it has missed. */
async function canResume(cores: readonly ChannelCore[], followers: readonly Follower[]): Promise<boolean> {
  if (followers.length === 0 || followers.some(({ lastId }) => lastId === undefined)) return false
  const answers = await Promise.all(
    cores.map((core, index) => {
      const follower = followers[index]
      return follower !== undefined && core.keepsAfter(follower)
    }),
  )
  return answers.every((keeps) => keeps)
}

/** Waits for a promise that never rejects, but not longer than this. */
function within(ms: number, promise: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    void promise.then(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}
