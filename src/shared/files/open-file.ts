import { type BigIntStats, closeSync, constants, fstatSync, open, read, readlinkSync } from 'node:fs'
import { realpath } from 'node:fs/promises'
import { sep } from 'node:path'
import { fileError, forbiddenPath, notRegularFile } from './file-error.js'

// Without O_NONBLOCK a FIFO would hold the request until somebody writes to it. Windows has neither flag.
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0)

/** A regular file, opened once: its facts and its octets come from the same descriptor. */
export class OpenFile {
  readonly fd: number
  readonly stats: BigIntStats
  readonly size: number
  #reading = false
  #closed = false

  constructor(fd: number, stats: BigIntStats) {
    this.fd = fd
    this.stats = stats
    this.size = Number(stats.size)
  }

  /** Reads into `buffer` from `position`; one read at a time. */
  read(buffer: Uint8Array, length: number, position: number, done: (error: Error | null, count: number) => void): void {
    this.#reading = true
    read(this.fd, buffer, 0, length, position, (error, count) => {
      this.#reading = false
      if (this.#closed) closeSync(this.fd)
      done(error, count)
    })
  }

  /** May be called at any time and more than once; a read under way keeps the descriptor until it is through. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    if (!this.#reading) closeSync(this.fd)
  }
}

/** Opens a regular file. With a `root`, whatever a symbolic link leads out of it to is not found, there or not. */
export async function openFile(path: string, root: string | undefined): Promise<OpenFile> {
  const file = await openRegular(path).catch((error) => {
    if (root === undefined || error.status !== 403) throw error
    return confineFailure(error, path, root)
  })
  try {
    if (root !== undefined) await confine(file.fd, path, root)
    return file
  } catch (error) {
    file.close()
    throw error
  }
}

function openRegular(path: string): Promise<OpenFile> {
  return new Promise((resolve, reject) => {
    open(path, FLAGS, (error, fd) => {
      if (error !== null) return reject(fileError(error))
      let failure: unknown
      try {
        // The inode is in memory once the file is open: a trip to the thread pool would cost more.
        const stats = fstatSync(fd, { bigint: true })
        if (stats.isFile()) return resolve(new OpenFile(fd, stats))
        failure = notRegularFile(stats.isDirectory() ? 'EISDIR' : 'ENXIO')
      } catch (cause) {
        failure = fileError(cause)
      }
      closeSync(fd)
      reject(failure)
    })
  })
}

async function confine(fd: number, path: string, root: string): Promise<void> {
  const real = await realPathOf(fd, path)
  if (real === path) return // not a symbolic link in it
  if (!(await isBelow(real, root))) throw forbiddenPath(404)
}

/** "May not be read" is said of a file below the root only: of another it would tell that it exists. */
async function confineFailure(error: unknown, path: string, root: string): Promise<never> {
  const real = await realpath(path).catch(() => undefined)
  throw real !== undefined && (await isBelow(real, root)) ? error : forbiddenPath(404)
}

async function isBelow(real: string, root: string): Promise<boolean> {
  const realRoot = await realpath(root).catch((cause) => {
    throw fileError(cause)
  })
  return real.startsWith(realRoot.endsWith(sep) ? realRoot : realRoot + sep)
}

/** Linux tells what a descriptor is open on: nothing can be exchanged between the check and the reading. */
async function realPathOf(fd: number, path: string): Promise<string> {
  if (process.platform === 'linux') {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`)
    } catch {
      // no /proc
    }
  }
  return realpath(path).catch((cause) => {
    throw fileError(cause)
  })
}
