import type { ByteRange } from '../../fields/range.js'
import type { ByteSource } from '../byte-source.js'

/** What an object source holds stands under this symbol, which all copies of the package in a process share. */
const OBJECT: unique symbol = Symbol.for('response-kit.object')

/**
 * An object in a store, as `s3Source` and `blobSource` make it. `file`, `download` and `zip` take it. It holds no bytes and
 * no connection: each request asks the store again, so one source may serve many requests.
 */
export interface ObjectSource {
  /** Sets it apart from other sources. */
  readonly kind: 'response-kit.object'
}

/** What a store tells of an object without its bytes. */
export interface ObjectFacts {
  /** Bytes in all. */
  readonly size: number
  /** The entity-tag, as the store gives it. */
  readonly etag: string | undefined
  /** Media type. */
  readonly type: string | undefined
  /** Content-Encoding in which the object is stored. */
  readonly encoding: string | undefined
  /** The name for the client that saves it. */
  readonly name: string | undefined
  readonly lastModified: Date | undefined
}

/** What a store answers to one GET. */
export interface ObjectPart {
  readonly body: ByteSource
  /** Bytes that the body will have, if the store says so. */
  readonly length: number | undefined
  /** The entity-tag of the object that the bytes are of. */
  readonly etag: string | undefined
  /** The value of Content-Range, if the store says so. */
  readonly range: string | undefined
}

/** What the answer of the store has to say of the object to a client that is sent there. */
export interface PresignedAnswer {
  /** The method that the client uses. */
  readonly method: 'GET' | 'HEAD'
  /** The value of Content-Disposition. */
  readonly contentDisposition: string
  /** The value of Content-Type. */
  readonly contentType: string
}

/** One object of one store. The methods fail as the client of the store does. */
export interface StoredObject {
  /** Asks for the facts. */
  head(signal: AbortSignal): Promise<ObjectFacts>
  /**
   * One GET, of the range or of the whole, on the condition that the object still has the entity-tag.
   * A body that is not read to its end is destroyed, and the signal fires then.
   */
  get(range: ByteRange | undefined, etag: string | undefined, signal: AbortSignal): Promise<ObjectPart>
  /** Makes a URL by which the store itself answers. Absent: the app answers with the bytes. */
  readonly presign?: ((answer: PresignedAnswer) => string | Promise<string>) | undefined
}

/** Makes the source that stands for an object. A log that prints the source does not print the client of the store. */
export function createObjectSource(object: StoredObject): ObjectSource {
  const source: ObjectSource = { kind: 'response-kit.object' }
  return Object.freeze(Object.defineProperty(source, OBJECT, { value: object }))
}

/** Whether a value is an object source, also one of another copy of the package. A client cannot send one: JSON has no symbols. */
export function isObjectSource(value: unknown): value is ObjectSource {
  return typeof value === 'object' && value !== null && OBJECT in value
}

/** The object that a source stands for. */
export function storedObjectOf(source: ObjectSource): StoredObject {
  return (source as ObjectSource & { readonly [OBJECT]: StoredObject })[OBJECT] // only createObjectSource makes one
}
