import { checkKeys } from '../shared/checks/check-keys.js'
import type { Duration } from '../shared/checks/duration.js'
import { invalidSecretType, invalidType, ResponseKitError } from '../shared/checks/errors.js'
import { loadOptionalPackage } from '../shared/checks/optional-package.js'
import type { ByteRange } from '../shared/fields/range.js'
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

/** What `s3Source` needs of a client of `@aws-sdk/client-s3`: an `S3Client`, or an `S3`. */
export interface S3ClientLike {
  /** Sends a command of the SDK. */
  send(command: never, options?: { readonly abortSignal?: AbortSignal }): Promise<unknown>
}

/** Names an object, in the words of the SDK. */
export interface S3Object {
  /** The bucket. It never comes from a request. */
  readonly Bucket: string
  /** The key. If a part of it comes from a request, the application checks that this client may read it. */
  readonly Key: string
  /** A version of the object. Default: the latest one. */
  readonly VersionId?: string
  /** The account that must own the bucket. Default: any. */
  readonly ExpectedBucketOwner?: string
  /** Confirms that the reader pays. Default: none. */
  readonly RequestPayer?: 'requester'
  /** The algorithm of an encryption key that the application keeps itself, such as `AES256`. Default: none. */
  readonly SSECustomerAlgorithm?: string
  /** The encryption key, in base64. Default: none. */
  readonly SSECustomerKey?: string
  /** The MD5 of the encryption key, in base64. Default: computed by the SDK. */
  readonly SSECustomerKeyMD5?: string
}

/** Options of `s3Source`. */
export interface S3SourceOptions {
  /**
   * Answers with a redirect to a signed URL of the store, so that the bytes do not pass the app. The URL shows the client the
   * bucket, the key and the access key's id. Default `false`. In a `zip` the bytes are read.
   */
  readonly presigned?: boolean | S3PresignedOptions
}

/** How the URL of the store is made. */
export interface S3PresignedOptions {
  /** How long the URL can be used, at most 7 days. Seconds, or a duration with its unit. Default `'5m'`. */
  readonly expiresIn?: Duration
  /** Makes the URL. Default: `getSignedUrl` of the package `@aws-sdk/s3-request-presigner`. */
  readonly sign?: (request: S3PresignedRequest) => string | Promise<string>
}

/** What a signed URL has to ask for. */
export interface S3PresignedRequest {
  /** The method that the client uses: that of its request to the app. */
  readonly method: 'GET' | 'HEAD'
  /** The input of GetObject or HeadObject. */
  readonly input: S3Object & { readonly ResponseContentDisposition: string; readonly ResponseContentType: string }
  /** Seconds. */
  readonly expiresIn: number
}

const CALL = 's3Source()'
const SDK = '@aws-sdk/client-s3'
const PRESIGNER = '@aws-sdk/s3-request-presigner'
const OBJECT_KEYS: readonly (keyof S3Object)[] = [
  'Bucket',
  'Key',
  'VersionId',
  'ExpectedBucketOwner',
  'RequestPayer',
  'SSECustomerAlgorithm',
  'SSECustomerKey',
  'SSECustomerKeyMD5',
]

/**
 * An object of Amazon S3, or of a store that speaks its protocol, as a source of `file`, `download` and `zip`.
 *
 * Type, length, entity-tag, Last-Modified and name are those of the object (HeadObject). The bytes of each range come by one
 * GetObject with `If-Match`, which ends if the client leaves. HEAD, 304, 412 and 416 read no bytes (RFC 9110 §13, §14).
 *
 * @param client An `S3Client` of `@aws-sdk/client-s3`.
 * @param object The object, such as `{ Bucket, Key }`.
 * @param options `presigned` sends the client to the store.
 * @throws TypeError or RangeError with code `INVALID_ARGUMENT` or `INVALID_OPTION` for a wrong argument. When the source is
 *   sent: `ENOENT` (404), `EACCES` (403), `STORE_BUSY` (503), `SOURCE_CHANGED` (503), `SOURCE_FAILED` (502).
 * @example
 * app.get('/invoices/:id', (req, res) => res.download(s3Source(s3, { Bucket: 'invoices', Key: keyOf(req.params.id) })))
 */
export function s3Source(client: S3ClientLike, object: S3Object, options: S3SourceOptions = {}): ObjectSource {
  if (typeof client !== 'object' || client === null || typeof client.send !== 'function') {
    throw invalidSecretType(`${CALL}: client`, `an S3Client of ${SDK}`, client)
  }
  checkKeys(CALL, object, OBJECT_KEYS)
  checkKeys(CALL, options, ['presigned'])
  for (const name of OBJECT_KEYS) {
    const value: unknown = object[name]
    if (value === undefined && name !== 'Bucket' && name !== 'Key') continue
    if (typeof value !== 'string' || value === '') {
      const invalid = name.startsWith('SSE') ? invalidSecretType : invalidType
      throw invalid(`${CALL}: ${name}`, 'a string that is not empty', value)
    }
  }
  const input: S3Object = { ...object }
  return createObjectSource({
    head: (signal) => headObject(client, input, signal),
    get: (range, etag, signal) => getObject(client, input, { range, etag }, signal),
    presign: presignBy(client, input, options.presigned),
  })
}

