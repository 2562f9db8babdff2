import type { IncomingMessage } from 'node:http'
import { isPromise } from 'node:util/types'
import { invalidRange, toError } from '../checks/errors.js'
import { abortedError, type Exchange, isAborted, isAnotherAnswer } from '../exchange/exchange.js'
import type { RequestFacts } from '../exchange/request-facts.js'
import {
  type BodySource,
  type FieldLine,
  lastValue,
  type ResponseDescription,
} from '../exchange/response-description.js'
import { isBodiless } from '../exchange/send.js'
import { describePreconditionFailed } from '../exchange/staged-preconditions.js'
import { withoutWithdrawnFields } from '../exchange/withdrawn-fields.js'
import { type DispositionType, quoteFilename } from '../fields/content-disposition.js'
import { isConditional } from '../fields/preconditions.js'
import { type ByteRange, lengthOf, serializeContentRange } from '../fields/range.js'
import { openPullSource } from '../streams/pull-source.js'
import { describePulledBody, type PulledBody } from '../streams/pulled-body.js'
import { holdSource, releaseSource } from '../streams/source-owner.js'
import { describeByteranges } from './byteranges.js'
import type { Content } from './content.js'
import { contentHash } from './content-hash.js'
import { deleteOpened, deleteWhenOver } from './disk/delete-file.js'
import {
  cacheControlOfPart,
  describeFileHead,
  describeNotModifiedHead,
  effectiveField,
  type FileHead,
} from './file-head.js'
import { type FileOptions, type FileSendOptions, readFileOptions } from './file-options.js'
import { type CheckedSource, checkFileSource, type FileSource, isKeptByCaller, releaseOnThrow } from './file-source.js'
import type { LateCallOptions } from './late-source.js'
import { mayOpenAgain } from './objects/store-error.js'
import { offloadField } from './offload.js'
import { openSource } from './open-source.js'
import { describePresigned, isPresigned } from './presigned.js'
import { ProgressChunks, progressTeller } from './progress.js'
import { type FileAnswer, selectFileAnswer, WHOLE } from './select-answer.js'
import { type FileValidators, findValidators, knownValidators } from './validators.js'

const NO_VALIDATORS: FileValidators = { entityTag: undefined, lastModified: undefined }

/** A call of `file` or `download`, its arguments checked. */
interface FileCall {
  /** As error messages name it. */
  readonly name: string
  readonly source: CheckedSource
  readonly options: FileSendOptions
  readonly disposition: DispositionType
}

/** A file that the browser shows, unless `inline: false` says otherwise. */
export function describeFile(
  exchange: Exchange,
  source: FileSource,
  options?: FileOptions | null,
): Promise<ResponseDescription> {
  return describeCall(exchange, checkCall(exchange.facts, 'file()', 'inline', source, options))
}

/** A file that the browser saves, unless `inline: true` says otherwise. */
export function describeDownload(
  exchange: Exchange,
  source: FileSource,
  filename?: string | null,
  options?: FileOptions | null,
): Promise<ResponseDescription> {
  const call = checkCall(exchange.facts, 'download()', 'attachment', source, options, filename)
  const describing = describeCall(exchange, call)
  return exchange.facts.hasLegacySpelling ? describing.then(spellAsLegacy) : describing
}

function checkCall(
  facts: RequestFacts,
  name: string,
  disposition: DispositionType,
  source: FileSource,
  given: FileOptions | null | undefined,
  filename?: string | null,
): FileCall {
  const check = (): FileCall => {
    const options = readFileOptions(name, given, facts.settings.files, filename)
    const { inline } = options
    const checked = checkFileSource(`${name}: source`, source, options)
    if (inline === undefined) return { name, source: checked, options, disposition }
    return { name, source: checked, options, disposition: inline ? 'inline' : 'attachment' }
  }
  const call = releaseOnThrow(source, check, given)
  holdSource(source) // it may fail while its answer is decided on, and keeps its bytes
  return call
}

