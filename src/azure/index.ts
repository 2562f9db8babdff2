import { checkKeys } from '../shared/checks/check-keys.js'
import type { Duration } from '../shared/checks/duration.js'
import { invalidSecretType, ResponseKitError } from '../shared/checks/errors.js'
import { type ByteRange, lengthOf } from '../shared/fields/range.js'
import type { ByteSource } from '../shared/files/byte-source.js'
import { codingOfObject, nameOfObject } from '../shared/files/objects/object-name.js'
import {
  createObjectSource,
  type ObjectFacts,
  type ObjectPart,
  type ObjectSource,
  type PresignedAnswer,
} from '../shared/files/objects/object-source.js'
import { readPresignOptions } from '../shared/files/objects/presign-options.js'

export type { ObjectSource } from '../shared/files/objects/object-source.js'

/** What `blobSource` needs of a `BlobClient` of `@azure/storage-blob`. */
export interface BlobClientLike {
  /** The name of the blob. */
  readonly name: string
  /** Asks for what the store knows of the blob. */
  getProperties(options?: { abortSignal?: AbortSignal }): Promise<BlobProperties>
  /** Reads the blob or a part of it. */
  download(offset?: number, count?: number, options?: BlobDownloadOptionsLike): Promise<BlobDownload>
  /** Makes a signed URL, if the client has a shared key. */
  generateSasUrl?(options: BlobSasOptions): Promise<string>
}

/** Members of the SDK's answer to `getProperties`. */
export interface BlobProperties {
  /** Bytes in all. */
  readonly contentLength?: number | undefined
  /** Media type. */
  readonly contentType?: string | undefined
  /** The coding that the blob is stored in. */
  readonly contentEncoding?: string | undefined
  /** The Content-Disposition that the blob was stored with. */
  readonly contentDisposition?: string | undefined
  /** The entity-tag. */
  readonly etag?: string | undefined
  /** When the blob was last modified. */
  readonly lastModified?: Date | undefined
  /** What the application has stored with the blob. */
  readonly metadata?: Record<string, string> | undefined
}

/** Options of the SDK's `download`. */
export interface BlobDownloadOptionsLike {
  /** Ends the download. */
  abortSignal?: AbortSignal
  /** The entity-tag that the blob must have. */
  conditions?: { ifMatch?: string }
  /** How often the SDK goes on after a body that breaks off. */
  maxRetryRequests?: number
}

/** Members of the SDK's answer to `download`. */
export interface BlobDownload {
  /** The bytes. */
  readonly readableStreamBody?: NodeJS.ReadableStream | undefined
  /** Bytes of this part. */
  readonly contentLength?: number | undefined
  /** The place of the part in the blob. */
  readonly contentRange?: string | undefined
  /** The entity-tag of the blob that the bytes are of. */
  readonly etag?: string | undefined
}

/** Options of the SDK's `generateSasUrl`. */
export interface BlobSasOptions {
  /** What the URL allows: `r` is reading. */
  permissions?: { toString(): string }
  /** When the URL ends. */
  expiresOn?: Date
  /** The Content-Disposition of the store's answer. */
  contentDisposition?: string
  /** The Content-Type of the store's answer. */
  contentType?: string
}

/** Options of `blobSource`. */
export interface BlobSourceOptions {
  /**
   * Answers with a redirect to a signed URL of the store, so that the bytes do not pass the app. The URL shows the client the
   * account, the container and the name. Default `false`. In a `zip` the bytes are read.
   */
  readonly presigned?: boolean | BlobPresignedOptions
}

/** How the URL of the store is made. */
export interface BlobPresignedOptions {
  /** How long the URL can be used, at most 7 days. Seconds, or a duration with its unit. Default `'5m'`. */
  readonly expiresIn?: Duration
  /** Makes the URL, for example with a user delegation key. Default: `generateSasUrl` of the client. */
  readonly sign?: (request: BlobPresignedRequest) => string | Promise<string>
}

