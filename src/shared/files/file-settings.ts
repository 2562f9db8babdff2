import { resolve } from 'node:path'
import { checkKeys } from '../checks/check-keys.js'
import { type Duration, durationMs } from '../checks/duration.js'
import { invalidType } from '../checks/errors.js'
import { type OffloadOptions, type OffloadSettings, readOffload } from './offload.js'

const MEGABYTE = 1024 * 1024

/** Option `files` of `responseKit()`. */
export interface FilesOptions {
  /**
   * The directory that relative paths are below and cannot leave. An absolute path has to be in it, or its call says
   * `root: null`. Then the array of a wildcard is a path, too. Default: none.
   */
  readonly root?: string
  /** Whether a symbolic link may lead out of the root. Default `false`. */
  readonly followSymlinks?: boolean
  /** Keeps small files in memory. Default: no file. */
  readonly cache?: CacheOptions
  /** The web server in front sends the files. Default: none. */
  readonly offload?: OffloadOptions
}

/** The option `files.cache` of `responseKit()`. */
export interface CacheOptions {
  /** Bytes of memory in all, with what the cache itself needs for each file. Default 64 MB. */
  readonly maxBytes?: number
  /** Bytes of the largest file that is kept. Default 1 MB. */
  readonly maxFileSize?: number
  /**
   * How long a file is taken to be as it was found. Seconds, or a duration with its unit. Default 0: one look at the
   * disk a request.
   */
  readonly maxAge?: Duration
}

export interface CacheSettings {
  readonly maxBytes: number
  readonly maxFileSize: number
  /** 0: one look at the disk a request. */
  readonly maxAgeMs: number
}

export interface FileSettings {
  readonly root: string | undefined
  readonly followSymlinks: boolean
  readonly cache: CacheSettings | undefined
  readonly offload: OffloadSettings | undefined
}

/** Reads the option `files`. */
export function readFileSettings(value: unknown): FileSettings {
  const options = (value === undefined ? {} : value) as FilesOptions // an object, as checked
  checkKeys("option 'files'", options, ['root', 'followSymlinks', 'cache', 'offload'])
  const { root, followSymlinks = false } = options
  if (typeof followSymlinks !== 'boolean') {
    throw invalidType("option 'files.followSymlinks'", 'a boolean', followSymlinks)
  }
  return {
    root: readRoot("option 'files.root'", root),
    followSymlinks,
    cache: readCache(options.cache),
    offload: readOffload(options.offload),
  }
}

function readCache(value: unknown): CacheSettings | undefined {
  if (value === undefined) return undefined
  checkKeys("option 'files.cache'", value, ['maxBytes', 'maxFileSize', 'maxAge'])
  const { maxBytes = 64 * MEGABYTE, maxFileSize = MEGABYTE, maxAge = 0 } = value as CacheOptions
  for (const [key, bytes] of Object.entries({ maxBytes, maxFileSize })) {
    if (typeof bytes !== 'number' || !(bytes >= 0)) {
      throw invalidType(`option 'files.cache.${key}'`, 'a number of bytes', bytes)
    }
  }
  const maxAgeMs = durationMs(maxAge, "option 'files.cache.maxAge'")
  return { maxBytes, maxFileSize, maxAgeMs }
}

/** An absolute path, or `undefined` if there is no root. */
export function readRoot(subject: string, root: unknown): string | undefined {
  if (root === undefined) return undefined
  if (typeof root !== 'string' || root === '' || root.includes('\0')) {
    throw invalidType(subject, 'the path of a directory', root)
  }
  return resolve(root)
}
