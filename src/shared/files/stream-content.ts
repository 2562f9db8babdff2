import type { PullSource } from '../streams/pull-source.js'
import { releaseSource } from '../streams/source-owner.js'
import { type ByteSource, pullCallersSource } from './byte-source.js'
import type { Content } from './content.js'

/** A stream or an iterable: read once, from its start, to an end that is not known before. */
export class StreamContent implements Content {
  readonly isSeekable = false
  readonly #source: ByteSource

  constructor(source: ByteSource) {
    this.#source = source
  }

  entityTag(): undefined {}

  pull(): PullSource {
    return pullCallersSource(this.#source)
  }

  /** The caller's stream is destroyed, read or not. */
  close(): void {
    releaseSource(this.#source)
  }
}
