import { charset, contentType, lookup } from 'mime-types'
import { BoundedMemo } from '../checks/bounded-memo.js'
import { invalidType } from '../checks/errors.js'

/** A media type with its parameters (RFC 9110 §8.3.1), in the characters that a field value may have (§5.5). */
const MEDIA_TYPE = /^[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+(?:[ \t]*;[\t\x20-\x7e\x80-\xff]*)?$/

export function isMediaType(text: string): boolean {
  return MEDIA_TYPE.test(text)
}

/** Refuses what is no media type; `subject` names the option in the error. */
export function checkMediaType(subject: string, type: unknown): string {
  if (typeof type === 'string' && isMediaType(type)) return type
  throw invalidType(subject, "a media type such as 'text/csv'", type)
}

/** The media type of an extension; an empty text if there is none. */
const known = new BoundedMemo<string, string>({ maxEntries: 1000 })

/** What `mime-types` does not know: the short forms of `.tar.gz` and others, and Zstandard (RFC 8878 §7.1). */
const MORE_TYPES: Readonly<Record<string, string>> = {
  '.tgz': 'application/gzip',
  '.tbz': 'application/x-bzip2',
  '.tbz2': 'application/x-bzip2',
  '.txz': 'application/x-xz',
  '.zst': 'application/zstd',
  '.tzst': 'application/zstd',
}

/** The Content-Type that the extension of a name stands for, with its charset; `undefined` if it has no known one. */
export function mediaTypeOf(name: string): string | undefined {
  const extension = extensionOf(name)
  if (extension === '') return undefined
  let value = known.get(extension)
  if (value === undefined) {
    const type = lookup(extension)
    value = type === false ? (MORE_TYPES[extension] ?? '') : contentType(type) || type
    known.set(extension, value)
  }
  return value === '' ? undefined : value
}

/** `.pdf` of `a.pdf`, in lower case. A name that only begins with a dot has no extension. */
export function extensionOf(name: string): string {
  const start = Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1
  const dot = name.lastIndexOf('.')
  return dot > start ? name.slice(dot).toLowerCase() : ''
}

/** What follows the dot of a longer text is a part of the text, such as `.5 hours of work`. */
const EXTENSION = /^\.\S{1,31}$/

/**
 * `.PDF` of `a.PDF`, and `.tar.gz` of `a.tar.gz`, in the letters of the name. A name that only begins with a dot has no
 * extension, and neither has one that ends with a dot.
 */
export function wholeExtensionOf(path: string): string {
  const name = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1)
  const dot = name.lastIndexOf('.')
  if (dot <= 0 || !EXTENSION.test(name.slice(dot, dot + 33))) return ''
  const isArchive = dot > TAR.length && name.slice(dot - TAR.length, dot).toLowerCase() === TAR
  return name.slice(isArchive ? dot - TAR.length : dot)
}

const TAR = '.tar'

/** Types without a charset, with the one that they get. */
const completed = new BoundedMemo<string, string>({ maxEntries: 500 })
const CHARSET = /;[ \t]*charset[ \t]*=/i

/**
 * A Content-Type with its charset: text, and what Express counts as text, is UTF-8 unless the type says otherwise. Without a
 * charset, a browser guesses one.
 */
export function withCharset(type: string): string {
  const done = completed.get(type)
  if (done !== undefined) return done
  if (CHARSET.test(type) || !MEDIA_TYPE.test(type)) return type
  // An event stream is UTF-8 by its format (HTML §9.2.5).
  const name = type.startsWith(EVENT_STREAM) ? false : charset(type)
  const value = name === false ? type : `${withoutSeparators(type)}; charset=${name.toLowerCase()}`
  completed.set(type, value)
  return value
}

const EVENT_STREAM = 'text/event-stream'

function withoutSeparators(type: string): string {
  let end = type.length
  while (end > 0 && '; \t'.includes(type[end - 1] ?? '')) end--
  return type.slice(0, end)
}
