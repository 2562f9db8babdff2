import { closeSync, constants, fstatSync, open, readlinkSync } from 'node:fs'
import { realpath } from 'node:fs/promises'
import { sep } from 'node:path'
import { endOfTurn } from '../../wire/end-of-turn.js'
import { Descriptor } from './descriptor.js'
import { fileError, forbiddenPath, notRegularFile, sameFailure } from './file-error.js'
import { OpenFile } from './open-file.js'

// Without O_NONBLOCK a FIFO would hold the request until somebody writes to it. Windows has neither flag.
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0)

/** What has been asked for since the last turn of the event loop, by root and path. */
const asked = new Map<string, Promise<Descriptor>>()

/**
 * Opens a regular file. With a `root`, whatever a symbolic link leads out of it to is not found, there or not. Requests
 * for one file that come in together share its opening, which happens after the last of them came: none gets a file
 * older than itself.
 */
export async function openFile(path: string, root: string | undefined): Promise<OpenFile> {
  const key = `${root ?? ''}\0${path}`
  let opening = asked.get(key)
  if (opening === undefined) {
    opening = endOfTurn().then(() => {
      asked.delete(key)
      return openConfined(path, root)
    })
    asked.set(key, opening)
  }
  try {
    return new OpenFile(await opening)
  } catch (error) {
    throw sameFailure(error)
  }
}

async function openConfined(path: string, root: string | undefined): Promise<Descriptor> {
  if (root === undefined) return openRegular(path)
  const descriptor = await openRegular(path).catch((error) => {
    if (error.status !== 403) throw error
    return confineFailure(error, path, root)
  })
  try {
    await confine(descriptor.fd, path, root)
    return descriptor
  } catch (error) {
    closeSync(descriptor.fd)
    throw error
  }
}

function openRegular(path: string): Promise<Descriptor> {
  return new Promise((resolve, reject) => {
    open(path, FLAGS, (error, fd) => {
      if (error !== null) return reject(fileError(error))
      let failure: unknown
      try {
        // The inode is in memory once the file is open: a trip to the thread pool would cost more.
        const stats = fstatSync(fd, { bigint: true })
        if (stats.isFile()) return resolve(new Descriptor(fd, stats))
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