/** Members of the SDK's answers to HeadObject and GetObject. */
interface S3Output {
  readonly ContentLength?: number
  readonly ContentType?: string
  readonly ContentEncoding?: string
  readonly ContentDisposition?: string
  readonly ContentRange?: string
  readonly ETag?: string
  readonly LastModified?: Date
  readonly Metadata?: Record<string, string>
  readonly Body?: ByteSource
}

async function headObject(client: S3ClientLike, input: S3Object, signal: AbortSignal): Promise<ObjectFacts> {
  // A file system, a proxy or a store of files may read such a key as the name of another object.
  if (/(?:^|[/\\])\.{1,2}(?:$|[/\\])/.test(input.Key)) {
    throw new ResponseKitError('ENOENT', 'File not found', { status: 404 })
  }
  const output = await ask(client, 'HeadObject', input, signal)
  return {
    size: output.ContentLength ?? Number.NaN,
    etag: output.ETag,
    type: output.ContentType,
    encoding: codingOfObject(output.ContentEncoding),
    lastModified: output.LastModified,
    name: nameOfObject({ disposition: output.ContentDisposition, metadata: output.Metadata, key: input.Key }),
  }
}

async function getObject(
  client: S3ClientLike,
  input: S3Object,
  { range, etag }: { readonly range: ByteRange | undefined; readonly etag: string | undefined },
  signal: AbortSignal,
): Promise<ObjectPart> {
  const condition = isStrong(etag) ? { IfMatch: etag } : {}
  const part = range === undefined ? {} : { Range: `bytes=${range.firstPos}-${range.lastPos}` }
  const output = await ask(client, 'GetObject', { ...input, ...condition, ...part }, signal)
  const { Body, ContentLength, ContentRange, ETag } = output
  return { body: Body as ByteSource, length: ContentLength, etag: ETag, range: ContentRange } // the body is checked
}

/** A weak tag never fulfils If-Match (RFC 9110 §13.1.1). */
function isStrong(etag: string | undefined): etag is string {
  return etag !== undefined && !etag.startsWith('W/')
}

type Operation = 'HeadObject' | 'GetObject'
type Command = new (input: object) => never

/** Asks by a method of an `S3`, or by a command that an `S3Client` sends. */
async function ask(client: S3ClientLike, name: Operation, input: object, abortSignal: AbortSignal): Promise<S3Output> {
  const method: unknown = Reflect.get(client, name === 'HeadObject' ? 'headObject' : 'getObject')
  const answer: unknown =
    typeof method === 'function'
      ? await method.call(client, input, { abortSignal })
      : await client.send(createCommand(name, input), { abortSignal })
  return answer as S3Output // as the SDK documents it
}

function createCommand(name: Operation, input: object): never {
  const sdk = loadOptionalPackage(SDK, CALL) as Readonly<Record<string, Command>> // as the SDK documents it
  const Chosen = sdk[`${name}Command`]
  if (Chosen === undefined) throw new ResponseKitError('MISSING_DEPENDENCY', `${CALL} needs version 3 of ${SDK}`)
  return new Chosen(input)
}

function presignBy(
  client: S3ClientLike,
  input: S3Object,
  presigned: S3SourceOptions['presigned'],
): ((answer: PresignedAnswer) => string | Promise<string>) | undefined {
  const settings = readPresignOptions(CALL, presigned, (request: S3PresignedRequest) => signByPackage(client, request))
  if (settings === undefined) return undefined
  const { sign, expiresIn } = settings
  return ({ method, contentDisposition, contentType }) => {
    const fields = { ResponseContentDisposition: contentDisposition, ResponseContentType: contentType }
    return sign({ method, input: { ...input, ...fields }, expiresIn })
  }
}

type GetSignedUrl = (client: S3ClientLike, command: never, options: { readonly expiresIn: number }) => Promise<string>

async function signByPackage(client: S3ClientLike, { method, input, expiresIn }: S3PresignedRequest): Promise<string> {
  const subject = `${CALL}: option 'presigned'`
  const { getSignedUrl } = loadOptionalPackage(PRESIGNER, subject) as { readonly getSignedUrl: GetSignedUrl } // as it documents
  return getSignedUrl(client, createCommand(method === 'HEAD' ? 'HeadObject' : 'GetObject', input), { expiresIn })
}
