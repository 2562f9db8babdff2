import type { PullSource } from '../../streams/pull-source.js'
import type { Content } from '../content.js'
import type { OpenedPath } from './delete-file.js'
import { fileError } from './file-error.js'
import type { OpenFile } from './open-file.js'

export interface UnmeasuredFileFacts {
  readonly name: string | undefined
  readonly encoding: string | undefined
  /** The file that the call may have to delete. */
  readonly opened: OpenedPath | undefined
}

/**
 * A file that has not as many bytes as it says, such as those of /proc and /sys, which the kernel makes while they are
 * read. It is read to its end. Neither size nor time tells one version from another, so it has no validators.
 */
export class UnmeasuredFile implements Content {
  readonly isSeekable = false
  readonly name: string | undefined
  readonly encoding: string | undefined
  readonly opened: OpenedPath | undefined
  readonly #file: OpenFile

  constructor(file: OpenFile, { name, encoding, opened }: UnmeasuredFileFacts) {
    this.#file = file
    this.name = name
    this.encoding = encoding
    this.opened = opened
  }

  entityTag(): undefined {}

  pull(): PullSource {
    return new ChunksToTheEnd(this.#file.share())
  }

  close(): void {
    this.#file.close()
  }
}

const CHUNK = 64 * 1024

class ChunksToTheEnd implements PullSource {
  readonly #file: OpenFile
  #position = 0

  constructor(file: OpenFile) {
    this.#file = file
  }

  next(): Promise<IteratorResult<unknown, unknown>> {
    const buffer = Buffer.allocUnsafeSlow(CHUNK)
    return new Promise((resolve, reject) => {
      this.#file.read(buffer, CHUNK, this.#position, (error, count) => {
        if (error === null && count > 0) {
          this.#position += count
          resolve({ done: false, value: buffer.subarray(0, count) })
          return
        }
        this.close() // no reader closes it after its end or a failure
        if (error === null) resolve({ done: true, value: undefined })
        else reject(fileError(error))
      })
    })
  }

  close(): void {
    this.#file.close()
  }
}
