import { create, parse } from 'content-disposition'
import { BoundedMemo } from '../checks/bounded-memo.js'
import { wholeExtensionOf } from './media-type.js'

export type DispositionType = 'attachment' | 'inline'

const serialized: Readonly<Record<DispositionType, BoundedMemo<string, string>>> = {
  attachment: new BoundedMemo({ maxEntries: 500 }),
  inline: new BoundedMemo({ maxEntries: 500 }),
}

/**
 * Content-Disposition (RFC 6266) with a name that is safe to save. If the name is not plain ASCII, the field has an
 * ASCII `filename` for old clients and the whole name as `filename*` (RFC 8187).
 */
export function serializeContentDisposition(type: DispositionType, name: string): string {
  const known = serialized[type].get(name)
  if (known !== undefined) return known
  const filename = toSafeFilename(name)
  const value = PRINTABLE.test(filename)
    ? create(filename, { type })
    : create(filename, { type, fallback: toAsciiFilename(filename) })
  serialized[type].set(name, value)
  return value
}

/** The same field with quotes around the `filename`, as Express 4 writes it (RFC 6266 §4.1 allows both). */
export function quoteFilename(contentDisposition: string): string {
  const start = contentDisposition.indexOf(FILENAME) + FILENAME.length
  // `filename` is the first parameter, so the expression cannot match a later one.
  if (contentDisposition.indexOf(';') !== start - FILENAME.length || contentDisposition[start] === '"') {
    return contentDisposition
  }
  const end = contentDisposition.indexOf(';', start)
  const token = contentDisposition.slice(start, end < 0 ? undefined : end)
  return `${contentDisposition.slice(0, start)}"${token}"${end < 0 ? '' : contentDisposition.slice(end)}`
}

const FILENAME = '; filename='
const PRINTABLE = /^[\x20-\x7e]*$/

// A longer name does not fit in a file system (NAME_MAX of Linux and macOS).
const MAX_NAME_BYTES = 255
/** Normalizing many combining marks takes more than linear time: names are cut before, far above the limit. */
const MAX_NAME_LENGTH = 4 * MAX_NAME_BYTES

/**
 * The name that the browser saves the file as: the last part of `name` if that is a path. It has no invisible characters,
 * is in Unicode's composed form (NFC), has at most 255 bytes of UTF-8, and is never empty.
 */
export function toSafeFilename(name: string): string {
  const visible = removeInvisible(cutName(lastPartOf(name), MAX_NAME_LENGTH, lengthOf)).replace(
    /\p{Surrogate}/gu,
    '\ufffd',
  )
  const filename = cutName(visible.normalize('NFC'), MAX_NAME_BYTES, Buffer.byteLength)
  return isOnlyDots(filename) ? 'download' : filename
}

/**
 * The same text without its invisible characters. Controls break a name, and bidi controls and zero-width characters
 * make one name look like another.
 */
export function removeInvisible(text: string): string {
  return text.replace(INVISIBLE, '')
}

// Controls, line and paragraph separators, and all that Unicode recommends to show as nothing at all: bidi controls,
// zero-width characters, fillers, variation selectors, tags. U+FFF9 to U+FFFB are invisible marks of annotations.
const INVISIBLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]/gu

function lastPartOf(path: string): string {
  let end = path.length
  while (end > 0 && isSlash(path.charCodeAt(end - 1))) end--
  let start = end
  while (start > 0 && !isSlash(path.charCodeAt(start - 1))) start--
  return path.slice(start, end)
}

function isSlash(code: number): boolean {
  return code === 0x2f || code === 0x5c
}

/** The name within a limit, cut before its extension and between two characters as a reader sees them. */
function cutName(name: string, limit: number, sizeOf: (text: string) => number): string {
  if (sizeOf(name) <= limit) return name
  const extension = wholeExtensionOf(name)
  const stem = name.slice(0, Math.min(name.length - extension.length, limit))
  const rest = limit - sizeOf(extension)
  let cut = ''
  let size = 0
  for (const { segment } of new Intl.Segmenter().segment(stem)) {
    size += sizeOf(segment)
    if (size > rest) break
    cut += segment
  }
  return cut + extension
}

function lengthOf(text: string): number {
  return text.length
}

function isOnlyDots(name: string): boolean {
  const text = name.trim()
  return text === '' || text === '.' || text === '..'
}

/** ASCII for clients that do not know `filename*`: letters lose their marks, and the rest is `_`, allowed on any disk. */
function toAsciiFilename(filename: string): string {
  const ascii = filename
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^\x20-\x7e]|[/\\?*:|"<>]/gu, '_')
  return isOnlyDots(ascii) ? 'download' : cutName(ascii, MAX_NAME_BYTES, lengthOf) // NFKD makes 18 characters of one
}

/** The filename in a Content-Disposition value that another server has sent; `undefined` if it has none. */
export function filenameOf(disposition: string | undefined): string | undefined {
  if (disposition === undefined) return undefined
  try {
    const { filename } = parse(disposition).parameters
    return typeof filename === 'string' && filename !== '' ? decodeUtf8(filename) : undefined
  } catch {
    return undefined // not of RFC 6266
  }
}

/** Servers that send UTF-8 in a plain `filename` are read as Latin-1 (RFC 9110 §5.5). */
function decodeUtf8(latin1: string): string {
  const bytes = Buffer.from(latin1, 'latin1')
  if (bytes.toString('latin1') !== latin1) return latin1 // it has other characters: it was `filename*`
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return latin1
  }
}