/** The answer to a call, step by step. Its facts and its bytes come from one and the same open source. */
async function describeCall(exchange: Exchange, call: FileCall, attempt = 1): Promise<ResponseDescription> {
  const { facts } = exchange
  const { source, options } = call
  let content: Content | undefined
  let isWhole = false
  try {
    // A client that has left gets nothing. A file that is to be deleted is still opened, because only an open file is deleted.
    if (facts.aborted && !(options.deleteAfterSend && typeof source !== 'function')) throw abortedError()
    const early = typeof source === 'function' ? describeUnopened(exchange, call) : undefined
    if (early !== undefined) return early
    content = await openSource(facts, source, options, call.name, deletionOfLate(exchange, call))
    const offloaded = describeOffloaded(facts, call, content)
    if (offloaded !== undefined) return offloaded
    if (isPresigned(content)) return await describePresigned(facts, call, content)
    const found = findValidators(facts, content, options, call.name)
    const validators = isPromise(found) ? await found : found
    const answer = selectFileAnswer(facts, content, options, validators)
    isWhole = answer.status === undefined
    if (content.prepare !== undefined && hasBody(facts, answer)) await content.prepare(answer.ranges[0])
    const description = describeAnswer(exchange, call, content, validators, answer)
    if (description.body === undefined) content.close()
    const { digest } = options
    const hasDigest = digest !== undefined && description.body !== undefined
    const described = hasDigest ? await withDigest(facts, call.name, digest, content, description) : description
    if (isWhole) deleteIfAsked(exchange, options, content)
    return described
  } catch (error) {
    content?.close()
    if (mayOpenAgain(error, attempt)) return describeCall(exchange, call, attempt + 1)
    if (!isKeptByCaller(source, options)) releaseSource(source)
    if (isOver(error) && (isWhole || isForTheWhole(facts.req, source))) deleteIfAsked(exchange, options, content)
    throw error
  }
}

/** A function that is told to stop may still make its file. No other request knows it, so it is deleted, whatever was asked for. */
function deletionOfLate(exchange: Exchange, { name, source, options }: FileCall): LateCallOptions | undefined {
  if (typeof source !== 'function' || !options.deleteAfterSend) return undefined
  return {
    takeLatePath(path) {
      inBackground(exchange, async () => {
        const { opened } = await lookInto(exchange.facts, path, options, name)
        if (opened !== undefined) await deleteOpened(opened)
      })
    },
  }
}

/** Stands for a source that is not opened. The answer to HEAD, a 304 and a 412 need no bytes. */
const UNOPENED: Content = {
  isSeekable: false,
  entityTag: () => undefined,
  pull: () => openPullSource([]),
  close() {},
}

/** The answer for which a function that makes the source need not be called; `undefined` if it must be called. */
function describeUnopened(exchange: Exchange, call: FileCall): ResponseDescription | undefined {
  const { facts } = exchange
  const validators = knownValidators(facts, call.options)
  const answer = validators && selectFileAnswer(facts, UNOPENED, call.options, validators)
  if (answer?.status === undefined && facts.method !== 'HEAD') return undefined
  const description = describeAnswer(exchange, call, UNOPENED, validators ?? NO_VALIDATORS, answer ?? WHOLE)
  return description.body === undefined ? description : { ...description, body: describeLateBody(exchange, call) }
}

/** The body of an answer to HEAD: the function is called only if other code reads it. */
function describeLateBody(exchange: Exchange, call: FileCall): BodySource {
  const { name, source, options } = call
  return {
    async open() {
      const content = await openSource(exchange.facts, source, options, name, deletionOfLate(exchange, call))
      if (options.deleteAfterSend && content.opened !== undefined) deleteWhenOver(exchange, content.opened)
      return describeBody(exchange, call, content, undefined).open()
    },
    cancel() {},
  }
}

