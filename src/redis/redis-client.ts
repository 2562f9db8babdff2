import { invalidSecretType, toError } from '../shared/checks/errors.js'
import { storeFailed } from '../shared/streams/channel/server-store.js'

/** What the kit needs of a client of the package `ioredis` (5 or 6): a `Redis` or a `Cluster`. */
export interface IoredisClient {
  /** Such as `'ready'`. */
  readonly status: string
  /** The options that the client was made with. */
  readonly options: object
  /** Sends a command. */
  call(command: string, args: string[]): unknown
  /** Makes a client with the same options. */
  duplicate(): object
  /** Adds a listener for the end of the client. */
  on(event: 'end', listener: () => void): unknown
}

/** What the kit needs of a client of the package `redis` (5 or 6), made by `createClient()`. */
export interface NodeRedisClient {
  /** Whether the client is connected. */
  readonly isReady: boolean
  /** Sends a command. */
  sendCommand(args: string[]): unknown
  /** Makes a client with the same options. */
  duplicate(): object
  /** Adds a listener for the end of the client. */
  on(event: 'end', listener: () => void): unknown
}

/** A client of `ioredis` or of `redis`. The kit opens connections of its own with the client's options. */
export type RedisClient = IoredisClient | NodeRedisClient

/** One connection to the server, used until it breaks and never made whole again: no command is sent twice. */
export interface Connection {
  readonly isOpen: boolean
  /** Sends a command. Rejects and closes the connection if no answer comes in time. */
  call(args: readonly string[], patienceMs?: number): Promise<unknown>
  close(): void
}

/** The server of a client. */
export interface RedisServer {
  /** What ioredis puts in front of every key. */
  readonly keyPrefix: string
  readonly isCluster: boolean
  connect(): Promise<Connection>
}

const PATIENCE_MS = 5000
/** The errors that Redis itself answers begin with a word in capital letters. */
const REFUSAL = /^[A-Z]{3,} /

/** Finds out which package made the client. */
export function readRedisClient(client: RedisClient, call: string): RedisServer {
  const given: Partial<IoredisClient & NodeRedisClient & Pick<NodeRedis, 'isPubSubActive' | 'destroy'>> = Object(client)
  if (typeof given.duplicate === 'function' && typeof given.on === 'function') {
    // Each package is known by the methods that the other one does not have.
    if (typeof given.call === 'function' && typeof given.status === 'string') {
      return ioredisServer(client as unknown as Ioredis) // only ioredis has both
    }
    // A client by createSentinel() has `isReady` too, and takes other arguments. Only that of one server has `isPubSubActive`.
    // Version 4 has no `destroy`, without which its connections could not be ended.
    if (
      typeof given.sendCommand === 'function' &&
      typeof given.isPubSubActive === 'boolean' &&
      typeof given.destroy === 'function'
    ) {
      return nodeRedisServer(client as unknown as NodeRedis) // only createClient() of version 5 or later has all three
    }
  }
  const expected = "a client of 'ioredis' (Redis, Cluster) or of 'redis' 5 or 6 (createClient)"
  throw invalidSecretType(`${call}: client`, expected, client)
}

/** The members of a client of `ioredis` that its options and `duplicate` are read and changed by. */
interface Ioredis extends Omit<IoredisClient, 'duplicate'> {
  readonly isCluster?: boolean
  readonly options: { readonly keyPrefix?: string; readonly redisOptions?: IoredisOptions }
  duplicate(...given: unknown[]): OwnIoredis
}

interface IoredisOptions {
  readonly keyPrefix?: string
}

interface OwnIoredis {
  readonly status: string
  call(command: string, args: readonly string[]): Promise<unknown>
  connect(): Promise<void>
  disconnect(): void
  on(event: string, listener: (error: Error) => void): unknown
}

/** Nothing is sent again and nothing waits for a connection: a publisher is told at once. */
const IOREDIS_OPTIONS = {
  lazyConnect: true,
  enableOfflineQueue: false,
  enableAutoPipelining: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: null,
  retryStrategy: null,
  sentinelRetryStrategy: null,
  reconnectOnError: null,
  commandTimeout: undefined,
  protocol: 2, // version 6 speaks RESP3, whose XREAD has another shape
  replyMapping: undefined,
  socketTimeout: undefined, // the reader waits in silence, and the kit has a patience of its own
  keyPrefix: '', // it would stand in front of the keys that are sent, and not of those that are read
}

