import { Readable } from 'node:stream'
import { ZipFile } from 'yazl'
import { type Exchange, toError } from '../../exchange/exchange.js'
import { encodeBytes } from '../../streams/byte-chunk.js'
import { openPullSource, type PullSource } from '../../streams/pull-source.js'
import type { Content } from '../content.js'
import type { FileSendOptions } from '../file-options.js'
import { openSource } from '../open-source.js'
import type { ZipEntry } from './zip-entry.js'

/** The archive as it is made: one entry open at a time, none read faster than the client takes it. */
export class ZipChunks implements PullSource {
  readonly #exchange: Exchange
  readonly #options: FileSendOptions
  readonly #archive = new ZipFile()
  readonly #output: Readable
  readonly #chunks: PullSource
  #first: Content | undefined
  #current: { readonly content: Content; readonly chunks: PullSource } | undefined

  /** `first` is what the first entry was opened as. */
  constructor(exchange: Exchange, entries: readonly ZipEntry[], options: FileSendOptions, first: Content | undefined) {
    this.#exchange = exchange
    this.#options = options
    this.#first = first
    this.#output = this.#archive.outputStream as Readable // a PassThrough, by its documentation and its code
    // What fails in an entry is not seen on the archive's own stream, which would wait for ever.
    this.#archive.on('error', (error: unknown) => this.#output.destroy(toError(error)))
    for (const entry of entries) this.#add(entry)
    this.#archive.end()
    this.#chunks = openPullSource(this.#output)
  }

  next(): ReturnType<PullSource['next']> {
    return this.#chunks.next()
  }

  close(): void {
    this.#chunks.close()
    this.#closeCurrent()
    this.#first?.close()
  }

  #add({ name, source, compress = true }: ZipEntry): void {
    this.#archive.addReadStreamLazy(name, { compress }, (done) => {
      // On a failure there is no stream to give, which the type does not say.
      this.#open(source).then(
        (stream) => done(null, stream),
        (error) => this.#archive.emit('error', error),
      )
    })
  }

  async #open(source: ZipEntry['source']): Promise<Readable> {
    this.#closeCurrent()
    const content = this.#first ?? (await openSource(this.#exchange, source, this.#options))
    this.#first = undefined
    const chunks = content.pull()
    this.#current = { content, chunks }
    if (this.#output.destroyed) this.#closeCurrent()
    return toReadable(chunks)
  }

  #closeCurrent(): void {
    this.#current?.chunks.close()
    this.#current?.content.close()
    this.#current = undefined
  }
}

function toReadable(chunks: PullSource): Readable {
  return new Readable({
    highWaterMark: 64 * 1024,
    async read() {
      try {
        let chunk: string | Buffer | null
        do {
          const { done, value } = await chunks.next()
          chunk = done === true ? null : encodeBytes('zip: source', await value, 0)
        } while (chunk?.length === 0)
        this.push(chunk)
      } catch (error) {
        this.destroy(toError(error))
      }
    },
  })
}
