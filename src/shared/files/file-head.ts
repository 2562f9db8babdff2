import type { RequestFacts } from '../exchange/request-facts.js'
import { type FieldLine, lastValue } from '../exchange/response-description.js'
import { type DispositionType, serializeContentDisposition } from '../fields/content-disposition.js'
import { parseEntityTagList } from '../fields/entity-tag.js'
import { formatHttpDate } from '../fields/http-date.js'
import { extensionOf, mediaTypeOf } from '../fields/media-type.js'
import type { Content } from './content.js'
import type { FileSendOptions } from './file-options.js'
import { friendlyFilename } from './friendly-name.js'
import type { FileValidators } from './validators.js'

/** Fields under construction: those in `fields` replace what was staged, those in `defaults` do not. */
export interface FileHead {
  readonly fields: FieldLine[]
  readonly defaults: FieldLine[]
}

/** The fields every whole or partial answer with this content carries. */
export function describeFileHead(
  content: Content,
  options: FileSendOptions,
  disposition: DispositionType,
  validators: FileValidators,
): FileHead {
  const fields: FieldLine[] = [...options.headers]
  const defaults: FieldLine[] = [['X-Content-Type-Options', 'nosniff']]
  const name = chooseFilename(options, content.name)
  const dispositionLine: FieldLine = ['Content-Disposition', serializeContentDisposition(disposition, name)]
  const isDecided = disposition === 'attachment' || options.inline !== undefined
  if (isDecided) fields.push(dispositionLine)
  else defaults.push(dispositionLine)
  const type = options.type ?? inferType(options, content)
  if (options.type !== undefined) fields.push(['Content-Type', type])
  else defaults.push(['Content-Type', type])
  if (options.precompressed.length > 0) fields.push(['Vary', 'Accept-Encoding'])
  if (content.encoding !== undefined) fields.push(['Content-Encoding', content.encoding])
  else if (disposition === 'inline' && isGzippedSvg(content.name ?? name, type)) {
    defaults.push(['Content-Encoding', 'gzip'])
  }
  if (content.isSeekable && options.acceptRanges) defaults.push(['Accept-Ranges', 'bytes'])
  pushCaching({ fields, defaults }, options)
  pushValidators({ fields, defaults }, validators)
  return { fields, defaults }
}

/** What a 304 has to say (RFC 9110 §15.4.5): nothing of the content, and Last-Modified only in place of an ETag. */
export function describeNotModifiedHead(
  facts: RequestFacts,
  options: FileSendOptions,
  validators: FileValidators,
): FileHead {
  const fields = options.headers.filter(
    ([name]) => !/^(?:content-(?!location)|accept-ranges|last-modified)/i.test(name),
  )
  const defaults: FieldLine[] = []
  if (options.precompressed.length > 0) fields.push(['Vary', 'Accept-Encoding'])
  pushCaching({ fields, defaults }, options)
  pushValidators({ fields, defaults }, asTheClientHolds(facts, validators))
  return { fields, defaults }
}

/**
 * The tag by which the client names what it holds. A weak one may be that of a body which was coded on its way out:
 * a strong one in its place would name other bytes (RFC 9111 §4.3.4).
 */
function asTheClientHolds(facts: RequestFacts, validators: FileValidators): FileValidators {
  const { entityTag } = validators
  if (entityTag === undefined) return validators
  const held = parseEntityTagList(facts.field('if-none-match') ?? '')
  const isHeldWeak = !held.includes(entityTag) && held.includes(`W/${entityTag}`)
  if (!isHeldWeak) return { ...validators, lastModified: undefined }
  return { ...validators, lastModified: undefined, entityTag: `W/${entityTag}`, replacesGivenTag: true }
}

/** The value a field of this head will have on the wire. */
export function effectiveField(facts: RequestFacts, { fields, defaults }: FileHead, name: string): string | undefined {
  return lastValue(fields, name) ?? facts.stagedField(name) ?? lastValue(defaults, name)
}

/** If a proxy encodes a part again, it is no longer the part that Content-Range names (RFC 9111 §5.2.2.6). */
export function cacheControlOfPart(facts: RequestFacts, head: FileHead): string {
  const value = effectiveField(facts, head, 'cache-control') ?? ''
  if (/(?:^|[ ,])no-transform(?:$|[ ,])/i.test(value)) return value
  return value === '' ? 'no-transform' : `${value}, no-transform`
}

/** The name that the file is saved as: `filename` as it is, `name` with the extension of the file. */
function chooseFilename({ filename, name }: FileSendOptions, nameOfFile: string | undefined): string {
  if (filename) return filename
  return name ? friendlyFilename(name, nameOfFile) : (nameOfFile ?? '')
}

/** An image that the browser shows only if it is told to decode it. One that is saved stays as it is. */
function isGzippedSvg(name: string, type: string): boolean {
  return extensionOf(name) === '.svgz' && type.startsWith('image/svg+xml')
}

/** What the source says, else the name of the file, else the name that the caller gives to what has none. */
function inferType({ filename, name }: FileSendOptions, content: Content): string {
  const byName = mediaTypeOf(content.name ?? '') ?? mediaTypeOf(filename ?? name ?? '')
  return content.type ?? byName ?? 'application/octet-stream'
}

function pushCaching({ fields, defaults }: FileHead, { cacheControl, isCacheControlGiven }: FileSendOptions): void {
  if (cacheControl === undefined) return
  if (isCacheControlGiven) fields.push(['Cache-Control', cacheControl])
  else defaults.push(['Cache-Control', cacheControl])
}

function pushValidators({ fields, defaults }: FileHead, validators: FileValidators): void {
  const { entityTag, lastModified, replacesGivenTag = false } = validators
  if (lastModified !== undefined) defaults.push(['Last-Modified', formatHttpDate(lastModified)])
  if (entityTag === undefined) return
  if (replacesGivenTag) fields.push(['ETag', entityTag])
  else defaults.push(['ETag', entityTag])
}
