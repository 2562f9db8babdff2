import { invalidSecretType, isError, ResponseKitError, toError } from '../shared/checks/errors.js'
import { isThenable } from '../shared/checks/promise.js'
import { ReadQueue } from '../shared/streams/channel/replay.js'
import { storeFailed } from '../shared/streams/channel/server-store.js'

/** What the kit needs of a `Pool` of the package `pg` (8 or later). */
export interface PostgresPool {
  /** How many connections there are. */
  readonly totalCount: number
  /** Sends a statement on any connection. */
  query(text: string, values: unknown[]): unknown
  /** Takes a connection out of the pool. */
  connect(): Promise<object>
}

/** A row as `pg` gives it. */
export type Row = Readonly<Record<string, unknown>>

/** A connection that is kept, for LISTEN. */
export interface Listening {
  query(text: string): Promise<unknown>
  /** Ends the connection. */
  end(): void
}

/** The server of a pool. */
export interface PostgresServer {
  /** What is read for clients that return shares the pool with what the app asks. */
  readonly reads: ReadQueue
  query(text: string, values?: readonly unknown[]): Promise<readonly Row[]>
  /** Takes a connection out of the pool. Calls `onEnd` once if the connection breaks. */
  listen(onNotice: (channel: string, payload: string) => void, onEnd: (error: Error) => void): Promise<Listening>
}

const PATIENCE_MS = 5000
/** A connection that only listens says nothing when it dies. It is asked this often. */
const PING_MS = 15_000

/** The members of a Pool as the kit calls them. */
interface Pool {
  readonly options?: { readonly max?: number | string }
  connect(callback: (error: Error | undefined, client: PooledClient | undefined) => void): unknown
  on(event: 'error', listener: () => void): unknown
}

interface PooledClient {
  query(text: string, values?: readonly unknown[]): Promise<Result>
  release(destroy: boolean): void
  off(event: string, listener: (value: Notice & Error) => void): unknown
  on(event: string, listener: (value: Notice & Error) => void): unknown
}

interface Result {
  readonly rows: readonly Row[]
}

interface Notice {
  readonly channel: string
  readonly payload?: string
}

const servers = new WeakMap<object, PostgresServer>()

/** Checks that it is a pool. */
export function readPool(pool: PostgresPool, call: string): PostgresServer {
  const given: Partial<PostgresPool> = Object(pool)
  // A single client has these methods as well. The count of its connections makes it a pool.
  if (
    typeof given.query !== 'function' ||
    typeof given.connect !== 'function' ||
    typeof given.totalCount !== 'number'
  ) {
    throw invalidSecretType(`${call}: pool`, "a Pool of the package 'pg'", pool)
  }
  const server = servers.get(pool) ?? serverOf(pool as unknown as Pool) // it has what only a pool of pg has
  servers.set(pool, server)
  return server
}

function serverOf(pool: Pool): PostgresServer {
  // Without a listener the end of an idle connection would end the process when Postgres is started again.
  pool.on('error', ignore)
  let reads: ReadQueue | undefined
  return {
    get reads() {
      reads ??= new ReadQueue()
      return reads
    },
    async query(text, values) {
      const client = await takeClient(pool, text)
      try {
        const { rows } = await inTime(text, client.query(text, values))
        giveBack(client)
        return rows
      } catch (error) {
        client.release(true) // it may never answer, and would take a place of the pool as long
        throw error
      }
    },
    async listen(onNotice, onEnd) {
      // It would be kept, and every statement of the app would wait for it.
      if (Number(pool.options?.max) === 1) {
        throw new ResponseKitError(
          'NOT_CONFIGURED',
          "postgresStore(): a channel with clients needs a Pool with 'max' above 1",
        )
      }
      return listenWith(await takeClient(pool, 'connect'), onNotice, onEnd)
    },
  }
}

/**
 * Waits for a connection of the pool. A pool whose connections all hang lets its callers wait: one that comes late goes back
 * unused, because the statement that it was for is told as failed.
 */
async function takeClient(pool: Pool, text: string): Promise<PooledClient> {
  const connecting = connect(pool)
  try {
    return await inTime(text, connecting)
  } catch (error) {
    connecting.then(giveBack).catch(ignore)
    throw error
  }
}

/**
 * A connection that is listened to from its first moment. The pool listens while it is idle, and its promise settles later
 * than an error that comes in the same packet, which would end the process.
 */
function connect(pool: Pool): Promise<PooledClient> {
  return new Promise((resolve, reject) => {
    let isTaken = false
    const take = (client: PooledClient): void => {
      if (!isTaken) client.on('error', ignore)
      isTaken = true
      resolve(client)
    }
    const promised = pool.connect((error, client) => (client === undefined ? reject(error) : take(client)))
    // A wrapper of a pool may know promises alone, or both; it gives the same connection.
    if (isThenable(promised)) promised.then((client) => take(client as PooledClient), reject)
  })
}

function giveBack(client: PooledClient): void {
  client.off('error', ignore)
  client.release(false)
}

function ignore(): void {}

function listenWith(
  client: PooledClient,
  onNotice: (channel: string, payload: string) => void,
  onEnd: (error: Error) => void,
): Listening {
  let isEnded = false
  const end = (error?: Error): void => {
    if (isEnded) return
    isEnded = true
    clearInterval(timer)
    client.release(true)
    if (error !== undefined) onEnd(error)
  }
  const breakOff = (error: Error): void => end(storeFailed(`Postgres is away: ${error.message}`, error))
  let last: Promise<unknown> = Promise.resolve()
  const query = (text: string): Promise<unknown> => {
    // A client takes one query at a time.
    const asked = last.then(() => inTime(text, client.query(text)))
    last = asked.catch(() => undefined)
    return asked
  }
  const timer = setInterval(() => void query('select 1').catch(end), PING_MS).unref()
  client.on('notification', ({ channel, payload = '' }) => {
    if (!isEnded) onNotice(channel, payload)
  })
  client.on('error', breakOff)
  client.on('end', () => breakOff(new Error('the connection has ended')))
  return { query, end: () => end() }
}

/** Rejects in words of the kit, and after a while if there is no answer. */
async function inTime<Answer>(text: string, answer: Promise<Answer>): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${PATIENCE_MS / 1000} seconds`)), PATIENCE_MS)
  })
  try {
    return await Promise.race([answer, late])
  } catch (reason) {
    const cause = toError(reason)
    const command = text.trim().split(/\s/, 1)[0]
    const message = cause.message || String(Reflect.get(cause, 'code') ?? cause.name) // several addresses were tried
    throw storeFailed(`Postgres ${isRefusal(cause) ? 'refuses' : 'is away:'} ${command}: ${message}`, cause)
  } finally {
    clearTimeout(timer)
  }
}

/** The server answers with a SQLSTATE. Of class 08 and 57P it says that it cannot be reached or that it ends. */
function isRefusal(error: Error): boolean {
  return 'severity' in error && 'code' in error && !/^(?:08|57P)/.test(String(error.code))
}

/** The SQLSTATE `undefined_table`. */
export function isMissingTable(error: unknown): boolean {
  const { cause } = toError(error)
  return isError(cause) && 'code' in cause && cause.code === '42P01'
}
