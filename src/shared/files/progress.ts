import { type Exchange, toError } from '../exchange/exchange.js'
import type { BodySource } from '../exchange/response-description.js'
import type { ByteRange } from '../fields/range.js'
import type { ChunkSource } from './chunk-source.js'
import { chunkBody } from './chunk-stream.js'
import type { Content } from './content.js'

export interface Progress {
  /** Octets of the body that have been handed to the connection. */
  readonly sent: number
  /** Octets there are to send; `undefined` where that is not known. */
  readonly total: number | undefined
}

export type OnProgress = (progress: Progress) => void

/** The body, telling how far it is; a failure of the listener is reported and changes nothing. */
export function bodyWithProgress(
  exchange: Exchange,
  content: Content,
  range: ByteRange | undefined,
  onProgress: OnProgress,
): BodySource {
  const total = range === undefined ? content.size : range.lastPos - range.firstPos + 1
  const tell = (sent: number): void => {
    try {
      onProgress({ sent, total })
    } catch (error) {
      exchange.report(toError(error), false)
    }
  }
  return chunkBody(
    () => new ToldChunks(content.chunks(range), tell),
    total,
    () => content.close(),
  )
}

class ToldChunks implements ChunkSource {
  readonly #chunks: ChunkSource
  readonly #tell: (sent: number) => void
  #sent = 0
  #given = 0

  constructor(chunks: ChunkSource, tell: (sent: number) => void) {
    this.#chunks = chunks
    this.#tell = tell
  }

  /** That the next chunk is wanted says that the one before is on its way. */
  async next(): Promise<Uint8Array | undefined> {
    if (this.#given > this.#sent) {
      this.#sent = this.#given
      this.#tell(this.#sent)
    }
    const chunk = await this.#chunks.next()
    this.#given += chunk?.byteLength ?? 0
    return chunk
  }

  close(): void {
    this.#chunks.close()
  }
}
