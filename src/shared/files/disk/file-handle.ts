import { type BigIntStats, fstatSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { toError } from '../../checks/errors.js'
import { fileError, notRegularFile } from './file-error.js'
import { hasItsSize, mayHaveAnotherSize, type OpenedDescriptor, OpenFile, type ReadDone } from './open-file.js'

/** A file that the caller has opened. `closes` says whether the kit closes it, after its last use. */
export async function openHandle(handle: FileHandle, closes: boolean): Promise<OpenFile> {
  try {
    const descriptor = new HandleDescriptor(handle, await handle.stat({ bigint: true }), closes)
    if (!descriptor.stats.isFile()) throw notRegularFile(descriptor.stats.isDirectory() ? 'EISDIR' : 'ENXIO')
    if (mayHaveAnotherSize(descriptor)) descriptor.isMeasured = await hasItsSize(descriptor)
    return new OpenFile(descriptor)
  } catch (error) {
    if (closes) handle.close().catch(() => {})
    throw fileError(error)
  }
}

/**
 * The caller's FileHandle owns the number: every read goes through it, and Node refuses reads after its close. Each read
 * names its position, so it does not move the position of the handle.
 */
class HandleDescriptor implements OpenedDescriptor {
  readonly stats: BigIntStats
  readonly size: number
  isMeasured = true
  readonly #handle: FileHandle
  readonly #closes: boolean
  #users = 0

  constructor(handle: FileHandle, stats: BigIntStats, closes: boolean) {
    this.#handle = handle
    this.stats = stats
    this.size = Number(stats.size)
    this.#closes = closes
  }

  use(): void {
    this.#users++
  }

  release(): void {
    this.#users--
    if (this.#users === 0 && this.#closes) this.#handle.close().catch(() => {}) // it waits for the reads under way
  }

  currentStats(): BigIntStats {
    return fstatSync(this.#handle.fd, { bigint: true })
  }

  /** A handle tells no path. */
  realPath(): undefined {}

  read(buffer: Uint8Array, length: number, position: number, done: ReadDone): void {
    this.#handle.read(buffer, 0, length, position).then(
      ({ bytesRead }) => process.nextTick(done, null, bytesRead),
      (reason) => process.nextTick(done, toError(reason), 0),
    )
  }
}
