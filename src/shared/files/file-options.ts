import { checkKeys, isRecord } from '../checks/check-keys.js'
import { fileMaxAgeSeconds } from '../checks/duration.js'
import { invalidRange, invalidType } from '../checks/errors.js'
import { itemsInMemory, textsIn } from '../checks/iterator.js'
import type { FieldLine } from '../exchange/response-description.js'
import { isEntityTag } from '../fields/entity-tag.js'
import { fieldLines, isFieldName, isFieldText } from '../fields/field-entries.js'
import { checkMediaType } from '../fields/media-type.js'
import type { Dotfiles } from './disk/resolve-path.js'
import { type FileSettings, readRoot } from './file-settings.js'
import { type Precompression, readPrecompressed } from './precompressed.js'
import type { OnProgress } from './progress.js'

/** Options of `file` and `download`. Those that Express has mean what they mean there. */
export interface FileOptions {
  /** A friendly filename: it gets the file's extension, unless it ends in just that one. Default: none. */
  readonly name?: string
  /** `true` shows, `false` saves. Default: `download` saves, `file` shows. */
  readonly inline?: boolean
  /** Media type. Default: by the extension of the file, else of the filename, else `application/octet-stream`. */
  readonly type?: string
  /**
   * The directory that the path is below and cannot leave. Only a path is a source then. Default: option `files.root`.
   * `null`: no root, not even that of the app. It is for a path in which nothing comes from a client.
   */
  readonly root?: string | null
  /** Whether a symbolic link may lead out of the root. Default: option `files.followSymlinks`. */
  readonly followSymlinks?: boolean
  /** Extensions to try if there is no such file and the path has none, such as `['html']`. Default: none. */
  readonly extensions?: false | string | readonly string[]
  /** Files to send for a directory, such as `'index.html'`. Default: none; a directory is a 404. */
  readonly index?: false | string | readonly string[]
  /** Files and directories whose name begins with a dot: 404, 403 or sent. Default `'ignore'`. */
  readonly dotfiles?: Dotfiles
  /**
   * `'strong'` is of size and time, or a hash if the file's time does not tell its versions apart; `'weak'` the same,
   * marked as weak; `'content'` always a hash; `false` none. Also an entity-tag such as `'"v1"'`. Default: `'strong'`,
   * or what the app's `etag` setting says.
   */
  readonly etag?: boolean | 'strong' | 'weak' | 'content' | (string & {})
  /** Whether Last-Modified is sent. Default `true`. */
  readonly lastModified?: boolean
  /** Whether Cache-Control is sent. Default `true`. */
  readonly cacheControl?: boolean
  /** `max-age`: a number of milliseconds, or a string such as `'4h'`, as in Express. Default 0. */
  readonly maxAge?: number | string
  /** Adds `immutable` to Cache-Control (RFC 8246). Default `false`. */
  readonly immutable?: boolean
  /** Whether ranges are answered. Default `true`. */
  readonly acceptRanges?: boolean
  /**
   * Only `true`: deletes the file when its whole has been sent, when the client has left, or when the request has been
   * answered otherwise. It stays after HEAD, 204, 205, 304, 412, 416, a range and a failure. The file of a path also stays if the
   * client leaves before the answer to a condition is decided. Paths only, and not with `offload`. Default `false`.
   */
  readonly deleteAfterSend?: boolean
  /** Whether a FileHandle is closed when it is no longer needed, as Node's `createReadStream` does. Default `true`. */
  readonly autoClose?: boolean
  /** Repr-Digest (RFC 9530). Reads the whole content, once for each version of a file. Default: none. */
  readonly digest?: 'sha-256' | 'sha-512'
  /** Siblings made ahead of time, `x.br`, `x.gz`, `x.zst`, sent by Accept-Encoding. Paths only. Default: none. */
  readonly precompressed?: readonly Precompression[]
  /**
   * With `precompressed`: sends a sibling also if the file itself is not there, or 406 if the client accepts none.
   * Default `false`.
   */
  readonly withoutOriginal?: boolean
  /** Called with the bytes that have been sent so far. Default: none. */
  readonly onProgress?: OnProgress
  /** Further fields; a Content-Disposition among them is ignored, as in Express. Default: none. */
  readonly headers?: Readonly<Record<string, string | number | readonly string[]>>
}