function describeAnswer(
  exchange: Exchange,
  call: FileCall,
  content: Content,
  validators: FileValidators,
  { status, ranges }: FileAnswer,
): ResponseDescription {
  const { options, disposition } = call
  if (status === 304)
    return { status, ...describeNotModifiedHead(exchange.facts, options, validators), body: undefined }
  if (status === 412) return describePreconditionFailed(exchange.facts)
  if (status === 416) {
    const fields: FieldLine[] = [['Content-Range', serializeContentRange(undefined, content.size ?? 0)]]
    return withoutWithdrawnFields(exchange.facts.res, { status, fields, defaults: [], body: undefined })
  }
  const head = describeFileHead(content, options, disposition, validators)
  const { fields, defaults } = head
  if (status === undefined) {
    if (content.size !== undefined) fields.push(['Content-Length', `${content.size}`])
    const whole: ResponseDescription = { fields, defaults, body: describeBody(exchange, call, content, undefined) }
    if (content.isSeekable) return { ...whole, isUncoded: true }
    return sendsOwnType(exchange, call, content, head) ? { ...whole, keepsType: true } : whole
  }
  fields.push(['Cache-Control', cacheControlOfPart(exchange.facts, head)])
  const [range, second] = ranges
  const size = content.size ?? 0
  if (range !== undefined && second === undefined) {
    fields.push(['Content-Range', serializeContentRange(range, size)], ['Content-Length', `${lengthOf(range)}`])
    return { status, fields, defaults, body: describeBody(exchange, call, content, range), isUncoded: true }
  }
  const type = effectiveField(exchange.facts, head, 'content-type') ?? 'application/octet-stream'
  const parts = describeByteranges(`${call.name}: source`, content, size, ranges, type)
  fields.push(['Content-Type', parts.type], ['Content-Length', `${parts.length}`])
  const body = describePulled(exchange, call, content, parts.length, parts.pull)
  return { status, fields, defaults, body, isUncoded: true }
}

/** The type that is sent is that of another server, which the content came with. */
function sendsOwnType(exchange: Exchange, { options }: FileCall, content: Content, head: FileHead): boolean {
  if (content.keepsType !== true || options.type !== undefined) return false
  return effectiveField(exchange.facts, head, 'content-type') === content.type
}

function describeBody(exchange: Exchange, call: FileCall, content: Content, range: ByteRange | undefined): BodySource {
  const { onProgress, headers } = call.options
  const direct = onProgress === undefined ? content.directBody?.(exchange, range) : undefined
  if (direct !== undefined) return direct
  const length = range === undefined ? (content.size ?? announcedLength(headers)) : lengthOf(range)
  return describePulled(exchange, call, content, length, (context) => content.pull(range, context))
}

function describePulled(
  exchange: Exchange,
  { name, options: { onProgress } }: FileCall,
  content: Content,
  length: number | undefined,
  pull: PulledBody['open'],
): BodySource {
  const subject = `${name}: source`
  return describePulledBody(exchange, {
    subject,
    length,
    async open(context) {
      const chunks = await pull(context)
      if (onProgress === undefined) return chunks
      return new ProgressChunks(subject, chunks, progressTeller(exchange, onProgress, length))
    },
    release: () => content.close(),
  })
}

/** A length that the caller gives for a source that does not know its own. */
function announcedLength(headers: readonly FieldLine[]): number | undefined {
  const value = lastValue(headers, 'content-length')
  return value === undefined ? undefined : Number(value)
}

/** With the hash of the whole content, also if a part of it is sent (RFC 9530 §3). */
async function withDigest(
  facts: RequestFacts,
  call: string,
  digest: NonNullable<FileSendOptions['digest']>,
  content: Content,
  description: ResponseDescription,
): Promise<ResponseDescription> {
  const subject = `${call}: option 'digest'`
  const hash = await contentHash(facts, content, digest === 'sha-256' ? 'sha256' : 'sha512', subject, digest)
  return { ...description, fields: [...description.fields, ['Repr-Digest', `${digest}=:${hash}:`]] }
}

/** The server in front sends it, with validators and ranges of its own: this answer is the fields it keeps. */
function describeOffloaded(
  facts: RequestFacts,
  { name, options, disposition }: FileCall,
  content: Content,
): ResponseDescription | undefined {
  const field = offloadFieldOf(facts, content)
  if (field === undefined) return undefined
  const ofServer = { ...options, acceptRanges: false, precompressed: [] }
  const head = describeFileHead(content, ofServer, disposition, NO_VALIDATORS)
  // The server in front drops Content-Encoding: the app itself sends what is coded.
  if (effectiveField(facts, head, 'content-encoding') !== undefined) return undefined
  if (options.deleteAfterSend) {
    const expected = "absent for a file of 'files.offload', as the server in front opens it later"
    throw invalidRange(`${name}: option 'deleteAfterSend'`, expected, true)
  }
  content.close()
  return { fields: [...head.fields, field], defaults: head.defaults, body: undefined }
}

