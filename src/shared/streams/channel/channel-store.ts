/** An event as a channel keeps it: its id, and its other fields as they go on the wire. */
export interface StoredEvent {
  /** The id, by which a returning client asks. */
  readonly id: string
  /** The event as it is written, without its id. */
  readonly fields: string
}

/** Where a channel keeps its last events, and how they reach every process that shares it. */
export interface ChannelStore {
  /** Keeps an event and gives it the id it was published with, or one of its own. It comes back through `subscribe`. */
  append(event: { readonly id: string | undefined; readonly fields: string }): StoredEvent | Promise<StoredEvent>
  /**
   * Hands over every event appended from now on, by whichever process, in one order; `fail` where that breaks off.
   * What it returns ends the subscription.
   */
  subscribe(deliver: (event: StoredEvent) => void, fail: (error: Error) => void): (() => void) | Promise<() => void>
  /** What came after the event of that id and is still kept; where the id is unknown, everything that is. */
  since(id: string): readonly StoredEvent[] | Promise<readonly StoredEvent[]>
}
