import { resolve } from 'node:path'
import { checkKeys } from '../checks/check-keys.js'
import { type Duration, durationMs } from '../checks/duration.js'
import { invalidType } from '../checks/errors.js'
import { FileCache } from './disk/file-cache.js'
import { type OffloadOptions, type OffloadSettings, readOffload } from './offload.js'

const MEGABYTE = 1024 * 1024

/** Option `files` of `responseKit()`. */
export interface FilesOptions {
  /** The directory relative paths are below, and cannot leave. */
  readonly root?: string
  /** Whether a symbolic link may lead out of the root. Default `false`. */
  readonly followSymlinks?: boolean
  /** Keeps small files in memory. Default: none. */
  readonly cache?: CacheOptions
  /** The web server in front sends the files. */
  readonly offload?: OffloadOptions
}

export interface CacheOptions {
  /** Octets in all. Default 64 MB. */
  readonly maxBytes?: number
  /** Octets of the largest file. Default 1 MB. */
  readonly maxFileSize?: number
  /** How long a file is taken to be as it was found. Default 0: it is looked at once a request. */
  readonly maxAge?: Duration
}

export interface FileSettings {
  readonly root: string | undefined
  readonly followSymlinks: boolean
  readonly cache: FileCache | undefined
  readonly offload: OffloadSettings | undefined
}

export function readFiles(value: unknown): FileSettings {
  const options = (value === undefined ? {} : value) as FilesOptions // an object, as checked
  checkKeys("option 'files'", options, ['root', 'followSymlinks', 'cache', 'offload'])
  const { root, followSymlinks = false } = options
  if (typeof followSymlinks !== 'boolean') {
    throw invalidType("option 'files.followSymlinks'", 'a boolean', followSymlinks, 'INVALID_OPTION')
  }
  return {
    root: readRoot("option 'files.root'", root),
    followSymlinks,
    cache: readCache(options.cache),
    offload: readOffload(options.offload),
  }
}

function readCache(value: unknown): FileCache | undefined {
  if (value === undefined) return undefined
  checkKeys("option 'files.cache'", value, ['maxBytes', 'maxFileSize', 'maxAge'])
  const { maxBytes = 64 * MEGABYTE, maxFileSize = MEGABYTE, maxAge = 0 } = value as CacheOptions
  for (const [key, bytes] of Object.entries({ maxBytes, maxFileSize })) {
    if (typeof bytes !== 'number' || !(bytes >= 0)) {
      throw invalidType(`option 'files.cache.${key}'`, 'a number of octets', bytes, 'INVALID_OPTION')
    }
  }
  const maxAgeMs = durationMs(maxAge, "option 'files.cache.maxAge'", 'INVALID_OPTION')
  return new FileCache({ maxBytes, maxFileSize, maxAgeMs })
}

/** An absolute path, or `undefined` where there is no root. */
export function readRoot(subject: string, root: unknown): string | undefined {
  if (root === undefined || root === null) return undefined
  if (typeof root !== 'string' || root === '' || root.includes('\0')) {
    throw invalidType(subject, 'the path of a directory', root, 'INVALID_OPTION')
  }
  return resolve(root)
}
