import { type BigIntStats, closeSync, read } from 'node:fs'
import { inReadTurn } from '../../wire/read-turns.js'
import { fileError, shortBody } from './file-error.js'
import { entityTagOfFile } from './file-facts.js'

/** An open descriptor of a regular file and its facts, shared by those who asked for the file together. */
export class Descriptor {
  readonly stats: BigIntStats
  readonly size: number
  readonly fd: number
  #users = 0
  #entityTag: string | undefined
  #reads = 0
  #whole: Promise<Buffer> | undefined

  constructor(fd: number, stats: BigIntStats) {
    this.fd = fd
    this.stats = stats
    this.size = Number(stats.size)
  }

  get isShared(): boolean {
    return this.#users > 1
  }

  get entityTag(): string {
    this.#entityTag ??= entityTagOfFile(this.stats)
    return this.#entityTag
  }

  use(): void {
    this.#users++
  }

  /** One user less; behind the last one, and the last read, it is closed. */
  release(): void {
    this.#users--
    this.#closeUnused()
  }

  /** Reads into `buffer` from `position`, as much as one read gives. */
  read(buffer: Uint8Array, length: number, position: number, done: (error: Error | null, count: number) => void): void {
    this.#reads++
    read(this.fd, buffer, 0, length, position, (error, count) => {
      this.#reads--
      this.#closeUnused()
      done(error, count)
    })
  }

  /** As many octets as are wanted; fewer are a failure. */
  readFully(buffer: Buffer, wanted: number, position: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const fill = (filled: number): void => {
        if (filled === wanted) {
          resolve()
          return
        }
        const rest = filled === 0 ? buffer : buffer.subarray(filled)
        this.read(rest, wanted - filled, position + filled, (error, count) => {
          if (error !== null) reject(fileError(error))
          else if (count === 0) reject(shortBody(wanted, filled))
          else fill(filled + count)
        })
      }
      fill(0)
    })
  }

  /** All octets, read once for all users. Nobody may write to them. */
  readWhole(): Promise<Buffer> {
    this.#whole ??= inReadTurn(this.size, () => this.#readWhole())
    return this.#whole
  }

  async #readWhole(): Promise<Buffer> {
    const buffer = this.size <= 4096 ? Buffer.allocUnsafe(this.size) : Buffer.allocUnsafeSlow(this.size)
    await this.readFully(buffer, this.size, 0)
    return buffer
  }

  #closeUnused(): void {
    if (this.#users === 0 && this.#reads === 0) closeSync(this.fd)
  }
}
