import type { BodySource } from '../exchange/response-description.js'
import { releaseSource } from '../streams/pull-source.js'
import { type ChunkSource, type OctetSource, openChunks } from './chunk-source.js'
import { chunkBody } from './chunk-stream.js'
import type { Content } from './content.js'

/** A stream or iterable: read once, from its start, to an end nobody knows beforehand. */
export class StreamContent implements Content {
  readonly isSeekable = false
  readonly #source: OctetSource

  constructor(source: OctetSource) {
    this.#source = source
  }

  chunks(): ChunkSource {
    return openChunks('source', this.#source)
  }

  body(): BodySource {
    return chunkBody(
      () => this.chunks(),
      undefined,
      () => this.close(),
    )
  }

  /** The caller's stream is destroyed, read or not. */
  close(): void {
    releaseSource(this.#source)
  }
}
