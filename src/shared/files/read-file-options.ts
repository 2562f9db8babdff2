import { validateHeaderName, validateHeaderValue } from 'node:http'
import { checkKeys } from '../checks/check-keys.js'
import { fileMaxAgeSeconds } from '../checks/duration.js'
import { invalidRange, invalidType } from '../checks/errors.js'
import type { FieldLine } from '../exchange/response-description.js'
import { isEntityTag } from '../fields/entity-tag.js'
import type { FileOptions, FileSendOptions } from './file-options.js'
import { type FileSettings, readRoot } from './file-settings.js'
import { readPrecompressed } from './precompressed.js'

type BooleanKey = 'lastModified' | 'cacheControl' | 'immutable' | 'acceptRanges' | 'deleteAfterSend'

/** Every option, held to the interface by its type. */
const KEYS: Readonly<Record<keyof FileOptions, true>> = {
  name: true,
  inline: true,
  type: true,
  root: true,
  dotfiles: true,
  etag: true,
  lastModified: true,
  cacheControl: true,
  maxAge: true,
  immutable: true,
  acceptRanges: true,
  deleteAfterSend: true,
  digest: true,
  precompressed: true,
  onProgress: true,
  headers: true,
}
const KNOWN_KEYS = Object.keys(KEYS)
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
  checkKeys(call, given, KNOWN_KEYS)
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
  const maxAge = given.maxAge === undefined ? 0 : fileMaxAgeSeconds(given.maxAge, subject('maxAge'))
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