function ioredisServer(client: Ioredis): RedisServer {
  const { options, isCluster = false } = client
  const duplicate = (): OwnIoredis => {
    if (!isCluster) return client.duplicate(IOREDIS_OPTIONS)
    const { retryStrategy, sentinelRetryStrategy, lazyConnect, enableOfflineQueue, ...ofNodes } = IOREDIS_OPTIONS
    const redisOptions = { ...options.redisOptions, ...ofNodes }
    // A replica may not yet have what a publisher was told is there.
    const ofCluster = { lazyConnect, enableOfflineQueue, keyPrefix: '', scaleReads: 'master', redisOptions }
    return client.duplicate([], { ...ofCluster, clusterRetryStrategy: () => null })
  }
  return {
    keyPrefix: options.keyPrefix ?? options.redisOptions?.keyPrefix ?? '',
    isCluster,
    connect: () => {
      const own = duplicate()
      return open(own, {
        isReady: () => own.status === 'ready',
        send: ([command = '', ...args]) => own.call(command, args),
        close: () => own.disconnect(),
      })
    },
  }
}

interface NodeRedis extends Omit<NodeRedisClient, 'duplicate'> {
  readonly isPubSubActive: boolean
  destroy(): void
  readonly options?: { readonly socket?: object }
  duplicate(options: object): OwnNodeRedis
}

interface OwnNodeRedis {
  readonly isOpen: boolean
  readonly isReady: boolean
  sendCommand(args: readonly string[]): Promise<unknown>
  connect(): Promise<unknown>
  destroy(): void
  on(event: string, listener: (error: Error) => void): unknown
}

function nodeRedisServer(client: NodeRedis): RedisServer {
  return {
    keyPrefix: '',
    isCluster: false,
    connect: () => {
      // The reader waits in silence, and the kit has a patience of its own.
      const socket = { ...client.options?.socket, reconnectStrategy: false, socketTimeout: undefined }
      // Version 2 of the protocol: the answers of version 3 have another form. Notes on maintenance and a cache need version 3.
      const protocol = { RESP: 2, maintNotifications: 'disabled', clientSideCache: undefined, commandOptions: {} }
      const own = client.duplicate({ socket, disableOfflineQueue: true, ...protocol })
      return open(own, {
        isReady: () => own.isReady,
        send: (args) => own.sendCommand(args),
        close: () => {
          if (own.isOpen) own.destroy()
        },
      })
    },
  }
}

interface Transport {
  isReady(): boolean
  send(args: readonly string[]): Promise<unknown>
  close(): void
}

async function open(
  own: Pick<OwnIoredis, 'on'> & { connect(): Promise<unknown> },
  transport: Transport,
): Promise<Connection> {
  let failure: Error | undefined
  let isClosed = false
  // Of a server that hangs, every command that waits closes the connection. ioredis adds a timer and a listener each time.
  const close = (): void => {
    if (!isClosed) transport.close()
    isClosed = true
  }
  own.on('error', (error) => {
    failure ??= error
    close() // node-redis goes on after a reply that it cannot read, and gives each command the reply of another one
  })
  try {
    await inTime(own.connect(), 2 * PATIENCE_MS)
  } catch (reason) {
    close()
    const cause = failure ?? toError(reason)
    throw storeFailed(`Redis is away: ${cause.message || reason}`, cause)
  }
  return {
    get isOpen() {
      return transport.isReady()
    },
    async call(args, patienceMs = PATIENCE_MS) {
      try {
        return await inTime(transport.send(args), patienceMs)
      } catch (reason) {
        const cause = toError(reason)
        const isRefused = REFUSAL.test(cause.message)
        // A server that has become a replica refuses to write: the next connection finds the new one.
        if (!isRefused || cause.message.startsWith('READONLY')) close()
        if (isRefused) throw storeFailed(`Redis refuses ${args[0]}: ${cause.message}`, cause)
        throw storeFailed(`Redis is away: ${args[0]}: ${(failure ?? cause).message}`, cause)
      }
    },
    close,
  }
}

function inTime<Value>(promise: Promise<Value>, patienceMs: number): Promise<Value> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer in ${patienceMs / 1000} seconds`)), patienceMs)
    promise.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