/** What a signed URL has to ask for. It allows reading, by GET and HEAD. */
export interface BlobPresignedRequest {
  /** The Content-Disposition of the store's answer. */
  readonly contentDisposition: string
  /** The Content-Type of the store's answer. */
  readonly contentType: string
  /** When the URL ends. */
  readonly expiresOn: Date
}

const CALL = 'blobSource()'

/**
 * A blob of Azure Storage as a source of `file`, `download` and `zip`.
 *
 * Type, length, entity-tag, Last-Modified and name are those of the blob (Get Blob Properties). The bytes of each range come
 * by one Get Blob with `If-Match`, which ends if the client leaves. HEAD, 304, 412 and 416 read no bytes (RFC 9110 §13, §14).
 *
 * @param blob A `BlobClient` of `@azure/storage-blob`; also one of a snapshot or of a version.
 * @param options `presigned` sends the client to the store.
 * @throws TypeError or RangeError with code `INVALID_ARGUMENT` or `INVALID_OPTION` for a wrong argument. When the source is
 *   sent: `ENOENT` (404), `EACCES` (403), `STORE_BUSY` (503), `SOURCE_CHANGED` (503), `SOURCE_FAILED` (502).
 * @example
 * app.get('/invoices/:id', (req, res) => res.download(blobSource(invoices.getBlobClient(nameOf(req.params.id)))))
 */
export function blobSource(blob: BlobClientLike, options: BlobSourceOptions = {}): ObjectSource {
  const isClient =
    typeof blob === 'object' &&
    blob !== null &&
    typeof blob.getProperties === 'function' &&
    typeof blob.download === 'function'
  // The value may hold keys, so the error does not show it.
  if (!isClient) throw invalidSecretType(`${CALL}: blob`, 'a BlobClient of @azure/storage-blob', blob)
  checkKeys(CALL, options, ['presigned'])
  return createObjectSource({
    head: (signal) => headBlob(blob, signal),
    get: (range, etag, signal) => getBlob(blob, { range, etag }, signal),
    presign: presignBy(blob, options.presigned),
  })
}

async function headBlob(blob: BlobClientLike, abortSignal: AbortSignal): Promise<ObjectFacts> {
  const properties = await blob.getProperties({ abortSignal })
  return {
    size: properties.contentLength ?? Number.NaN,
    etag: properties.etag,
    type: properties.contentType,
    encoding: codingOfObject(properties.contentEncoding),
    lastModified: properties.lastModified,
    name: nameOfObject({ disposition: properties.contentDisposition, metadata: properties.metadata, key: blob.name }),
  }
}

async function getBlob(
  blob: BlobClientLike,
  { range, etag }: { readonly range: ByteRange | undefined; readonly etag: string | undefined },
  abortSignal: AbortSignal,
): Promise<ObjectPart> {
  const part = await blob.download(range?.firstPos ?? 0, range && lengthOf(range), {
    abortSignal,
    ...(etag !== undefined && { conditions: { ifMatch: etag } }),
    maxRetryRequests: 0, // one GET for one range: a body that breaks off is cut
  })
  const body = part.readableStreamBody as ByteSource // it is checked
  return { body, length: part.contentLength, etag: part.etag, range: part.contentRange }
}

function presignBy(
  blob: BlobClientLike,
  presigned: BlobSourceOptions['presigned'],
): ((answer: PresignedAnswer) => string | Promise<string>) | undefined {
  const settings = readPresignOptions(CALL, presigned, (request: BlobPresignedRequest) => signByClient(blob, request))
  if (settings === undefined) return undefined
  const { sign, expiresIn } = settings
  return ({ contentDisposition, contentType }) =>
    sign({ contentDisposition, contentType, expiresOn: new Date(Date.now() + expiresIn * 1000) })
}

async function signByClient(blob: BlobClientLike, request: BlobPresignedRequest): Promise<string> {
  if (typeof blob.generateSasUrl !== 'function') {
    const message = `${CALL}: option 'presigned' needs a BlobClient with generateSasUrl, or 'sign'`
    throw new ResponseKitError('NOT_CONFIGURED', message)
  }
  return blob.generateSasUrl({ ...request, permissions: { toString: () => 'r' } })
}
