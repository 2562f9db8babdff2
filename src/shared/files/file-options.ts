import { validateHeaderName, validateHeaderValue } from 'node:http'
import { checkKeys } from '../check-keys.js'
import { invalidRange, invalidType } from '../errors.js'
import { isEntityTag } from '../fields/entity-tag.js'
import type { FieldLine } from '../response-description.js'
import { type FileSettings, readRoot } from './file-settings.js'
import { maxAgeSeconds } from './max-age.js'
import { type Precompression, readPrecompressed } from './precompressed.js'
import type { OnProgress } from './progress.js'
import type { Dotfiles } from './resolve-path.js'

/** Options of `file` and `download`. Those that Express has mean what they mean there. */
export interface FileOptions {
  /** A friendly filename: without a known extension it takes the file's. */
  readonly name?: string
  /** `true` shows, `false` saves. Default: `download` saves, `file` shows. */
  readonly inline?: boolean
  /** Media type. Default: by the filename's extension, else `application/octet-stream`. */
  readonly type?: string
  /** The directory the path is below and cannot leave. Default: option `files.root`. */
  readonly root?: string
  /** Files and directories whose name begins with a dot: 404, 403 or sent. Default `'ignore'`. */
  readonly dotfiles?: Dotfiles
  /** `'strong'` (default), `'weak'`, `'content'` (a hash), `false`, or an entity-tag such as `'"v1"'`. */
  readonly etag?: boolean | 'strong' | 'weak' | 'content' | (string & {})
  /** Whether Last-Modified is sent. Default `true`. */
  readonly lastModified?: boolean
  /** Whether Cache-Control is sent. Default `true`. */
  readonly cacheControl?: boolean
  /** `max-age`: milliseconds, or a string such as `'4h'`, as in Express. Default 0. */
  readonly maxAge?: number | string
  readonly immutable?: boolean
  /** Whether ranges are answered. Default `true`. */
  readonly acceptRanges?: boolean
  /** Unlinks the file when the response is over, complete or not. Paths only. */
  readonly deleteAfterSend?: boolean
  /** Repr-Digest (RFC 9530). Reads the whole content, once for each version of a file. */
  readonly digest?: 'sha-256' | 'sha-512'
  /** Siblings made beforehand, `x.br`, `x.gz`, `x.zst`, sent by Accept-Encoding. Paths only. */
  readonly precompressed?: readonly Precompression[]
  /** Told how far the body is. */
  readonly onProgress?: OnProgress
  /** Further fields; a Content-Disposition among them is ignored, as in Express. */
  readonly headers?: Readonly<Record<string, string | number | readonly string[]>>
}

type BooleanKey = 'lastModified' | 'cacheControl' | 'immutable' | 'acceptRanges' | 'deleteAfterSend'

export interface FileSendOptions {
  readonly filename: string | undefined
  readonly name: string | undefined
  readonly inline: boolean | undefined
  readonly type: string | undefined
  readonly root: string | undefined
  readonly dotfiles: Dotfiles
  /** `undefined`: the host decides between strong and none. */
  readonly etag: false | string | undefined
  readonly lastModified: boolean
  readonly cacheControl: string | undefined
  readonly isCacheControlGiven: boolean
  readonly acceptRanges: boolean
  readonly deleteAfterSend: boolean
  readonly digest: 'sha-256' | 'sha-512' | undefined
  readonly precompressed: readonly Precompression[]
  readonly onProgress: OnProgress | undefined
  readonly headers: readonly FieldLine[]
}

const KEYS =
  'name inline type root dotfiles etag lastModified cacheControl maxAge immutable acceptRanges headers'.split(' ')
const TAG_KINDS: readonly unknown[] = ['strong', 'weak', 'content']

const withoutOptions = new WeakMap<FileSettings, FileSendOptions>()

