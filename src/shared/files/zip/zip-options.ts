import { checkKeys } from '../../checks/check-keys.js'
import { invalidRange, invalidType } from '../../checks/errors.js'
import type { FileOptions } from '../file-options.js'
import type { ZipDuplicates } from './entry-names.js'

/** What `zip` does with an entry that cannot be opened. */
export type ZipMissing = 'cut' | 'list'

/** Options of `zip`. */
export interface ZipOptions {
  /** Whether entries that do not say it themselves are compressed. Default `true`. */
  readonly compress?: boolean
  /** `'error'` refuses a name that is already taken; `'rename'` makes `a (2).txt` of it. Default `'error'`. */
  readonly duplicates?: ZipDuplicates
  /**
   * What becomes of an entry that cannot be opened: `'cut'` fails, and cuts the connection if a part of the archive has
   * left; `'list'` leaves the entry out and names it in a last entry, `missing.txt`. Default `'cut'`.
   */
  readonly missing?: ZipMissing
  /** The directory that paths are below and cannot leave. Default: option `files.root`; `null`: none. */
  readonly root?: string | null
  /** Whether a symbolic link may lead out of the root. Default: option `files.followSymlinks`. */
  readonly followSymlinks?: boolean
  /** Files and directories whose name begins with a dot: not found, refused or sent. Default `'ignore'`. */
  readonly dotfiles?: FileOptions['dotfiles']
}

/** The options of `zip` that it reads itself, complete. */
export interface ZipSettings {
  readonly compress: boolean
  readonly duplicates: ZipDuplicates
  readonly missing: ZipMissing
  /** The options that say which paths may be opened. */
  readonly paths: Pick<FileOptions, 'root' | 'followSymlinks' | 'dotfiles'>
}

const KNOWN_KEYS = [
  'compress',
  'duplicates',
  'missing',
  'root',
  'followSymlinks',
  'dotfiles',
] as const satisfies (keyof ZipOptions)[]

export function readZipOptions(call: string, options: ZipOptions = {}): ZipSettings {
  checkKeys(call, options, KNOWN_KEYS)
  const { compress = true, duplicates = 'error', missing = 'cut', root, followSymlinks, dotfiles } = options
  if (typeof compress !== 'boolean') {
    throw invalidType(`${call}: option 'compress'`, 'a boolean', compress, 'INVALID_OPTION')
  }
  if (duplicates !== 'error' && duplicates !== 'rename') {
    throw invalidRange(`${call}: option 'duplicates'`, "'error' or 'rename'", duplicates, 'INVALID_OPTION')
  }
  if (missing !== 'cut' && missing !== 'list') {
    throw invalidRange(`${call}: option 'missing'`, "'cut' or 'list'", missing, 'INVALID_OPTION')
  }
  const paths = {
    ...(root !== undefined && { root }),
    ...(followSymlinks !== undefined && { followSymlinks }),
    ...(dotfiles !== undefined && { dotfiles }),
  }
  return { compress, duplicates, missing, paths }
}