/** The options of one call, checked and completed. */
export interface FileSendOptions {
  readonly filename: string | undefined
  readonly name: string | undefined
  readonly inline: boolean | undefined
  readonly type: string | undefined
  /** The root in force: of the call, else of the app. */
  readonly root: string | undefined
  readonly isRootOfCall: boolean
  readonly followSymlinks: boolean
  readonly extensions: readonly string[]
  readonly index: readonly string[]
  readonly dotfiles: Dotfiles
  /** `undefined`: the host decides between strong and none. */
  readonly etag: false | string | undefined
  readonly lastModified: boolean
  readonly cacheControl: string | undefined
  readonly isCacheControlGiven: boolean
  readonly acceptRanges: boolean
  readonly deleteAfterSend: boolean
  readonly autoClose: boolean
  readonly digest: 'sha-256' | 'sha-512' | undefined
  readonly precompressed: readonly Precompression[]
  readonly withoutOriginal: boolean
  readonly onProgress: OnProgress | undefined
  readonly headers: readonly FieldLine[]
}

/** Every option, held to the interface by its type. */
const KEYS: Readonly<Record<keyof FileOptions, true>> = {
  name: true,
  inline: true,
  type: true,
  root: true,
  followSymlinks: true,
  extensions: true,
  index: true,
  dotfiles: true,
  etag: true,
  lastModified: true,
  cacheControl: true,
  maxAge: true,
  immutable: true,
  acceptRanges: true,
  deleteAfterSend: true,
  autoClose: true,
  digest: true,
  precompressed: true,
  withoutOriginal: true,
  onProgress: true,
  headers: true,
}
const KNOWN_KEYS = Object.keys(KEYS)
const TAG_KINDS: readonly unknown[] = ['strong', 'weak', 'content']

/** What a call without options has, by the settings of its app. */
const withoutOptions = new WeakMap<FileSettings, FileSendOptions>()

/** Checks and completes the options of one call, without a look at the disk. */
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

type BooleanKey = 'lastModified' | 'cacheControl' | 'immutable' | 'acceptRanges'

