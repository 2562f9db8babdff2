import { resolve } from 'node:path'
import { checkKeys } from '../check-keys.js'
import { invalidType } from '../errors.js'
import { type OffloadOptions, type OffloadSettings, readOffload } from './offload.js'

/** Option `files` of `responseKit()`. */
export interface FilesOptions {
  /** The directory relative paths are below, and cannot leave. */
  readonly root?: string
  /** Whether a symbolic link may lead out of the root. Default `false`. */
  readonly followSymlinks?: boolean
  /** The web server in front sends the files. */
  readonly offload?: OffloadOptions
}

export interface FileSettings {
  readonly root: string | undefined
  readonly followSymlinks: boolean
  readonly offload: OffloadSettings | undefined
}

export function readFiles(value: unknown): FileSettings {
  const options = (value ?? {}) as FilesOptions
  checkKeys("option 'files':", options, ['root', 'followSymlinks', 'offload'])
  const { root, followSymlinks = false } = options
  if (typeof followSymlinks !== 'boolean') {
    throw invalidType("option 'files.followSymlinks'", 'a boolean', followSymlinks, 'INVALID_OPTION')
  }
  return { root: readRoot("option 'files.root'", root), followSymlinks, offload: readOffload(options.offload) }
}

/** An absolute path, or `undefined` where there is no root. */
export function readRoot(subject: string, root: unknown): string | undefined {
  if (root === undefined || root === null) return undefined
  if (typeof root !== 'string' || root === '' || root.includes('\0')) {
    throw invalidType(subject, 'the path of a directory', root, 'INVALID_OPTION')
  }
  return resolve(root)
}
