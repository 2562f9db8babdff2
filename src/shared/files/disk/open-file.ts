import type { BigIntStats } from 'node:fs'
import type { Descriptor } from './descriptor.js'

/** A regular file one user has open: its facts and its octets come from the same descriptor. */
export class OpenFile {
  readonly #descriptor: Descriptor
  #isClosed = false

  constructor(descriptor: Descriptor) {
    this.#descriptor = descriptor
    descriptor.use()
  }

  get stats(): BigIntStats {
    return this.#descriptor.stats
  }

  get size(): number {
    return this.#descriptor.size
  }

  /** The facts are those others asked for at the same time, too. */
  get isShared(): boolean {
    return this.#descriptor.isShared
  }

  get fd(): number {
    return this.#descriptor.fd
  }

  get entityTag(): string {
    return this.#descriptor.entityTag
  }

  /** Reads into `buffer` from `position`, as much as one read gives. */
  read(buffer: Uint8Array, length: number, position: number, done: (error: Error | null, count: number) => void): void {
    this.#descriptor.read(buffer, length, position, done)
  }

  readFully(buffer: Buffer, wanted: number, position: number): Promise<void> {
    return this.#descriptor.readFully(buffer, wanted, position)
  }

  readWhole(): Promise<Buffer> {
    return this.#descriptor.readWhole()
  }

  /** May be called at any time and more than once; a read under way keeps the descriptor until it is through. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#descriptor.release()
  }
}
