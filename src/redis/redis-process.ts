import { ReadQueue } from '../shared/streams/channel/replay.js'
import { storeFailed } from '../shared/streams/channel/server-store.js'
import { type Connection, type RedisClient, type RedisServer, readRedisClient } from './redis-client.js'
import { StreamReader } from './stream-reader.js'

const processes = new WeakMap<object, RedisProcess>()

/** What this process has of one client: all its stores and claims share it. */
export function redisProcessOf(client: RedisClient, call: string): RedisProcess {
  const server = readRedisClient(client, call)
  const known = processes.get(client)
  if (known !== undefined) return known
  const made = new RedisProcess(server)
  processes.set(client, made)
  client.on('end', () => made.close())
  return made
}

/** One connection for commands, and one for each prefix whose streams are read. Both are made when they are needed. */
export class RedisProcess {
  readonly server: RedisServer
  #connecting: Promise<Connection> | undefined
  readonly #readers = new Map<string, StreamReader>()
  #reads: ReadQueue | undefined

  constructor(server: RedisServer) {
    this.server = server
  }

  /** What is read for clients that return shares the connection with what is published. */
  get reads(): ReadQueue {
    this.#reads ??= new ReadQueue()
    return this.#reads
  }

  /** Sends a command. Rejects at once while the server is away. */
  async call(...args: readonly string[]): Promise<unknown> {
    const connection = await this.#connection()
    return connection.call(args)
  }

  reader(prefix: string): StreamReader {
    let reader = this.#readers.get(prefix)
    if (reader === undefined) {
      const call = (...args: readonly string[]): Promise<unknown> => this.call(...args)
      reader = new StreamReader({ connect: () => this.server.connect(), call }, prefix)
      this.#readers.set(prefix, reader)
    }
    return reader
  }

  /** Ends the connections. A store that is used after that opens new ones. */
  close(): void {
    const connecting = this.#connecting
    this.#connecting = undefined
    connecting?.then((connection) => connection.close()).catch(() => undefined)
    const error = storeFailed('Redis: the client was closed')
    this.#reads?.refuse(error)
    for (const reader of this.#readers.values()) reader.stop(error)
  }

  async #connection(): Promise<Connection> {
    this.#connecting ??= this.server.connect()
    const connecting = this.#connecting
    try {
      const connection = await connecting
      if (connection.isOpen) return connection
    } catch (error) {
      if (this.#connecting === connecting) this.#connecting = undefined // the next call tries again
      throw error
    }
    if (this.#connecting === connecting) this.#connecting = undefined
    return this.#connection()
  }
}
