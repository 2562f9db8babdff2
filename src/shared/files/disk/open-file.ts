import { type BigIntStats, closeSync, constants, fstatSync, open, read, readlinkSync, realpathSync } from 'node:fs'
import { ResponseKitError } from '../../checks/errors.js'
import { openBelow } from './confinement.js'
import { fileError, notRegularFile, shortBody } from './file-error.js'
import { identityOf } from './file-facts.js'

// Without O_NONBLOCK the open of a FIFO waits until a process writes to it. Windows has neither flag.
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0)

/** As much of a file that takes no block is read to see whether it has its size. */
const LONGEST_PROBE = 64 * 1024

export type ReadDone = (error: Error | null, count: number) => void

/** What an `OpenFile` reads: a descriptor of the kit's own, or one that a FileHandle of the caller owns. */
export interface OpenedDescriptor {
  readonly stats: BigIntStats
  readonly size: number
  readonly isMeasured: boolean
  use(): void
  release(): void
  currentStats(): BigIntStats
  realPath(): string | undefined
  read(buffer: Uint8Array, length: number, position: number, done: ReadDone): void
}

/**
 * The one owner of a descriptor number. The number is closed once, when no user and no read needs it any more; after
 * that every use is refused here, so a number that the system has given to another file is never read or closed.
 */
export class Descriptor implements OpenedDescriptor {
  readonly stats: BigIntStats
  readonly size: number
  /** Whether the size is that of its bytes, as far as `measure()` has found. */
  isMeasured = true
  #fd: number | undefined
  #users = 0
  #readsUnderWay = 0

  constructor(fd: number) {
    this.#fd = fd
    try {
      // The inode is in memory once the file is open: a trip to the thread pool would cost more.
      this.stats = fstatSync(fd, { bigint: true })
    } catch (error) {
      this.#closeUnused()
      throw error
    }
    this.size = Number(this.stats.size)
  }

  /** One user more. */
  use(): void {
    this.#number()
    this.#users++
  }

  /** One user less. The last one, or the last read after it, closes the number. */
  release(): void {
    this.#users--
    this.#closeUnused()
  }

  /** Closes a number that has no user yet. */
  discard(): void {
    this.#closeUnused()
  }

  currentStats(): BigIntStats {
    return fstatSync(this.#number(), { bigint: true })
  }

  /** Linux tells the path that a descriptor is open on, links resolved; `undefined` if the system does not. */
  realPath(): string | undefined {
    if (process.platform !== 'linux') return undefined
    const fd = this.#number()
    try {
      return readlinkSync(`/proc/self/fd/${fd}`)
    } catch {
      return undefined // no /proc
    }
  }

  /** Reads into `buffer` from `position`, as much as one read gives. */
  read(buffer: Uint8Array, length: number, position: number, done: ReadDone): void {
    const fd = this.#number()
    this.#readsUnderWay++
    read(fd, buffer, 0, length, position, (error, count) => {
      this.#readsUnderWay--
      this.#closeUnused()
      done(error, count)
    })
  }

  /** Files of /proc and /sys say that they have 0 or 4096 bytes and have others. */
  async measure(): Promise<void> {
    this.#users++ // the end of a read closes the number if there is no user
    this.isMeasured = await hasItsSize(this)
    this.#users--
  }

  /** Calls `use` with a path that goes through this directory, as it is open, to the entry `name`. Needs /proc. */
  insideDirectory(name: string, use: (path: string) => void): void {
    try {
      use(`/proc/self/fd/${this.#number()}/${name}`)
    } finally {
      this.#closeUnused()
    }
  }

  #number(): number {
    if (this.#fd === undefined) throw closedFile()
    return this.#fd
  }

  #closeUnused(): void {
    const fd = this.#fd
    if (fd === undefined || this.#users > 0 || this.#readsUnderWay > 0) return
    this.#fd = undefined
    try {
      closeSync(fd)
    } catch {
      // The number is free even if the close reports an error: a second try could close another file.
    }
  }
}

/** Files of /proc and /sys take no block. Windows keeps small files beside their name, in no block either. */
export function mayHaveAnotherSize({ stats }: Pick<OpenedDescriptor, 'stats'>): boolean {
  return stats.blocks === 0n && process.platform !== 'win32'
}

/** Whether a file has as many bytes as it says. */
export async function hasItsSize(file: Pick<OpenedDescriptor, 'size' | 'read'>): Promise<boolean> {
  const expected = Math.min(file.size, LONGEST_PROBE)
  const probe = Buffer.allocUnsafeSlow(expected + 1)
  const count = await new Promise<number | undefined>((resolve) => {
    file.read(probe, probe.byteLength, 0, (error, read) => resolve(error === null ? read : undefined))
  })
  if (count === undefined) return false // the reader of the file meets the failure
  return file.size > expected ? count > expected : count === expected
}

/** A regular file as one user has it open: its facts and its bytes come from the same descriptor. */
export class OpenFile {
  readonly #descriptor: OpenedDescriptor
  #isClosed = false

