import { type BigIntStats, fstatSync, stat } from 'node:fs'
import { CachedContent } from './cached-content.js'
import { fileError } from './file-error.js'
import { identityOf } from './file-facts.js'
import { type OpenFile, openFile } from './open-file.js'

export interface CacheSettings {
  readonly maxBytes: number
  readonly maxFileSize: number
  /** How long a file is taken to be as it was found; 0: one `stat` a request. */
  readonly maxAgeMs: number
}

interface Entry {
  readonly content: CachedContent
  checkedAt: number
  /** The check under way, shared by the requests that come meanwhile. */
  checking: Promise<boolean> | undefined
}

/** Small files in memory, those used last, never more octets than allowed. */
export class FileCache {
  readonly #settings: CacheSettings
  readonly #entries = new Map<string, Entry>()
  readonly #loading = new Map<string, Promise<CachedContent | OpenFile>>()
  #bytes = 0

  constructor(settings: CacheSettings) {
    this.#settings = settings
  }

  /** The file as it is now: from memory, or opened where it is not for memory. */
  async open(path: string, root: string | undefined): Promise<CachedContent | OpenFile> {
    const key = `${root ?? ''}\0${path}`
    const entry = this.#entries.get(key)
    if (entry !== undefined) {
      if (Date.now() - entry.checkedAt < this.#settings.maxAgeMs || (await this.#isFresh(entry, path))) {
        this.#touch(key, entry)
        return entry.content
      }
      this.#remove(key)
    }
    const loading = this.#loading.get(key)
    const loaded = await loading?.catch(() => undefined)
    if (loaded instanceof CachedContent) return loaded
    return this.#load(key, path, root)
  }

  #load(key: string, path: string, root: string | undefined): Promise<CachedContent | OpenFile> {
    const loading = this.#read(key, path, root).finally(() => this.#loading.delete(key))
    this.#loading.set(key, loading)
    return loading
  }

  async #read(key: string, path: string, root: string | undefined): Promise<CachedContent | OpenFile> {
    const file = await openFile(path, root)
    if (file.size > this.#settings.maxFileSize || file.size > this.#settings.maxBytes) return file
    try {
      const bytes = await readWhole(file)
      // Written to while it was read: those octets are of no version.
      if (bytes === undefined || identityOf(fstatSync(file.fd, { bigint: true })) !== identityOf(file.stats))
        return file
      const content = new CachedContent(path, bytes, file.stats)
      file.close()
      this.#remove(key)
      this.#entries.set(key, { content, checkedAt: Date.now(), checking: undefined })
      this.#bytes += content.size
      for (const oldest of this.#entries.keys()) {
        if (this.#bytes <= this.#settings.maxBytes) break
        this.#remove(oldest)
      }
      return content
    } catch (error) {
      file.close()
      throw fileError(error)
    }
  }

  async #isFresh(entry: Entry, path: string): Promise<boolean> {
    entry.checking ??= statOf(path).then((stats) => {
      entry.checking = undefined
      entry.checkedAt = Date.now()
      return stats !== undefined && identityOf(stats) === entry.content.identity
    })
    return entry.checking
  }

  #touch(key: string, entry: Entry): void {
    if (this.#entries.delete(key)) this.#entries.set(key, entry)
  }

  #remove(key: string): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    this.#entries.delete(key)
    this.#bytes -= entry.content.size
  }
}

function statOf(path: string): Promise<BigIntStats | undefined> {
  return new Promise((resolve) => {
    stat(path, { bigint: true }, (error, stats) => resolve(error === null ? stats : undefined))
  })
}

/** All octets, or `undefined` where there are fewer than the file had when it was opened. */
function readWhole(file: OpenFile): Promise<Uint8Array | undefined> {
  const buffer = Buffer.allocUnsafeSlow(file.size)
  return new Promise((resolve, reject) => {
    const fill = (filled: number): void => {
      if (filled === buffer.byteLength) {
        resolve(buffer)
        return
      }
      file.read(buffer.subarray(filled), buffer.byteLength - filled, filled, (error, count) => {
        if (error !== null) reject(error)
        else if (count === 0) resolve(undefined)
        else fill(filled + count)
      })
    }
    fill(0)
  })
}
