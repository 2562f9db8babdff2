import { type BigIntStats, stat } from 'node:fs'
import type { Exchange } from '../../exchange/exchange.js'
import type { RequestFacts } from '../../exchange/request-facts.js'
import type { BodySource } from '../../exchange/response-description.js'
import { isQueued } from '../../exchange/when-response-closes.js'
import type { ByteRange } from '../../fields/range.js'
import { openPullSource, type PullSource } from '../../streams/pull-source.js'
import { type Content, LONGEST_UNWATCHED } from '../content.js'
import type { CacheSettings } from '../file-settings.js'
import { bytesBody, partOf, piecesOf } from '../memory-content.js'
import { contentOfFile, permissionsOf } from './file-content.js'
import { fileError } from './file-error.js'
import { identityOf, inodeOf, isTimeGiven, modificationTime } from './file-facts.js'
import { tagOfFile } from './file-tag.js'
import { openFile } from './open-file.js'

interface Entry {
  readonly content: CachedContent
  readonly cost: number
  /** A time of `performance.now()`, which no change of the system's clock moves. */
  checkedAt: number
}

/** What an entry without a byte and without a path takes: its objects, its facts and its place in the map. */
const ENTRY_COST = 2048

const caches = new WeakMap<CacheSettings, FileCache>()

/** The one cache of an app's settings. */
export function cacheOf(settings: CacheSettings): FileCache {
  const cache = caches.get(settings) ?? new FileCache(settings)
  caches.set(settings, cache)
  return cache
}

/** Small files in memory, those used last, never more memory than allowed. */
export class FileCache {
  readonly #settings: CacheSettings
  readonly #entries = new Map<string, Entry>()
  #bytes = 0

  constructor(settings: CacheSettings) {
    this.#settings = settings
  }

  /** Memory in use, in bytes. */
  get bytes(): number {
    return this.#bytes
  }

  /** The file as it is now: from memory, or opened if it is not for memory. */
  async open(path: string, root: string | undefined): Promise<Content> {
    const key = `${root ?? ''}\0${path}`
    const entry = this.#entries.get(key)
    if (entry !== undefined) {
      if (await this.#isFresh(entry, path)) {
        this.#touch(key, entry)
        return entry.content
      }
      this.#remove(key, entry)
    }
    return this.#read(key, path, root)
  }

  async #read(key: string, path: string, root: string | undefined): Promise<Content> {
    const file = await openFile(path, root)
    const { maxFileSize, maxBytes } = this.#settings
    const cost = ENTRY_COST + 2 * key.length + file.size
    const asFile = (): Content => contentOfFile(file, { path, opened: undefined })
    if (file.size > maxFileSize || cost > maxBytes || !file.isMeasured) return asFile()
    try {
      const bytes = await file.readWhole()
      if (file.isChanged()) return asFile() // written to while it was read: those bytes are of no version
      const { stats } = file
      file.close()
      const content = new CachedContent(path, bytes, stats)
      this.#remove(key, this.#entries.get(key))
      this.#entries.set(key, { content, cost, checkedAt: performance.now() })
      this.#bytes += cost
      for (const [oldest, entry] of this.#entries) {
        if (this.#bytes <= maxBytes) break
        this.#remove(oldest, entry)
      }
      return content
    } catch (error) {
      file.close()
      throw fileError(error)
    }
  }

  async #isFresh(entry: Entry, path: string): Promise<boolean> {
    const begin = performance.now()
    if (begin - entry.checkedAt < this.#settings.maxAgeMs) return true
    const stats = await statOf(path)
    if (stats === undefined || identityOf(stats) !== entry.content.identity) return false
    entry.checkedAt = Math.max(entry.checkedAt, begin)
    return true
  }

  #touch(key: string, entry: Entry): void {
    if (this.#entries.get(key) !== entry) return
    this.#entries.delete(key)
    this.#entries.set(key, entry)
  }

  #remove(key: string, entry: Entry | undefined): void {
    if (entry === undefined || this.#entries.get(key) !== entry) return
    this.#entries.delete(key)
    this.#bytes -= entry.cost
  }
}

/** A file in memory, with the facts it was read under. All requests for it share these, and each gets its own bytes. */
class CachedContent implements Content {
  readonly isSeekable = true
  readonly path: string
  readonly name: string
  readonly identity: string
  readonly #bytes: Uint8Array
  readonly #stats: BigIntStats

  constructor(path: string, bytes: Uint8Array, stats: BigIntStats) {
    this.path = path
    this.name = path
    this.#bytes = bytes
    this.#stats = stats
    this.identity = identityOf(stats)
  }

  get size(): number {
    return this.#bytes.byteLength
  }

  get lastModified(): number {
    return modificationTime(this.#stats)
  }

  get inode(): string {
    return inodeOf(this.#stats)
  }

  get mode(): number {
    return permissionsOf(this.#stats)
  }

  get isDateWeak(): boolean {
    return isTimeGiven(this.#stats)
  }

  entityTag(facts: RequestFacts): string | Promise<string> {
    return tagOfFile(facts, this, this.#stats)
  }

  pull(range?: ByteRange): PullSource {
    return openPullSource(copiesOf(partOf(this.#bytes, range)))
  }

  directBody(exchange: Exchange, range: ByteRange | undefined): BodySource | undefined {
    const part = partOf(this.#bytes, range)
    const { req, res } = exchange.facts
    // A client may ask for many answers and read none: each one that waits for its turn would hold a copy of the whole.
    if (part.byteLength > LONGEST_UNWATCHED && isQueued(req, res)) return undefined
    return bytesBody(exchange, part.byteLength, () => copyOf(part))
  }

  close(): void {}
}

/** A middleware that changes the body it is given must not change the answers after it. */
function copyOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes)
}

function* copiesOf(bytes: Uint8Array): Generator<Buffer> {
  for (const piece of piecesOf(bytes)) yield copyOf(piece)
}

function statOf(path: string): Promise<BigIntStats | undefined> {
  return new Promise((resolve) => {
    stat(path, { bigint: true }, (error, stats) => resolve(error === null ? stats : undefined))
  })
}
