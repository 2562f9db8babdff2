import { type BigIntStats, lstatSync, unlinkSync } from 'node:fs'
import { realpath } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { isError, toError } from '../../checks/errors.js'
import { type Exchange, isAborted, isAnotherAnswer } from '../../exchange/exchange.js'
import { whenResponseCloses } from '../../exchange/when-response-closes.js'
import { isStillSameFile } from './file-facts.js'
import { openDirectory } from './open-file.js'

/** A file as it was when it was opened, and a root allowed it. */
export interface OpenedPath {
  /** Its path, links resolved. */
  readonly path: string
  readonly stats: BigIntStats
}

/**
 * Deletes a file once the response is over: its whole has been sent, the client has left, or the request has been
 * answered otherwise. It stays after a failure.
 */
export function deleteWhenOver(exchange: Exchange, opened: OpenedPath): void {
  const { facts } = exchange
  const remove = (): void => {
    if (exchange.failure !== undefined && !isAborted(exchange.failure) && !isAnotherAnswer(exchange.failure)) return
    deleteOpened(opened).catch((reason) => exchange.report(toError(reason), false))
  }
  if (facts.aborted || facts.res.closed) remove()
  else whenResponseCloses(facts.req, facts.res, remove)
}

/**
 * Deletes the file if its path still names it, by device, inode and time of creation. On Linux the entry is looked for in
 * the directory that is open. So a directory that is exchanged for a link meanwhile leads nowhere else. Look and deletion
 * are one turn of the event loop: the app cannot put a new file there in between.
 */
export async function deleteOpened({ path, stats }: OpenedPath): Promise<void> {
  const remove = (entry: string): void => {
    if (isStillSameFile(lstatSync(entry, { bigint: true }), stats)) unlinkSync(entry)
  }
  const parent = dirname(path)
  try {
    const directory = await openDirectory(parent)
    const opened = directory?.realPath()
    if (directory !== undefined && opened === parent) {
      directory.insideDirectory(basename(path), remove)
      return
    }
    directory?.discard()
    if (opened === undefined && (await realpath(parent)) === parent) remove(path)
  } catch (error) {
    if (!isGone(error)) throw error
  }
}

/** The file, or its directory, has been removed or moved. */
function isGone(error: unknown): boolean {
  const code = isError(error) && 'code' in error ? error.code : undefined
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP'
}
