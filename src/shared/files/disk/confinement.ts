import { type BigIntStats, lstatSync, realpathSync } from 'node:fs'
import { realpath } from 'node:fs/promises'
import { sep } from 'node:path'
import { ResponseKitError } from '../../checks/errors.js'
import { fileError, forbiddenPath } from './file-error.js'
import { isSameFile } from './file-facts.js'

/** A file that is open, before anyone is given it. */
export interface Confinable {
  readonly stats: BigIntStats
  /** The path that it is open on, links resolved, if the system tells it. */
  realPath(): string | undefined
  /** Closes it. */
  discard(): void
}

type OpenPath<File> = (path: string) => Promise<File>

/**
 * Opens a path that is below `root`, if what it leads to is below it too. A deploy may turn a root that is a link
 * between two steps: then the link is resolved once, and the path is opened below its target.
 */
export async function openBelow<File extends Confinable>(
  path: string,
  root: string,
  open: OpenPath<File>,
): Promise<File> {
  try {
    return await openConfined(path, root, open)
  } catch (error) {
    if (!isNotFound(error)) throw error
    const target = await realpath(root).catch(() => root)
    if (target === root) throw error
    return openConfined(withSeparator(target) + path.slice(withSeparator(root).length), target, open)
  }
}

/** A file may be replaced between its opening and the look at its path. */
const MOST_TRIES = 5

async function openConfined<File extends Confinable>(path: string, root: string, open: OpenPath<File>): Promise<File> {
  for (let tries = 1; ; tries++) {
    const file = await open(path).catch((error) => {
      if (!(error instanceof ResponseKitError) || error.status !== 403) throw error
      return failConfined(error, path, root)
    })
    let real: string | undefined
    try {
      real = file.realPath() ?? pathOf(file.stats, path)
      if (real === path) return file // no symbolic link in it
      if (real !== undefined && (await isBelow(real, root))) return file
    } catch (error) {
      file.discard()
      throw error
    }
    file.discard()
    if (real !== undefined || tries === MOST_TRIES) throw forbiddenPath(404)
  }
}

/**
 * An attacker who turns a link all the time gets through one look in a hundred, and has to get through all of them.
 * Windows does not rename a directory while a file in it is open.
 */
const LOOKS = process.platform === 'win32' ? 1 : 8

/**
 * The path of what is open, on a system that does not tell it: the path with its links resolved, if device and inode
 * there are those of the descriptor at each look. The calls are synchronous, so that little time is between them.
 */
function pathOf(opened: BigIntStats, path: string): string | undefined {
  try {
    const real = realpathSync.native(path)
    for (let look = 0; look < LOOKS; look++) {
      if (!isSameFile(lstatSync(real, { bigint: true }), opened)) return undefined
      if (realpathSync.native(path) !== real) return undefined
    }
    return real
  } catch {
    return undefined // removed or turned meanwhile
  }
}

/** "May not be read" is said of a file below the root only: of another it would tell that it exists. */
async function failConfined(error: Error, path: string, root: string): Promise<never> {
  const real = await realpath(path).catch(() => undefined)
  throw real !== undefined && (await isBelow(real, root)) ? error : forbiddenPath(404)
}

async function isBelow(real: string, root: string): Promise<boolean> {
  const realRoot = await realpath(root).catch((cause) => {
    throw fileError(cause)
  })
  return real.startsWith(withSeparator(realRoot))
}

function withSeparator(directory: string): string {
  return directory.endsWith(sep) ? directory : directory + sep
}

function isNotFound(error: unknown): boolean {
  return error instanceof ResponseKitError && error.status === 404
}
