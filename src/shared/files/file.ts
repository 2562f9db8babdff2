import { abortedError, type Exchange } from '../exchange/exchange.js'
import type { BodySource, ResponseDescription } from '../exchange/response-description.js'
import type { DispositionType } from '../fields/content-disposition.js'
import { type ByteRange, serializeContentRange } from '../fields/range.js'
import { releaseSource } from '../streams/pull-source.js'
import { describeByteranges } from './byteranges.js'
import type { Content } from './content.js'
import { contentHash } from './content-hash.js'
import { cacheControlOfPart, describeFileHead, describeNotModifiedHead, effectiveField } from './file-head.js'
import type { FileOptions, FileSendOptions } from './file-options.js'
import { checkSource, type FileSource, orRelease } from './file-source.js'
import { offloadField } from './offload.js'
import { openSource } from './open-source.js'
import { bodyWithProgress } from './progress.js'
import { readFileOptions } from './read-file-options.js'
import { selectFileAnswer } from './select-answer.js'
import { type Validators, validatorsOf } from './validators.js'

const NO_VALIDATORS: Validators = { entityTag: undefined, lastModified: undefined }

/** A file shown in the browser, unless `inline: false` says otherwise. */
export function describeFile(
  exchange: Exchange,
  source: FileSource,
  options?: FileOptions | null,
): Promise<ResponseDescription> {
  return orRelease(source, () => {
    const checked = checkSource('file()', source)
    return describeSource(exchange, checked, readFileOptions('file()', options, exchange.settings.files), 'inline')
  })
}

/** The answer to a request for a file. The source is open and its facts are known before a field is decided. */
export async function describeSource(
  exchange: Exchange,
  source: FileSource,
  options: FileSendOptions,
  disposition: DispositionType,
): Promise<ResponseDescription> {
  let content: Content | undefined
  try {
    if (exchange.aborted) throw abortedError()
    content = await openSource(exchange, source, options)
    const type = options.inline === undefined ? disposition : options.inline ? 'inline' : 'attachment'
    const offloaded = describeOffloaded(exchange, content, options, type)
    if (offloaded !== undefined) return offloaded
    const validators = validatorsOf(exchange, content, options)
    const known = validators instanceof Promise ? await validators : validators
    const described = describeContent(exchange, content, options, type, known)
    return options.digest === undefined ? described : await withDigest(content, options.digest, described)
  } catch (error) {
    content?.close()
    releaseSource(source)
    throw error
  }
}

function describeContent(
  exchange: Exchange,
  content: Content,
  options: FileSendOptions,
  disposition: DispositionType,
  validators: Validators,
): ResponseDescription {
  const answer = selectFileAnswer(exchange, content, options, validators)
  if (answer.status !== undefined && answer.status !== 206) content.close()
  if (answer.status === 304) return { status: 304, ...describeNotModifiedHead(options, validators), body: undefined }
  if (answer.status === 412) return { status: 412, fields: [], defaults: [], body: undefined }
  if (answer.status === 416) {
    const contentRange = serializeContentRange(undefined, content.size ?? 0)
    return { status: 416, fields: [['Content-Range', contentRange]], defaults: [], body: undefined }
  }
  const head = describeFileHead(content, options, disposition, validators)
  const { fields, defaults } = head
  if (answer.status === undefined) {
    if (content.size !== undefined) fields.push(['Content-Length', `${content.size}`])
    return { fields, defaults, body: bodyOf(exchange, content, options, undefined) }
  }
  fields.push(['Cache-Control', cacheControlOfPart(exchange, head)])
  const [range, second] = answer.ranges
  const size = content.size ?? 0
  if (second === undefined) {
    const body = bodyOf(exchange, content, options, range)
    fields.push(['Content-Range', serializeContentRange(range, size)], ['Content-Length', `${body.length}`])
    return { status: 206, fields, defaults, body }
  }
  const type = effectiveField(exchange, head, 'content-type') ?? 'application/octet-stream'
  const parts = describeByteranges(content, size, answer.ranges, type)
  fields.push(['Content-Type', parts.type], ['Content-Length', `${parts.body.length}`])
  return { status: 206, fields, defaults, body: parts.body }
}

/** With the hash of the whole content, also where a part of it is sent (RFC 9530 §3). */
async function withDigest(
  content: Content,
  algorithm: 'sha-256' | 'sha-512',
  described: ResponseDescription,
): Promise<ResponseDescription> {
  if (described.body === undefined) return described
  const digest = await contentHash(content, algorithm === 'sha-256' ? 'sha256' : 'sha512')
  return { ...described, fields: [...described.fields, ['Repr-Digest', `${algorithm}=:${digest}:`]] }
}

function bodyOf(
  exchange: Exchange,
  content: Content,
  { onProgress }: FileSendOptions,
  range: ByteRange | undefined,
): BodySource {
  return onProgress === undefined ? content.body(range) : bodyWithProgress(exchange, content, range, onProgress)
}

/** The server in front sends it, with validators and ranges of its own: this answer is the fields it keeps. */
function describeOffloaded(
  { settings }: Exchange,
  content: Content,
  options: FileSendOptions,
  disposition: DispositionType,
): ResponseDescription | undefined {
  const { offload } = settings.files
  const field = offload && content.path !== undefined ? offloadField(offload, content.path) : undefined
  if (field === undefined) return undefined
  content.close()
  const { fields, defaults } = describeFileHead(
    content,
    { ...options, acceptRanges: false },
    disposition,
    NO_VALIDATORS,
  )
  return { fields: [...fields, field], defaults, body: undefined }
}
