// What the driver and the server under test say to each other.

/** `kept`: http, with middleware that keeps all that is sent. */
export type Transport = 'http' | 'https' | 'compression' | 'createServer' | 'kept'

export interface ServerName {
  readonly framework: string
  readonly transport: Transport
  readonly port: number
}

/** What the server holds, and what it saw since the last report. */
export interface Report {
  /** How many descriptors lead to each file, and to sockets, pipes and other objects. */
  readonly descriptors: Readonly<Record<string, number>>
  /** The `x-id` of each request whose response has not closed. */
  readonly openResponses: readonly string[]
  /** The sources that are not yet finished. */
  readonly sources: readonly string[]
  /** How many listeners of each event. */
  readonly listeners: Readonly<Record<string, number>>
  readonly timers: number
  /** What reached the error handling of a framework. */
  readonly errors: readonly string[]
  /** How long a turn of the event loop took, in milliseconds. */
  readonly delay: { readonly p99: number; readonly max: number }
  /** The bytes in use, of the heap and of buffers. Only after `collect` it is free of garbage. */
  readonly bytesInUse: number
}

/** The option `idleLimit` of every server. */
export const IDLE_LIMIT_MS = 5000
