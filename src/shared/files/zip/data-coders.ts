import { createDeflateRaw } from 'node:zlib'

/** Turns the blocks of one entry into its data in the archive. */
export interface DataCoder {
  write(block: Buffer): void | Promise<void>
  end(): void | Promise<void>
  /** The data that has been made since the last call. */
  take(): Buffer | undefined
  /** Releases what it holds, at any time. */
  close(): void
}

/** Compresses the blocks in the thread pool. */
export class Deflater implements DataCoder {
  readonly #stream = createDeflateRaw()
  #output: Buffer[] = []
  #failure: Error | undefined
  /** Wakes the call that waits for the stream. */
  #wake: (() => void) | undefined

  constructor() {
    this.#stream.on('data', (bytes: Buffer) => void this.#output.push(bytes))
    this.#stream.on('error', (error) => {
      this.#failure = error
    })
    // A stream that is destroyed does not answer the call that waits for it.
    this.#stream.on('close', () => this.#wake?.())
  }

  write(block: Buffer): Promise<void> {
    return this.#wait((done) => this.#stream.write(block, done))
  }

  end(): Promise<void> {
    return this.#wait((done) => this.#stream.once('end', done).end())
  }

  take(): Buffer | undefined {
    if (this.#output.length === 0) return undefined
    const output = Buffer.concat(this.#output)
    this.#output = []
    return output
  }

  close(): void {
    this.#stream.destroy()
  }

  async #wait(start: (done: () => void) => void): Promise<void> {
    if (!this.#stream.destroyed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
        start(resolve)
      })
    }
    if (this.#failure !== undefined) throw this.#failure
  }
}

/** Leaves the blocks as they are. */
export class PlainData implements DataCoder {
  #block: Buffer | undefined

  write(block: Buffer): void {
    this.#block = block
  }

  end(): void {}

  take(): Buffer | undefined {
    const block = this.#block
    this.#block = undefined
    return block
  }

  close(): void {}
}

/** The largest block that deflate stores as it is (RFC 1951 §3.2.4). */
export const BLOCK_SIZE = 65_535
const BLOCK_HEAD = 5
/** The last block, which is empty. */
const LAST_BLOCK = Buffer.from([1, 0, 0, 0xff, 0xff])

/** The format of deflate without its compression: every block is stored as it is (RFC 1951 §3.2.4). */
export class StoredBlocks implements DataCoder {
  #data: Buffer | undefined

  write(block: Buffer): void {
    const head = Buffer.alloc(BLOCK_HEAD)
    head.writeUInt16LE(block.byteLength, 1)
    head.writeUInt16LE(block.byteLength ^ 0xffff, 3)
    this.#data = Buffer.concat([head, block])
  }

  end(): void {
    this.#data = Buffer.from(LAST_BLOCK) // middleware may change what it gets
  }

  take(): Buffer | undefined {
    const data = this.#data
    this.#data = undefined
    return data
  }

  close(): void {}
}

/** How long data of `size` bytes is as stored blocks, all but the last one full. */
export function lengthOfStoredBlocks(size: number): number {
  return size + Math.ceil(size / BLOCK_SIZE) * BLOCK_HEAD + LAST_BLOCK.byteLength
}
