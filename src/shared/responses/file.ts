import { abortedError, type Exchange } from '../exchange.js'
import { serializeContentDisposition } from '../fields/content-disposition.js'
import { formatHttpDate } from '../fields/http-date.js'
import { serializeContentRange } from '../fields/range.js'
import type { Content } from '../files/content.js'
import { chooseFilename } from '../files/file-name.js'
import { type FileOptions, type FileSendOptions, readFileOptions } from '../files/file-options.js'
import { checkSource, type FileSource } from '../files/file-source.js'
import { mediaTypeOf } from '../files/media-type.js'
import { openSource } from '../files/open-source.js'
import { selectFileAnswer } from '../files/select-answer.js'
import { type Validators, validatorsOf } from '../files/validators.js'
import type { FieldLine, ResponseDescription } from '../response-description.js'

/** A file shown in the browser, unless `inline: false` says otherwise. */
export function describeFile(
  exchange: Exchange,
  source: FileSource,
  options?: FileOptions | null,
): Promise<ResponseDescription> {
  const checked = checkSource('file()', source)
  return describeSource(exchange, checked, readFileOptions('file()', options, exchange.settings.files), 'inline')
}

/** The answer to a file's request. The source is open and its facts are known before a field is decided. */
export async function describeSource(
  exchange: Exchange,
  source: FileSource,
  options: FileSendOptions,
  disposition: 'attachment' | 'inline',
): Promise<ResponseDescription> {
  if (exchange.aborted) throw abortedError()
  const content = await openSource(source, options, exchange.settings.files)
  try {
    const type = options.inline === undefined ? disposition : options.inline ? 'inline' : 'attachment'
    return describeContent(exchange, content, options, type)
  } catch (error) {
    content.close()
    throw error
  }
}

function describeContent(
  exchange: Exchange,
  content: Content,
  options: FileSendOptions,
  disposition: 'attachment' | 'inline',
): ResponseDescription {
  const validators = validatorsOf(exchange, content, options)
  const answer = selectFileAnswer(exchange, content, options, validators)
  if (answer.status !== undefined && answer.status !== 206) content.close()
  if (answer.status === 304) return describeNotModified(options, validators)
  if (answer.status === 412) return { status: 412, fields: [], defaults: [], body: undefined }
  if (answer.status === 416) {
    const fields: FieldLine[] = [['Content-Range', serializeContentRange(undefined, content.size ?? 0)]]
    return { status: 416, fields, defaults: [], body: undefined }
  }
  const name = chooseFilename(options, content.name)
  const fields: FieldLine[] = [...options.headers]
  const defaults: FieldLine[] = [['X-Content-Type-Options', 'nosniff']]
  const dispositionLine: FieldLine = ['Content-Disposition', serializeContentDisposition(disposition, name)]
  ;(disposition === 'attachment' ? fields : defaults).push(dispositionLine)
  if (options.type !== undefined) fields.push(['Content-Type', options.type])
  else defaults.push(['Content-Type', inferType(options, content)])
  if (content.isSeekable && options.acceptRanges) defaults.push(['Accept-Ranges', 'bytes'])
  pushCaching(fields, defaults, options)
  pushValidators(defaults, options, validators)
  if (answer.status === undefined) {
    const body = content.body()
    if (content.size !== undefined) fields.push(['Content-Length', `${content.size}`])
    return { fields, defaults, body }
  }
  const [range] = answer.ranges
  fields.push(['Content-Range', serializeContentRange(range, content.size ?? 0)])
  const body = content.body(range)
  fields.push(['Content-Length', `${body.length}`])
  fields.push(['Cache-Control', withoutTransform(exchange, fields, defaults)])
  return { status: 206, fields, defaults, body }
}

/** By the name it is saved under, else by the name it has. */
function inferType({ filename, name }: FileSendOptions, content: Content): string {
  return (
    content.type ?? mediaTypeOf(filename ?? name ?? '') ?? mediaTypeOf(content.name ?? '') ?? 'application/octet-stream'
  )
}

function pushCaching(fields: FieldLine[], defaults: FieldLine[], options: FileSendOptions): void {
  if (options.cacheControl === undefined) return
  ;(options.isCacheControlGiven ? fields : defaults).push(['Cache-Control', options.cacheControl])
}

function pushValidators(defaults: FieldLine[], options: FileSendOptions, validators: Validators): void {
  if (validators.lastModified !== undefined && options.lastModified) {
    defaults.push(['Last-Modified', formatHttpDate(validators.lastModified)])
  }
  if (validators.entityTag !== undefined) defaults.push(['ETag', validators.entityTag])
}

/** What a 304 has to say (RFC 9110 §15.4.5): nothing of the content, and Last-Modified only in place of an ETag. */
function describeNotModified(options: FileSendOptions, validators: Validators): ResponseDescription {
  const fields = options.headers.filter(
    ([name]) => !/^(?:content-(?!location)|accept-ranges|last-modified)/i.test(name),
  )
  const defaults: FieldLine[] = []
  pushCaching(fields, defaults, options)
  pushValidators(
    defaults,
    validators.entityTag === undefined ? options : { ...options, lastModified: false },
    validators,
  )
  return { status: 304, fields, defaults, body: undefined }
}

/** A part that is coded anew no longer is the part Content-Range says (RFC 9110 §14.4, RFC 9111 §5.2.2.6). */
function withoutTransform(exchange: Exchange, fields: readonly FieldLine[], defaults: readonly FieldLine[]): string {
  const of = (lines: readonly FieldLine[]): string | undefined =>
    lines.findLast(([name]) => name.toLowerCase() === 'cache-control')?.[1]
  const value = of(fields) ?? exchange.stagedField('cache-control') ?? of(defaults) ?? ''
  if (/(?:^|[ ,])no-transform(?:$|[ ,])/i.test(value)) return value
  return value === '' ? 'no-transform' : `${value}, no-transform`
}
