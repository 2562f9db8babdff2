import { timeOf } from '../../checks/date.js'
import { invalidRange, invalidType } from '../../checks/errors.js'
import { type CheckedSource, checkSource, type FileSource, refuseArray } from '../file-source.js'
import type { EntryNames } from './entry-names.js'
import type { ZipSettings } from './zip-options.js'

/** One file or directory of an archive. */
export interface ZipEntry {
  /** The path in the archive: relative, with `/`. With a `/` at its end it is an empty directory. */
  readonly name: string
  /** What `file` and `download` take. Default: none, for a directory. */
  readonly source?: FileSource | undefined
  /** Whether it is compressed. Default: the option `compress`. */
  readonly compress?: boolean | undefined
  /** When it was last modified: a Date, or milliseconds since 1970. Default: as the source says, else now. */
  readonly mtime?: Date | number | undefined
  /**
   * Its permissions, such as `0o644`: a number with the bits of Unix. Default: as the file has them, else `0o644`, for
   * a directory `0o755`.
   */
  readonly mode?: number | undefined
  /** A text that some programs show beside the name. Default: none. */
  readonly comment?: string | undefined
}

/** An entry that has passed all checks. */
export interface CheckedEntry {
  /** The name in the archive. */
  readonly name: string
  /** `undefined`: a directory. */
  readonly source: CheckedSource | undefined
  readonly compress: boolean
  readonly mtime: Date | undefined
  readonly mode: number | undefined
  readonly comment: string
}

/** A comment has 65,535 bytes at most (APPNOTE §4.4.12). */
const LONGEST_COMMENT = 65_535
/** Refuses an entry that makes an archive unsafe to unpack, or ambiguous. Returns `undefined` for a directory that the archive has already. */
export function checkZipEntry(
  entry: unknown,
  index: number,
  settings: ZipSettings,
  names: EntryNames,
): CheckedEntry | undefined {
  if (typeof entry !== 'object' || entry === null) {
    throw invalidType(subjectOf(index), 'an object { name, source }', entry)
  }
  // Every member is checked below, whatever its type is.
  const given = entry as { readonly [Key in keyof ZipEntry]?: unknown }
  const { name, source, compress = settings.compress } = given
  if (typeof name !== 'string') throw invalidType(subjectOf(index, 'name'), 'a string', name)
  if (typeof compress !== 'boolean') throw invalidType(subjectOf(index, 'compress'), 'a boolean', compress)
  const safeName = names.add(name, () => subjectOf(index, 'name'))
  const checked = {
    source: name.endsWith('/') ? checkDirectorySource(index, source) : checkFileSource(index, source),
    compress,
    mtime: checkTime(index, given.mtime),
    mode: checkMode(index, given.mode),
    comment: checkComment(index, given.comment),
  }
  return safeName === undefined ? undefined : { name: safeName, ...checked }
}

function subjectOf(index: number, member?: keyof ZipEntry): string {
  return `zip: entry ${index} (counted from 0)${member === undefined ? '' : `: ${member}`}`
}

/** The parser of a query makes arrays: as in `file`, an array is never read as the bytes of a file. */
function checkFileSource(index: number, source: unknown): CheckedSource {
  const subject = subjectOf(index, 'source')
  refuseArray(subject, source)
  return checkSource(subject, source)
}

function checkDirectorySource(index: number, source: unknown): undefined {
  if (source === undefined || source === null) return undefined
  throw invalidType(subjectOf(index, 'source'), 'absent, because the name is that of a directory', source)
}

function checkTime(index: number, value: unknown): Date | undefined {
  if (value === undefined) return undefined
  const time = typeof value === 'number' ? value : timeOf(value)
  if (Number.isFinite(new Date(time).getTime())) return new Date(time)
  throw invalidType(subjectOf(index, 'mtime'), 'a Date or milliseconds since 1970', value)
}

/** The file type that `fs.Stats` has in its `mode` is taken and ignored: an entry is a file or a directory by its name. */
function checkMode(index: number, value: unknown): number | undefined {
  if (value === undefined) return undefined
  if (typeof value !== 'number') throw invalidType(subjectOf(index, 'mode'), 'a number', value)
  if (!Number.isInteger(value) || value < 0 || value > 0xffff) {
    throw invalidRange(subjectOf(index, 'mode'), 'permissions such as 0o644', value)
  }
  return value & 0o7777
}

/** A terminal that shows the comment must not find a command in it. */
function checkComment(index: number, value: unknown): string {
  if (value === undefined) return ''
  if (typeof value !== 'string') throw invalidType(subjectOf(index, 'comment'), 'a string', value)
  if (value.length > LONGEST_COMMENT || Buffer.byteLength(value) > LONGEST_COMMENT) {
    throw invalidRange(subjectOf(index, 'comment'), `at most ${LONGEST_COMMENT} bytes`, value)
  }
  if (/[^\P{Cc}\t\r\n]/u.test(value)) {
    throw invalidRange(subjectOf(index, 'comment'), 'without control characters', value)
  }
  return value
}
