/** An event as a channel keeps it: its id, and its other fields as they go on the wire. */
export interface StoredEvent {
  /** A client that returns says by it what it has. */
  readonly id: string
  /** The event as it is written, without its id. */
  readonly fields: string
}

/** A feed of all events after a position. */
export interface ChannelSubscription {
  /**
   * The id of the last event before the feed; in an empty store any id that stands before the first event.
   * Empty: a client that returns cannot be told what it missed.
   */
  readonly position: string
  /** Ends the feed. */
  close(): unknown
}

/** Events in the order of the store: a list, or pages as they are read. */
export type StoredEvents = Iterable<StoredEvent> | AsyncIterable<StoredEvent>

/**
 * Keeps the last events of a channel, and brings them to every process that shares it. All methods see one order of
 * events. A store may be slow or away: the channel keeps its clients, tries again, and goes on after the last event that
 * each client has. It gives no event twice, if ids are unique and `since` sees all that `append` has kept.
 */
export interface ChannelStore {
  /** Keeps an event and gives it the id it was published with, or one of its own. It comes back through `subscribe`. */
  append(event: { readonly id: string | undefined; readonly fields: string }): StoredEvent | Promise<StoredEvent>
  /**
   * Calls `deliver` with every event after the position it returns, whichever process appended it, in their order and
   * each once; calls `fail` if the feed breaks off. Rejects if the store is away.
   */
  subscribe(
    deliver: (event: StoredEvent) => void,
    fail: (error: Error) => void,
  ): ChannelSubscription | Promise<ChannelSubscription>
  /** The events after the one of that id that are still kept; if the store does not know the id, all that are kept. */
  since(id: string): StoredEvents | Promise<StoredEvents>
  /**
   * Whether `since(id)` gives all events after that one, because the store knows the id and has dropped nothing after it.
   * If not, a client of `sse(channel, { first })` gets `first` again. Default: always.
   */
  keeps?(id: string): boolean | Promise<boolean>
}

/** A store of many topics over one connection. By itself it is the store of the topic `main`. */
export interface TopicStore extends ChannelStore {
  /**
   * The store of one topic, for `channel({ store: store.topic('news') })`. It costs nothing until the channel has a client.
   *
   * @param name 1 to 200 characters without control characters and lone surrogates.
   * @throws `INVALID_ARGUMENT` for another name.
   */
  topic(name: string): ChannelStore
}