function readGiven(call: string, given: FileOptions, settings: FileSettings): FileSendOptions {
  checkKeys(call, given, KNOWN_KEYS)
  const subject = (key: string): string => `${call}: option '${key}'`
  const bool = (key: BooleanKey, byDefault: boolean): boolean => {
    const value: unknown = given[key]
    if (typeof value === 'object' || typeof value === 'function') throw invalidType(subject(key), 'a boolean', value)
    return value === undefined ? byDefault : Boolean(value) // as `send` reads them
  }
  const text = (key: 'name'): string | undefined => {
    const value: unknown = given[key]
    if (value !== undefined && typeof value !== 'string') throw invalidType(subject(key), 'a string', value)
    return value
  }
  const { dotfiles = 'ignore', inline, digest, onProgress, deleteAfterSend = false } = given
  const { withoutOriginal = false, autoClose = true, followSymlinks = settings.followSymlinks } = given
  if (dotfiles !== 'ignore' && dotfiles !== 'deny' && dotfiles !== 'allow') {
    throw invalidRange(subject('dotfiles'), "'ignore', 'deny' or 'allow'", dotfiles)
  }
  for (const [key, value] of Object.entries({ inline, deleteAfterSend, withoutOriginal, autoClose, followSymlinks })) {
    if (value !== undefined && typeof value !== 'boolean') throw invalidType(subject(key), 'a boolean', value)
  }
  if (digest !== undefined && digest !== 'sha-256' && digest !== 'sha-512') {
    throw invalidRange(subject('digest'), "'sha-256' or 'sha-512'", digest)
  }
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw invalidType(subject('onProgress'), 'a function', onProgress)
  }
  const type = given.type === undefined ? undefined : checkMediaType(subject('type'), given.type)
  const maxAge = given.maxAge === undefined ? 0 : fileMaxAgeSeconds(given.maxAge, subject('maxAge'))
  const directives = `public, max-age=${maxAge}${bool('immutable', false) ? ', immutable' : ''}`
  const precompressed = readPrecompressed(subject('precompressed'), given.precompressed)
  if (withoutOriginal && (precompressed.length === 0 || deleteAfterSend)) {
    const expected = deleteAfterSend ? "absent beside 'deleteAfterSend'" : "given with 'precompressed'"
    throw invalidRange(subject('withoutOriginal'), expected, withoutOriginal)
  }
  const { root: givenRoot } = given
  const root = givenRoot === null ? undefined : readRoot(subject('root'), givenRoot)
  return {
    filename: undefined,
    name: text('name'),
    inline,
    type,
    root: givenRoot === null ? undefined : (root ?? settings.root),
    isRootOfCall: root !== undefined,
    followSymlinks,
    extensions: readNames(subject('extensions'), given.extensions).map((each) => each.replace(/^\./, '')),
    index: readNames(subject('index'), given.index),
    dotfiles,
    etag: readEtag(subject('etag'), given.etag),
    lastModified: bool('lastModified', true),
    cacheControl: bool('cacheControl', true) ? directives : undefined,
    isCacheControlGiven: given.maxAge !== undefined || given.immutable !== undefined,
    acceptRanges: bool('acceptRanges', true),
    deleteAfterSend: deleteAfterSend === true,
    autoClose,
    digest,
    precompressed,
    withoutOriginal,
    onProgress,
    headers: readHeaders(subject('headers'), given.headers),
  }
}

function readEtag(subject: string, value: unknown): false | string | undefined {
  if (value === undefined || value === true) return value === true ? 'strong' : undefined
  if (value === false || TAG_KINDS.includes(value)) return value as false | string // one of the two, by the test
  if (typeof value === 'string' && isEntityTag(value)) return value
  const expected = "'strong', 'weak', 'content', false or a quoted entity-tag such as '\"v1\"'"
  throw invalidRange(subject, expected, value)
}

/** One name or a list. A name with a slash could lead to another directory. */
function readNames(subject: string, value: unknown): readonly string[] {
  if (value === undefined || value === false) return []
  const names = textsIn(typeof value === 'string' ? [value] : value)
  if (names?.every((name) => !/[/\\\0]/.test(name) && !/^\.{0,2}$/.test(name))) return names
  throw invalidType(subject, 'false, a name or a list of names, without slashes', value)
}

function readHeaders(subject: string, value: unknown): FieldLine[] {
  if (value === undefined) return []
  if (!isRecord(value)) throw invalidType(subject, 'a record of fields', value)
  const lines: FieldLine[] = []
  for (const [name, content] of Object.entries(value)) {
    const values = [...((Array.isArray(content) ? itemsInMemory(content) : undefined) ?? [content])]
    const hasName = isFieldName(name) // asked once: a client may have chosen a long one, with many values
    for (const each of values) checkLine(subject, name, hasName, each)
    const key = name.toLowerCase()
    if (key === 'content-disposition' || content === undefined) continue
    if (key === 'content-length' && !/^\d{1,15}$/.test(values.join(', '))) {
      throw invalidRange(`${subject}: Content-Length`, 'a number of bytes', content)
    }
    lines.push(...fieldLines(key === 'vary' ? 'Vary' : name, values))
  }
  return lines
}

/** A field as RFC 9110 §5.1 and §5.5 have it. */
function checkLine(subject: string, name: string, hasName: boolean, value: unknown): void {
  if (value !== undefined && typeof value !== 'string' && typeof value !== 'number') {
    throw invalidType(`${subject}: ${name}`, 'a string, a number or a list of strings', value)
  }
  if (hasName && isFieldText(`${value ?? ''}`)) return
  throw invalidRange(`${subject}: ${name}`, 'a field with a valid name and value', value)
}
