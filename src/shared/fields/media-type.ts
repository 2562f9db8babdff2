import { contentType, lookup } from 'mime-types'
import { BoundedMemo } from '../checks/bounded-memo.js'
import { invalidType } from '../checks/errors.js'

/** A media type with its parameters (RFC 9110 §8.3.1), in the characters that a field value may have (§5.5). */
const MEDIA_TYPE = /^[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+(?:[ \t]*;[\t\x20-\x7e\x80-\xff]*)?$/

/** Refuses what is no media type; `subject` names the option in the error. */
export function checkMediaType(subject: string, type: unknown): string {
  if (typeof type === 'string' && MEDIA_TYPE.test(type)) return type
  throw invalidType(subject, "a media type such as 'text/csv'", type)
}

/** The media type of an extension; an empty text if there is none. */
const known = new BoundedMemo<string, string>({ maxEntries: 1000 })

/** The Content-Type a name's extension stands for, with its charset; `undefined` where it has none that is known. */
export function mediaTypeOf(name: string): string | undefined {
  const extension = extensionOf(name)
  if (extension === '') return undefined
  let value = known.get(extension)
  if (value === undefined) {
    const type = lookup(extension)
    value = type === false ? '' : contentType(type) || type
    known.set(extension, value)
  }
  return value === '' ? undefined : value
}

/** `.pdf` of `a.pdf`, in lower case; a name that only begins with a dot has none. */
export function extensionOf(name: string): string {
  const start = Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1
  const dot = name.lastIndexOf('.')
  return dot > start ? name.slice(dot).toLowerCase() : ''
}
