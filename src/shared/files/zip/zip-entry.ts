import { invalidRange, invalidType } from '../../checks/errors.js'
import { checkSource, type FileSource } from '../file-source.js'

/** One file of an archive. */
export interface ZipEntry {
  /** Where it is in the archive: a relative path with `/`. */
  readonly name: string
  /** Where the content comes from. */
  readonly source: FileSource
  /** Whether it is deflated. Default `true`. */
  readonly compress?: boolean
}

/** Refuses, before anything is opened, what would make an archive unsafe to unpack, or ambiguous. */
export function checkZipEntries(entries: Iterable<ZipEntry>): readonly ZipEntry[] {
  if (typeof entries !== 'object' || entries === null || !(Symbol.iterator in entries)) {
    throw invalidType('zip: entries', 'a list of { name, source }', entries)
  }
  const seen = new Set<string>()
  return [...entries].map((entry, index) => {
    const subject = `zip: entry ${index} (counted from 0)`
    if (typeof entry !== 'object' || entry === null) throw invalidType(subject, 'an object { name, source }', entry)
    const { name, source, compress = true } = entry
    if (typeof name !== 'string') throw invalidType(`${subject}: name`, 'a string', name)
    if (!isSafeName(name)) throw invalidRange(`${subject}: name`, 'a relative path without ".." segments', name)
    // Windows and macOS unpack names that differ in case or normal form into one file.
    const key = name.normalize('NFC').toLowerCase()
    if (seen.has(key)) throw invalidRange(`${subject}: name`, 'unlike the names before it', name)
    seen.add(key)
    if (typeof compress !== 'boolean') throw invalidType(`${subject}: compress`, 'a boolean', compress)
    return { name, source: checkSource(subject, source), compress }
  })
}

function isSafeName(name: string): boolean {
  if (name.length > 65_535 / 3 || /[\p{Cc}\p{Surrogate}\\]/u.test(name) || /^[a-z]:/i.test(name)) return false
  return name.split('/').every((segment) => segment !== '' && segment !== '.' && segment !== '..')
}