function offloadFieldOf({ settings }: RequestFacts, { path }: Content): FieldLine | undefined {
  const { offload } = settings.files
  return offload && path !== undefined ? offloadField(offload, path) : undefined
}

/** Whether the bytes of the content are sent. */
function hasBody({ method, stagedStatus }: RequestFacts, { status }: FileAnswer): boolean {
  if (method === 'HEAD' || (status !== undefined && status !== 206)) return false
  return !isBodiless(status ?? stagedStatus ?? 200)
}

function deleteIfAsked(exchange: Exchange, { deleteAfterSend }: FileSendOptions, content: Content | undefined): void {
  if (deleteAfterSend && content?.opened !== undefined && !isWithheld(exchange.facts)) {
    deleteWhenOver(exchange, content.opened)
  }
}

/** HEAD is how a preview looks at a link. A 204, 205 or 304 of the handler sends no content either. */
function isWithheld({ method, res, stagedStatus }: RequestFacts): boolean {
  return method === 'HEAD' || (!res.headersSent && isBodiless(stagedStatus ?? 200))
}

/** The client left, or other code answered, before the kit did. */
function isOver(reason: unknown): boolean {
  const error = toError(reason)
  return isAborted(error) || isAnotherAnswer(error)
}

/** Whether the answer would have been the whole file, or no other request knows the file, because a function has made it. */
function isForTheWhole(req: IncomingMessage, source: CheckedSource): boolean {
  return typeof source === 'function' || asksForTheWhole(req)
}

/** To HEAD, and to a GET with a range or a condition, the answer may be less than the whole file. */
function asksForTheWhole({ method, headers }: IncomingMessage): boolean {
  if (method !== 'GET') return method !== 'HEAD'
  return headers.range === undefined && !isConditional(headers)
}

/**
 * Deletes the file of a call or a Reply that comes too late, if its options say `deleteAfterSend`: otherwise the disk fills.
 * The file stays if its answer may have been a part, because the client may ask again.
 */
export function deleteUnsent(
  exchange: Exchange,
  name: string,
  source: FileSource,
  given: FileOptions | null | undefined,
): void {
  const { facts } = exchange
  if (given?.deleteAfterSend !== true || !asksForTheWhole(facts.req)) return
  inBackground(exchange, async () => {
    const options = readFileOptions(name, given, facts.settings.files)
    const path = checkFileSource(`${name}: source`, source, options)
    if (typeof path !== 'string') return // a function is not called, so it makes no file
    const content = await lookInto(facts, path, options, name)
    const isOffloaded = offloadFieldOf(facts, content) !== undefined // the server in front may open it later
    if (content.opened !== undefined && !isOffloaded) deleteWhenOver(exchange, content.opened)
  })
}

/** What a path names, opened and closed: only what was opened is deleted. */
async function lookInto(facts: RequestFacts, path: string, options: FileSendOptions, name: string): Promise<Content> {
  const content = await openSource(facts, path, options, name)
  content.close()
  return content
}

/** The caller does not wait for it: a failure is only reported. */
function inBackground(exchange: Exchange, work: () => Promise<void>): void {
  work().catch((reason) => exchange.report(toError(reason), exchange.facts.aborted))
}

/** The same values in the other of two spellings that their grammars allow (RFC 9110 §5.6.6, §8.3.2). */
function spellAsLegacy(description: ResponseDescription): ResponseDescription {
  const spell = ([name, value]: FieldLine): FieldLine => {
    if (name === 'Content-Disposition') return [name, quoteFilename(value)]
    return [name, name === 'Content-Type' ? value.replace('charset=utf-8', 'charset=UTF-8') : value]
  }
  const { fields, defaults } = description
  return { ...description, fields: fields.map(spell), defaults: defaults.map(spell) }
}
