import { invalidType, ResponseKitError } from '../../checks/errors.js'
import type { ServerSentEvent } from '../serialize-event.js'
import { type ChannelClient, type PublishOptions, readExcept } from './channel-client.js'
import { ChannelCore, type ClientListener } from './channel-core.js'
import { type ChannelEvent, serializeForStore } from './channel-event.js'
import { ChannelIteration, type IterationOptions } from './channel-iteration.js'
import { type ChannelOptions, readChannelOptions } from './channel-options.js'

/**
 * Publish/subscribe for event streams, in one process or in many.
 *
 * @param options `replay`: how many events are kept for clients that return; default 100. `store`: shares the channel
 *   between processes. `maxClients`: how many clients this process serves from it; default: no limit. `name`: what the
 *   ids of joined streams call it. `onError` is told of every failure of the store.
 * @throws `INVALID_OPTION` for a bad option.
 * @example
 * const news = channel()
 * app.get('/news', (req, res) => res.sse(news))
 * news.publish({ event: 'headline', data: { title: 'Hello' } })
 */
export function channel(options: ChannelOptions = {}): Channel {
  return new Channel(options)
}

let open: (channel: Channel) => ChannelCore

/** Under this symbol, which all realms of a process share, a channel says that it is one, also to another copy of the package. */
const CHANNEL_BRAND: unique symbol = Symbol.for('response-kit.channel')

/** Many clients, one encoding of each event. A client that returns gets what it missed, one that lags is dropped. */
export class Channel implements AsyncIterable<ChannelEvent> {
  readonly #core: ChannelCore

  static {
    // Only this room sees the inside of a channel, so it is not on the public prototype.
    open = (channel) => channel.#core
    Object.defineProperty(Channel.prototype, CHANNEL_BRAND, { value: true }) // no member that a type shows
  }

  constructor(options: ChannelOptions = {}) {
    this.#core = new ChannelCore(readChannelOptions(options))
  }

  /** How many clients this process serves from it: streams and iterations. */
  get size(): number {
    return this.#core.size
  }

  /** The clients that this process serves from it. A client with several streams is there several times. */
  get clients(): readonly ChannelClient[] {
    return this.#core.clients
  }

  /**
   * Sends an event to every client of the channel. The promise settles when the store has it.
   *
   * @param event Text that is the data of an event, or an event.
   * @param options `except`: a client, or the id of one, that does not get it.
   * @throws At once, `INVALID_ARGUMENT`, `INVALID_CHUNK` or `INVALID_OPTION` for a bad event or option; `ESHUTDOWN` if
   *   the channel is closed.
   * @example
   * await news.publish({ event: 'headline', data: 'It works' })
   */
  publish(event: string | ServerSentEvent, options: PublishOptions = {}): Promise<void> {
    const core = this.#core
    core.checkOpen()
    const stored = serializeForStore(event, readExcept(options))
    core.keeper?.publish()
    const published = core.append(stored)
    published.catch(() => undefined) // a caller that does not wait must not end the process
    return published
  }

  /**
   * Calls a listener with each client that joins: it gets every event that is published from then on.
   *
   * @param listener Gets the client.
   * @returns A function that takes the listener away.
   * @throws `INVALID_ARGUMENT` for no function.
   * @example
   * room.onJoin((client) => room.publish({ event: 'join', data: client.id }, { except: client }))
   */
  onJoin(listener: ClientListener): () => void {
    return listen('onJoin', this.#core.joinListeners, listener)
  }

  /**
   * Calls a listener with each client that has joined and leaves.
   *
   * @param listener Gets the client.
   * @returns A function that takes the listener away.
   * @throws `INVALID_ARGUMENT` for no function.
   * @example
   * const stop = room.onLeave((client) => log(`${client.id} left`))
   */
  onLeave(listener: ClientListener): () => void {
    return listen('onLeave', this.#core.leaveListeners, listener)
  }

  /**
   * The events from the first `next()` on, without end: the iteration ends when the channel closes. It is a client of the
   * channel until it ends or `return()` is called, as `break` does. If more than 1 MB of events waits for it, it fails.
   *
   * @param options `lastEventId`: begins with the events after that one. `signal`: ends it. `client`: who it is for.
   * @throws `INVALID_OPTION` for a bad option.
   * @example
   * for await (const event of news.events({ lastEventId })) yield event
   */
  events(options: IterationOptions = {}): AsyncIterableIterator<ChannelEvent> {
    return new ChannelIteration(this.#core, options)
  }

  /**
   * The same as `events()`: `for await (const event of news)`, or `yield* news` in a generator.
   *
   * @throws Nothing.
   * @example
   * for await (const event of news) yield event
   */
  [Symbol.asyncIterator](): AsyncIterator<ChannelEvent, undefined, undefined> {
    return this.events()
  }

  /**
   * Ends every stream and iteration of the channel, and its connection to the store.
   *
   * @throws Nothing; it rejects if the store cannot be closed.
   * @example
   * await news.close()
   */
  close(): Promise<void> {
    return this.#core.close()
  }
}

export function coreOf(channel: Channel): ChannelCore {
  return open(channel)
}

/** Whether a value is a channel, of this copy of the package or of another. */
export function isChannelOfAnyCopy(value: unknown): boolean {
  return typeof value === 'object' && value !== null && CHANNEL_BRAND in value
}

/**
 * Refuses what is no channel of this copy. The inside of another copy's channel cannot be read, and its events alone would
 * not bring a client that returns what it missed.
 */
export function checkChannel(subject: string, value: unknown): void {
  if (value instanceof Channel) return
  if (!isChannelOfAnyCopy(value)) throw invalidType(subject, 'a channel, as others are', value)
  const message = `${subject}: this channel comes from another copy of response-kit; load one copy only (npm ls response-kit shows the versions)`
  throw new ResponseKitError('INVALID_ARGUMENT', message)
}

function listen(
  method: string,
  listeners: Set<{ readonly listener: ClientListener }>,
  listener: ClientListener,
): () => void {
  if (typeof listener !== 'function') throw invalidType(`${method}: listener`, 'a function', listener)
  const entry = { listener } // the same function may be there twice
  listeners.add(entry)
  return () => void listeners.delete(entry)
}
