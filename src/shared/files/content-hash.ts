import { createHash } from 'node:crypto'
import { BoundedMemo } from '../checks/bounded-memo.js'
import { invalidRange, toError } from '../checks/errors.js'
import { abortedError, endedBefore } from '../exchange/exchange.js'
import type { RequestFacts } from '../exchange/request-facts.js'
import { isComplete, whenResponseCloses } from '../exchange/when-response-closes.js'
import { MOST_HASHED_AT_ONCE } from '../fields/entity-tag.js'
import { encodeBytes } from '../streams/byte-chunk.js'
import { ChunkReader } from '../streams/chunk-reader.js'
import type { Content } from './content.js'
import { type HashInThread, hashInThread } from './hash-thread.js'

export type HashAlgorithm = 'sha1' | 'sha256' | 'sha512'

/**
 * The hash of all bytes in base64. It is remembered as long as the content is known to be the same, and requests for one
 * content share the work. It stops when the last client that waits for it has left.
 *
 * @param subject Names in an error what asks for the hash.
 * @param value What the caller gave there.
 */
export async function contentHash(
  facts: RequestFacts,
  content: Content,
  algorithm: HashAlgorithm,
  subject: string,
  value: string = algorithm,
): Promise<string> {
  if (!content.isSeekable) {
    throw invalidRange(subject, 'given for a source that can be read more than once', value)
  }
  const { identity } = content
  const key = identity === undefined ? undefined : keyOf(identity, algorithm)
  for (let attempt = 1; ; attempt++) {
    const digest = recall(identity, algorithm)
    if (digest !== undefined) return digest
    const shared = key === undefined ? undefined : running.get(key)
    const job = shared ?? begin(subject, content, algorithm, key)
    try {
      const computed = await job.waitFor(facts)
      remember(identity, algorithm, computed)
      return computed
    } catch (error) {
      // The content of another request may fail alone: its app may close the FileHandle when that client has left.
      const isOver = facts.aborted || isComplete(facts.res)
      if (shared === undefined || isOver || attempt === MOST_HASHES) throw error
    }
  }
}

/** A request waits for so many hashes of others. If they all fail, the cause is not their content alone. */
const MOST_HASHES = 2

function begin(subject: string, content: Content, algorithm: HashAlgorithm, key: string | undefined): HashJob {
  const job = new HashJob(subject, content, algorithm, () => {
    if (key !== undefined && running.get(key) === job) running.delete(key)
  })
  if (key !== undefined) running.set(key, job)
  return job
}

/** The entity-tag that a SHA-256 makes: 160 bits of it tell versions apart. */
export function tagOfHash(digest: string): string {
  return `"${digest.slice(0, 27)}"`
}

type Identity = NonNullable<Content['identity']>

/** By the text that names a version of a file. */
const digestsOfFiles = new BoundedMemo<string, string>({ maxEntries: 20_000, maxBytes: 8 * 1024 * 1024 })
/** By the object that holds the bytes, for as long as it lives. */
const digestsOfObjects = new WeakMap<object, Map<HashAlgorithm, string>>()
const running = new Map<string, HashJob>()

function recall(identity: Identity | undefined, algorithm: HashAlgorithm): string | undefined {
  if (identity === undefined) return undefined
  if (typeof identity === 'string') return digestsOfFiles.get(`${algorithm} ${identity}`)
  return digestsOfObjects.get(identity)?.get(algorithm)
}

function remember(identity: Identity | undefined, algorithm: HashAlgorithm, digest: string): void {
  if (identity === undefined) return
  if (typeof identity === 'string') {
    digestsOfFiles.set(`${algorithm} ${identity}`, digest)
    return
  }
  const digests = digestsOfObjects.get(identity) ?? new Map<HashAlgorithm, string>()
  digestsOfObjects.set(identity, digests.set(algorithm, digest))
}

let objects = 0
const numbers = new WeakMap<object, number>()

function keyOf(identity: Identity, algorithm: HashAlgorithm): string {
  if (typeof identity === 'string') return `${algorithm} ${identity}`
  const number = numbers.get(identity) ?? ++objects
  numbers.set(identity, number)
  return `${algorithm} object ${number}`
}

interface Hasher {
  update(bytes: Uint8Array): void | Promise<void>
  digest(): string | Promise<string>
  close?(): void
}

/** One hash under way, and the requests that wait for it. */
class HashJob {
  readonly #reader: ChunkReader
  readonly #digest: Promise<string>
  readonly #onOver: () => void
  #waiting = 0
  #isStopped = false

  constructor(subject: string, content: Content, algorithm: HashAlgorithm, onOver: () => void) {
    const encode = (chunk: unknown, position: number) => encodeBytes(subject, chunk, position)
    const isShort = content.size !== undefined && content.size <= MOST_HASHED_AT_ONCE
    const isHere = isShort || !allowsThreads()
    const hasher = isHere ? hashHere(algorithm) : hashInThread(algorithm) // first: a thread may fail to start
    this.#reader = new ChunkReader(content.pull(), { encode }, () => {})
    this.#onOver = onOver
    this.#digest = this.#run(hasher)
    this.#digest.catch(() => {}) // told to those who wait
  }

  /** The digest; rejects at once if the response is over, and ends the work if no other request waits. */
  waitFor(facts: RequestFacts): Promise<string> {
    this.#waiting++
    return new Promise((resolve, reject) => {
      let isWaiting = true
      const leave = (): void => {
        if (!isWaiting) return
        isWaiting = false
        reject(endedBefore(facts.res))
        this.#waiting--
        if (this.#waiting === 0) this.#stop()
      }
      const settle = (): void => {
        isWaiting = false
      }
      this.#digest.finally(settle).then(resolve, reject)
      if (facts.aborted) leave()
      else whenResponseCloses(facts.req, facts.res, leave)
    })
  }

  async #run(hasher: Hasher | HashInThread): Promise<string> {
    try {
      for (;;) {
        const bytes = await this.#reader.read()
        if (this.#isStopped) throw abortedError()
        if (bytes === undefined) return await hasher.digest()
        await hasher.update(bytes)
      }
    } catch (error) {
      this.#reader.cancel()
      throw toError(error)
    } finally {
      hasher.close?.()
      this.#onOver()
    }
  }

  #stop(): void {
    this.#isStopped = true
    this.#onOver() // a client that comes later begins a new hash
    this.#reader.cancel()
  }
}

/** The permission model of Node may forbid threads. Then each piece is hashed here, and turns end between the pieces. */
function allowsThreads(): boolean {
  return process.permission?.has('worker') ?? true // absent without the model
}

function hashHere(algorithm: HashAlgorithm): Hasher {
  const hash = createHash(algorithm)
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest('base64') }
}
