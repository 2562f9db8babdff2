import { invalidType } from '../checks/errors.js'
import { EXCHANGE } from '../exchange/exchange.js'
import { describeDownload } from '../files/download.js'
import { describeFile } from '../files/file.js'
import type { FileOptions } from '../files/file-options.js'
import { type FileSource, orRelease } from '../files/file-source.js'
import { describeZip } from '../files/zip/zip.js'
import type { ZipEntry } from '../files/zip/zip-entry.js'
import type { KitTarget } from './target.js'

/** Called once: when the answer has ended, or with the failure, `ECONNABORTED` where the client went away. */
export type FileCallback = (error?: Error) => void

export interface FileMethod {
  /**
   * A file shown in the browser: validators, ranges, 304, 412 and 416 as RFC 9110 has them. Settles when the response
   * has ended (Express) or its body is set (Koa), and never rejects.
   */
  file(source: FileSource, options?: FileOptions): Promise<void>
}

export interface ZipMethod {
  /**
   * Several sources as one zip archive, made as it is sent. Names are checked before anything is opened; an entry that
   * fails later destroys the connection.
   */
  zip(entries: Iterable<ZipEntry>, filename?: string): Promise<void>
}

export interface DownloadMethod {
  /**
   * A file saved by the browser, as `filename` (default: its own name). Express's own arguments mean what they mean
   * there; a callback gets the failure in place of the framework.
   */
  download(source: FileSource, callback?: FileCallback): Promise<void>
  download(source: FileSource, options: FileOptions | null, callback?: FileCallback): Promise<void>
  download(source: FileSource, filename: string | null | undefined, callback?: FileCallback): Promise<void>
  download(
    source: FileSource,
    filename: string | null | undefined,
    options: FileOptions | null | undefined,
    callback?: FileCallback,
  ): Promise<void>
}

type DownloadArgument = string | FileOptions | FileCallback | null | undefined

export const fileMethods: FileMethod & DownloadMethod & ZipMethod & ThisType<KitTarget> = {
  file(source, options) {
    const exchange = this[EXCHANGE]
    orRelease(source, () => exchange.begin('file()'))
    return exchange.finishLater(describeFile(exchange, source, options))
  },
  download(source: FileSource, ...rest: DownloadArgument[]) {
    const exchange = this[EXCHANGE]
    orRelease(source, () => exchange.begin('download()'))
    const { filename, options, callback } = readArguments(rest)
    return exchange.finishLater(describeDownload(exchange, source, filename, options), callback)
  },
  zip(entries, filename) {
    const exchange = this[EXCHANGE]
    exchange.begin('zip()')
    return exchange.finishLater(describeZip(exchange, entries, filename))
  },
}

interface DownloadArguments {
  readonly filename: string | null | undefined
  readonly options: FileOptions | null | undefined
  readonly callback: FileCallback | undefined
}

/** (callback) · (filename, callback) · (options, callback) · (filename, options, callback), each from its start. */
function readArguments([second, third, fourth]: readonly DownloadArgument[]): DownloadArguments {
  const list = [second, third, fourth]
  const at = list.findIndex((each) => typeof each === 'function')
  const callback = at < 0 ? undefined : list[at]
  const [first, last] = at < 0 ? list : list.slice(0, at)
  if (callback !== undefined && typeof callback !== 'function')
    throw invalidType('download(): callback', 'a function', callback)
  if (at < 0 && fourth !== undefined) throw invalidType('download(): callback', 'a function', fourth)
  if (typeof first === 'function' || typeof last === 'function')
    throw invalidType('download(): options', 'an object', last)
  if (typeof first === 'object' && first !== null && last === undefined) {
    return { filename: undefined, options: first, callback }
  }
  if (typeof first === 'object' && first !== null) throw invalidType('download(): filename', 'a string', first)
  if (typeof last === 'string') throw invalidType('download(): options', 'an object', last)
  return { filename: first, options: last, callback }
}