  constructor(descriptor: OpenedDescriptor) {
    this.#descriptor = descriptor
    descriptor.use()
  }

  /** Another use of the same descriptor. It has a close of its own. */
  share(): OpenFile {
    if (this.#isClosed) throw closedFile()
    return new OpenFile(this.#descriptor)
  }

  /** The path of the file with its links resolved; `path` is the one that it was opened by. */
  realPath(path: string): string {
    if (this.#isClosed) throw closedFile()
    const real = this.#descriptor.realPath()
    if (real !== undefined) return real
    try {
      return realpathSync.native(path)
    } catch {
      return path
    }
  }

  get stats(): BigIntStats {
    return this.#descriptor.stats
  }

  get size(): number {
    return this.#descriptor.size
  }

  get isMeasured(): boolean {
    return this.#descriptor.isMeasured
  }

  /** Whether the file has been written to since it was opened. */
  isChanged(): boolean {
    if (this.#isClosed) throw closedFile()
    return identityOf(this.#descriptor.currentStats()) !== identityOf(this.stats)
  }

  /** Reads into `buffer` from `position`, as much as one read gives. After `close` it fails and reads nothing. */
  read(buffer: Uint8Array, length: number, position: number, done: ReadDone): void {
    if (this.#isClosed) process.nextTick(done, closedFile(), 0)
    else this.#descriptor.read(buffer, length, position, done)
  }

  /** Resolves with the buffer when it holds as many bytes as are wanted; fewer are a failure. */
  readFully(buffer: Buffer, wanted: number, position: number): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const fill = (filled: number): void => {
        if (filled === wanted) {
          resolve(buffer)
          return
        }
        const rest = filled === 0 ? buffer : buffer.subarray(filled)
        this.read(rest, wanted - filled, position + filled, (error, count) => {
          if (error !== null) reject(fileError(error))
          else if (count === 0) reject(shortBody(wanted, filled))
          else fill(filled + count)
        })
      }
      fill(0)
    })
  }

  /** All bytes, in a buffer that holds nothing else: a small one from Node's pool would keep the whole pool in memory. */
  readWhole(): Promise<Buffer> {
    return this.readFully(Buffer.allocUnsafeSlow(this.size), this.size, 0)
  }

  /** May be called at any time and more than once; a read under way keeps the descriptor until it is through. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#descriptor.release()
  }
}

/**
 * Opens a regular file. With a `root`, a file that a symbolic link leads to outside of it is not found, whether it is
 * there or not.
 */
export function openFile(path: string, root: string | undefined): Promise<OpenFile> {
  const opening = root === undefined ? openRegular(path) : openBelow(path, root, openRegular)
  return opening.then(useOpened)
}

function useOpened(descriptor: Descriptor): OpenFile | Promise<OpenFile> {
  if (!mayHaveAnotherSize(descriptor)) return new OpenFile(descriptor)
  return descriptor.measure().then(() => new OpenFile(descriptor))
}

/** Linux: names a directory without reading it. So a directory that may be written but not read can be opened. */
const O_PATH = 0o10000000

/** A directory as the system has it open; `undefined` if the system cannot look into it that way. */
export async function openDirectory(path: string): Promise<Descriptor | undefined> {
  if (process.platform !== 'linux') return undefined
  return openPath(path, O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW)
}

function openRegular(path: string): Promise<Descriptor> {
  return openPath(path, FLAGS, checkRegular)
}

function checkRegular({ stats }: Descriptor): void {
  if (!stats.isFile()) throw notRegularFile(stats.isDirectory() ? 'EISDIR' : 'ENXIO')
}

function openPath(path: string, flags: number, check?: (opened: Descriptor) => void): Promise<Descriptor> {
  return new Promise((resolve, reject) => {
    open(path, flags, (error, fd) => {
      if (error !== null) return reject(fileError(error))
      let descriptor: Descriptor | undefined
      try {
        descriptor = new Descriptor(fd)
        check?.(descriptor)
        resolve(descriptor)
      } catch (cause) {
        descriptor?.discard()
        reject(fileError(cause))
      }
    })
  })
}

function closedFile(): ResponseKitError {
  return new ResponseKitError('SOURCE_FAILED', 'The file is closed')
}