/** Checks and completes the options of one call; nothing has been opened yet. */
export function readFileOptions(
  call: string,
  options: FileOptions | null | undefined,
  settings: FileSettings,
  filename?: string | null,
): FileSendOptions {
  if (filename !== undefined && filename !== null && typeof filename !== 'string') {
    throw invalidType(`${call}: filename`, 'a string', filename)
  }
  if (options !== undefined && options !== null)
    return { ...readGiven(call, options, settings), filename: filename ?? undefined }
  const defaults = withoutOptions.get(settings) ?? readGiven(call, {}, settings)
  withoutOptions.set(settings, defaults)
  return filename ? { ...defaults, filename } : defaults
}

function readGiven(call: string, given: FileOptions, settings: FileSettings): FileSendOptions {
  checkKeys(call, given, KEYS)
  const subject = (key: string): string => `${call}: option '${key}'`
  const bool = (key: BooleanKey, byDefault: boolean): boolean =>
    given[key] === undefined ? byDefault : Boolean(given[key]) // as `send` reads them
  const text = (key: 'name' | 'type'): string | undefined => {
    const value: unknown = given[key]
    if (value !== undefined && typeof value !== 'string') throw invalidType(subject(key), 'a string', value)
    return value
  }
  const { dotfiles = 'ignore', inline, digest, onProgress } = given
  if (dotfiles !== 'ignore' && dotfiles !== 'deny' && dotfiles !== 'allow') {
    throw invalidRange(subject('dotfiles'), "'ignore', 'deny' or 'allow'", dotfiles)
  }
  if (inline !== undefined && typeof inline !== 'boolean') throw invalidType(subject('inline'), 'a boolean', inline)
  if (digest !== undefined && digest !== 'sha-256' && digest !== 'sha-512') {
    throw invalidRange(subject('digest'), "'sha-256' or 'sha-512'", digest)
  }
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw invalidType(subject('onProgress'), 'a function', onProgress)
  }
  const type = text('type')
  if (type !== undefined) validateHeaderValue('Content-Type', type)
  const maxAge = given.maxAge === undefined ? 0 : maxAgeSeconds(subject('maxAge'), given.maxAge)
  const directives = `public, max-age=${maxAge}${bool('immutable', false) ? ', immutable' : ''}`
  return {
    filename: undefined,
    name: text('name'),
    inline,
    type,
    root: readRoot(subject('root'), given.root) ?? settings.root,
    dotfiles,
    etag: readEtag(subject('etag'), given.etag),
    lastModified: bool('lastModified', true),
    cacheControl: bool('cacheControl', true) ? directives : undefined,
    isCacheControlGiven: given.maxAge !== undefined || given.immutable !== undefined,
    acceptRanges: bool('acceptRanges', true),
    deleteAfterSend: bool('deleteAfterSend', false),
    digest,
    precompressed: readPrecompressed(subject('precompressed'), given.precompressed),
    onProgress,
    headers: readHeaders(subject('headers'), given.headers),
  }
}

function readEtag(subject: string, value: unknown): false | string | undefined {
  if (value === undefined || value === true) return value === true ? 'strong' : undefined
  if (value === false || TAG_KINDS.includes(value)) return value as false | string // one of the two, by the test
  if (typeof value === 'string' && isEntityTag(value)) return value
  throw invalidRange(subject, "'strong', 'weak', 'content', false or a quoted entity-tag such as '\"v1\"'", value)
}

function readHeaders(subject: string, value: unknown): FieldLine[] {
  if (value === undefined || value === null) return []
  if (typeof value !== 'object' || Array.isArray(value)) throw invalidType(subject, 'a record of fields', value)
  const lines: FieldLine[] = []
  for (const [name, content] of Object.entries(value)) {
    validateHeaderName(name)
    const values: unknown[] = Array.isArray(content) ? content : [content]
    for (const each of values) validateHeaderValue(name, each === undefined ? '' : `${each}`)
    const key = name.toLowerCase()
    if (key === 'content-disposition' || content === undefined) continue
    if (key === 'set-cookie') lines.push(...values.map((each): FieldLine => ['Set-Cookie', `${each}`]))
    else lines.push([key === 'vary' ? 'Vary' : name, values.join(', ')])
  }
  return lines
}
