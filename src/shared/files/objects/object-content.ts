import { timeOf } from '../../checks/date.js'
import { abortedError } from '../../exchange/exchange.js'
import type { RequestFacts } from '../../exchange/request-facts.js'
import { whenClientLeaves } from '../../exchange/when-client-leaves.js'
import { quoteEntityTag } from '../../fields/entity-tag.js'
import { isMediaType } from '../../fields/media-type.js'
import { type ByteRange, lengthOf, serializeContentRange } from '../../fields/range.js'
import { closeSource, openPullSource, type PullSource } from '../../streams/pull-source.js'
import { releaseSource } from '../../streams/source-owner.js'
import { isByteSource } from '../byte-source.js'
import type { Content } from '../content.js'
import {
  type ObjectFacts,
  type ObjectPart,
  type ObjectSource,
  type PresignedAnswer,
  type StoredObject,
  storedObjectOf,
} from './object-source.js'
import { failedStore, replacedError, storeError } from './store-error.js'

/** Asks the store for the facts of the object. The request to the store ends if the client leaves. */
export async function openObject(facts: RequestFacts, source: ObjectSource): Promise<ObjectContent> {
  const object = storedObjectOf(source)
  const controller = new AbortController()
  const forget = whenClientLeaves(facts, () => controller.abort(abortedError()))
  try {
    if (facts.aborted) throw abortedError()
    return new ObjectContent(facts, object, checkFacts(await object.head(controller.signal)))
  } catch (reason) {
    throw controller.signal.aborted ? abortedError() : storeError(reason)
  } finally {
    forget()
  }
}

function checkFacts(facts: ObjectFacts): ObjectFacts {
  if (Number.isSafeInteger(facts.size) && facts.size >= 0) return facts
  throw failedStore('The store does not say how long the object is')
}

/** An object of a store. Its facts are those of one version, and so are its bytes. */
export class ObjectContent implements Content {
  readonly isSeekable = true
  /** A store tags the bytes as they are stored, with their coding. */
  readonly isTagOfCoding = true
  readonly #facts: ObjectFacts
  readonly #object: StoredObject
  readonly #forgetClient: () => void
  /** The parts that are asked for and not read to their end. */
  readonly #reading = new Set<ObjectReader>()
  /** The part that was asked for ahead of the head, until it is pulled. */
  #prepared: ObjectReader | undefined

  constructor(request: RequestFacts, object: StoredObject, facts: ObjectFacts) {
    this.#object = object
    this.#facts = facts
    this.#forgetClient = whenClientLeaves(request, () => {
      for (const reader of this.#reading) reader.close()
    })
  }

  get size(): number {
    return this.#facts.size
  }

  get type(): string | undefined {
    const { type } = this.#facts
    return type !== undefined && isMediaType(type) ? type : undefined
  }

  get name(): string | undefined {
    return this.#facts.name
  }

  get lastModified(): number | undefined {
    const time = timeOf(this.#facts.lastModified)
    return Number.isNaN(time) ? undefined : Math.min(time, Date.now())
  }

  get encoding(): string | undefined {
    return this.#facts.encoding
  }

  entityTag(): string | undefined {
    const { etag } = this.#facts
    return etag === undefined ? undefined : quoteEntityTag(etag)
  }

  get presign(): ((answer: PresignedAnswer) => string | Promise<string>) | undefined {
    return this.#object.presign
  }

  /** Asks for the first bytes. If the object was replaced it fails here, while another answer can still be given. */
  async prepare(range: ByteRange | undefined): Promise<void> {
    this.#prepared = this.#read(range)
    await this.#prepared.open()
  }

  pull(range?: ByteRange): PullSource {
    const prepared = this.#prepared
    this.#prepared = undefined
    if (prepared?.isOf(range)) return prepared
    prepared?.close()
    return this.#read(range)
  }

  close(): void {
    this.#forgetClient()
    this.#prepared?.close()
  }

  #read(range: ByteRange | undefined): ObjectReader {
    const reader = new ObjectReader(this.#object, this.#facts, range, () => this.#reading.delete(reader))
    this.#reading.add(reader)
    return reader
  }
}

const END: IteratorReturnResult<undefined> = { done: true, value: undefined }

/** The bytes of one range, by one GET. */
class ObjectReader implements PullSource {
  readonly #object: StoredObject
  readonly #facts: ObjectFacts
  readonly #range: ByteRange | undefined
  readonly #whenOver: () => void
  readonly #controller = new AbortController()
  #opening: Promise<PullSource | undefined> | undefined
  #bytes: PullSource | undefined
  #isOver = false

  constructor(object: StoredObject, facts: ObjectFacts, range: ByteRange | undefined, whenOver: () => void) {
    this.#object = object
    this.#facts = facts
    this.#range = range
    this.#whenOver = whenOver
  }

  isOf(range: ByteRange | undefined): boolean {
    return this.#range?.firstPos === range?.firstPos && this.#range?.lastPos === range?.lastPos
  }

  /** Sends the GET, unless it is sent already. An object without bytes needs none. */
  async open(): Promise<void> {
    if (this.#isOver) return
    this.#opening ??= this.#get()
    this.#bytes = await this.#opening
  }

  async next(): Promise<IteratorResult<unknown, unknown>> {
    if (this.#opening === undefined || this.#bytes === undefined) await this.open()
    if (this.#isOver || this.#bytes === undefined) return END
    try {
      const result = await this.#bytes.next()
      if (result.done === true) this.#end()
      return result
    } catch (reason) {
      const isStopped = this.#isOver
      this.close()
      throw isStopped ? abortedError() : storeError(reason)
    }
  }

  /** Ends the GET at once, also while the store has not answered it. */
  close(): void {
    if (this.#isOver) return
    this.#end()
    this.#controller.abort(abortedError())
    if (this.#bytes !== undefined) closeSource(this.#bytes, ignore) // a web stream that has failed rejects
  }

  #end(): void {
    this.#isOver = true
    this.#whenOver()
  }

  async #get(): Promise<PullSource | undefined> {
    const { etag, size } = this.#facts
    if (size === 0) return undefined
    let part: ObjectPart | undefined
    try {
      part = await this.#object.get(this.#range, etag, this.#controller.signal)
      if (this.#isOver) throw abortedError()
      this.#check(part)
      return openPullSource(part.body)
    } catch (reason) {
      const error = this.#isOver ? abortedError() : storeError(reason)
      this.close()
      releaseSource(part?.body)
      throw error
    }
  }

  /** A store that does not know conditions or ranges answers with other bytes than were asked for. */
  #check({ body, etag, length, range }: ObjectPart): void {
    if (!isByteSource(body)) throw failedStore('The store gave no bytes')
    if (etag !== undefined && this.#facts.etag !== undefined && etag !== this.#facts.etag) throw replacedError()
    const expected = this.#range === undefined ? this.#facts.size : lengthOf(this.#range)
    const contentRange = this.#range && serializeContentRange(this.#range, this.#facts.size)
    // The answer to a range names it (RFC 9110 §15.3.7). If it has no length either, it may as well be the whole.
    if (contentRange !== undefined && range === undefined && length === undefined) {
      throw failedStore('The store does not say which part of the object it gave')
    }
    const isOther = range !== undefined && contentRange !== undefined && range !== contentRange
    if (isOther || (length !== undefined && length !== expected)) {
      // Without a tag to compare, another length is the only sign of another version.
      throw etag === undefined ? replacedError() : failedStore('The store gave another part of the object')
    }
  }
}

function ignore(): void {}
