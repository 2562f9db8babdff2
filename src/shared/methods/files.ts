import { invalidRange, invalidType } from '../checks/errors.js'
import { EXCHANGE, type Exchange } from '../exchange/exchange.js'
import type { Sent } from '../exchange/sent.js'
import { isPathBelow } from '../files/disk/resolve-path.js'
import { deleteUnsent, describeDownload, describeFile } from '../files/file.js'
import type { FileOptions } from '../files/file-options.js'
import type { FileSettings } from '../files/file-settings.js'
import { type FileSource, releaseOnThrow } from '../files/file-source.js'
import { acceptZip, describeZip } from '../files/zip/zip.js'
import { releaseZipSource, type ZipSource } from '../files/zip/zip-entries.js'
import type { ZipOptions } from '../files/zip/zip-options.js'
import type { KitTarget } from './target.js'

/** Called once: when the response has ended, or with the failure. Its code is `ECONNABORTED` if the client left. */
export type FileCallback = (error?: Error) => void

/** The method that shows a file. */
export interface FileMethod {
  /**
   * Sends a file that the browser shows, with validators, ranges, 304, 412 and 416 (RFC 9110 §13, §14).
   *
   * @param source A path, a `file:` URL, a FileHandle, bytes, a Blob, a fetch `Response`, a stream, an iterable, an object
   *   that reads any part, or a function that makes one when it is needed.
   * @param options A number for `maxAge` is milliseconds, as in Express.
   * @returns A promise that settles when the response has ended (Express) or its body is set (Koa), and never rejects.
   * @throws `INVALID_ARGUMENT` for another source, `INVALID_OPTION` for a bad option, `ALREADY_SENT` after another
   *   finishing call.
   * @example
   * res.file('manual.pdf', { root: '/srv/docs' })
   */
  file(source: FileSource, options?: FileOptions): Sent
  /**
   * Sends a file that the browser shows, and tells the callback how it ended.
   *
   * @param source A path, a `file:` URL, a FileHandle, bytes, a Blob, a fetch `Response`, a stream, an iterable, an object
   *   that reads any part, or a function that makes one when it is needed.
   * @param callback Is called once, when the response has ended or with the failure, in place of the framework.
   * @throws `INVALID_ARGUMENT` for another source, `ALREADY_SENT` after another finishing call.
   * @example
   * res.file('/srv/docs/manual.pdf', (error) => log(error ?? 'sent'))
   */
  file(source: FileSource, callback: FileCallback | undefined): void
  /**
   * Sends a file that the browser shows, with options, and tells the callback how it ended.
   *
   * @param source A path, a `file:` URL, a FileHandle, bytes, a Blob, a fetch `Response`, a stream, an iterable, an object
   *   that reads any part, or a function that makes one when it is needed.
   * @param options A number for `maxAge` is milliseconds, as in Express.
   * @param callback Is called once, when the response has ended or with the failure, in place of the framework.
   * @throws `INVALID_ARGUMENT` for another source, `INVALID_OPTION` for a bad option, `ALREADY_SENT` after another
   *   finishing call.
   * @example
   * res.file('manual.pdf', { root: '/srv/docs' }, (error) => log(error ?? 'sent'))
   */
  file(source: FileSource, options: FileOptions | undefined, callback: FileCallback | undefined): void
}

/** The method that sends an archive. */
export interface ZipMethod {
  /**
   * Sends several sources as one zip archive, made while it is sent (PKWARE APPNOTE). The promise resolves when the
   * response has ended (Express) or its body is set (Koa), and never rejects.
   *
   * @param entries Objects with `name` and `source`. A list is checked at once, an async iterable while it is read.
   * @param filename The name in the browser. Default: `archive.zip`.
   * @param options Default: entries are compressed; a name that is taken is refused; an entry that cannot be opened
   * cuts the archive.
   * @throws `INVALID_ARGUMENT` for a bad entry, `INVALID_OPTION` for a bad option, `ALREADY_SENT` after another answer.
   * @example
   * res.zip([{ name: 'dawn.jpg', source: '/srv/photos/dawn.jpg' }], 'photos.zip', { compress: false })
   */
  zip(entries: ZipSource, filename?: string, options?: ZipOptions): Sent
}

/** Koa has no `download`. Express has one: its types are joined with this one in the adapter. */
export interface DownloadMethod {
  /**
   * Sends a file that the browser saves (RFC 6266), under its own name.
   *
   * @param source A path, a `file:` URL, a FileHandle, bytes, a Blob, a fetch `Response`, a stream, an iterable, an object
   *   that reads any part, or a function that makes one when it is needed.
   * @param options A number for `maxAge` is milliseconds, as in Express.
   * @returns A promise that settles when the response has ended (Express) or its body is set (Koa), and never rejects.
   * @throws `INVALID_ARGUMENT` for another source or filename, `INVALID_OPTION` for a bad option, `ALREADY_SENT` after
   *   another finishing call.
   * @example
   * res.download('u-7.pdf', { root: '/srv/invoices' })
   */
  download(source: FileSource, options?: FileOptions | null): Sent
  /**
   * Sends a file that the browser saves (RFC 6266), under the given name.
   *
   * @param source A path, a `file:` URL, a FileHandle, bytes, a Blob, a fetch `Response`, a stream, an iterable, an object
   *   that reads any part, or a function that makes one when it is needed.
   * @param filename The name in the browser. Default: the own name of the file.
   * @param options A number for `maxAge` is milliseconds, as in Express.
   * @returns A promise that settles when the response has ended (Express) or its body is set (Koa), and never rejects.
   * @throws `INVALID_ARGUMENT` for another source or filename, `INVALID_OPTION` for a bad option, `ALREADY_SENT` after
   *   another finishing call.
   * @example
   * res.download('u-7.pdf', 'invoice.pdf', { root: '/srv/invoices' })
   */
  download(source: FileSource, filename: string | null | undefined, options?: FileOptions | null): Sent
  /**
   * Sends a file that the browser saves (RFC 6266), and tells the callback how it ended.
   *
   * @param source A path, a `file:` URL, a FileHandle, bytes, a Blob, a fetch `Response`, a stream, an iterable, an object
   *   that reads any part, or a function that makes one when it is needed.
   * @param callback Is called once, when the response has ended or with the failure, in place of the framework.
   * @throws `INVALID_ARGUMENT` for another source or filename, `INVALID_OPTION` for a bad option, `ALREADY_SENT` after
   *   another finishing call.
   * @example
   * res.download('/srv/invoices/u-7.pdf', (error) => log(error ?? 'sent'))
   */
  download(source: FileSource, callback: FileCallback | undefined): void
  /**
   * Sends a file that the browser saves (RFC 6266), with a filename or options, and tells the callback how it ended.
   *
   * @param source A path, a `file:` URL, a FileHandle, bytes, a Blob, a fetch `Response`, a stream, an iterable, an object
   *   that reads any part, or a function that makes one when it is needed.
   * @param filenameOrOptions The name in the browser, or options.
   * @param callback Is called once, when the response has ended or with the failure, in place of the framework.
   * @throws `INVALID_ARGUMENT` for another source or filename, `INVALID_OPTION` for a bad option, `ALREADY_SENT` after
   *   another finishing call.
   * @example
   * res.download('/srv/invoices/u-7.pdf', 'invoice.pdf', (error) => log(error ?? 'sent'))
   */
  download(
    source: FileSource,
    filenameOrOptions: string | FileOptions | null | undefined,
    callback: FileCallback | undefined,
  ): void
  /**
   * Sends a file that the browser saves (RFC 6266), and tells the callback how it ended.
   *
   * @param source A path, a `file:` URL, a FileHandle, bytes, a Blob, a fetch `Response`, a stream, an iterable, an object
   *   that reads any part, or a function that makes one when it is needed.
   * @param filename The name in the browser. Default: the own name of the file.
   * @param options A number for `maxAge` is milliseconds, as in Express.
   * @param callback Is called once, when the response has ended or with the failure, in place of the framework.
   * @throws `INVALID_ARGUMENT` for another source or filename, `INVALID_OPTION` for a bad option, `ALREADY_SENT` after
   *   another finishing call.
   * @example
   * res.download('u-7.pdf', 'invoice.pdf', { root: '/srv/invoices' }, (error) => log(error ?? 'sent'))
   */
  download(
    source: FileSource,
    filename: string | null | undefined,
    options: FileOptions | null | undefined,
    callback: FileCallback | undefined,
  ): void
}

/**
 * The last argument of `download` in Express's types: a callback, or one of `Others`. One signature stands for all of them.
 * TypeScript names the mistake in an option only if it has at most three signatures to compare, and two are Express's own.
 */
export type LastDownloadArgument<Given, Others> = Given extends FileCallback ? Given : Others | FileCallback

/** A call with a callback returns nothing: the callback tells how the response ended. */
// biome-ignore lint/suspicious/noConfusingVoidType: it is a return type
export type SentWithoutCallback<Given> = Given extends FileCallback ? void : Sent

type FileArgument = FileOptions | FileCallback | undefined
type DownloadArgument = string | FileOptions | FileCallback | null | undefined

export const fileMethods: FileMethod & DownloadMethod & ZipMethod & ThisType<KitTarget> = {
  file(source: FileSource, ...rest: FileArgument[]) {
    const exchange = this[EXCHANGE]
    const { options, callback } = releaseOnThrow(source, () => readFileArguments(rest))
    try {
      refuseIfAnswered(exchange, 'file()', source, options)
    } catch (error) {
      return exchange.tellRefusal(error, callback)
    }
    return exchange.finishLater(describeFile(exchange, source, options), callback)
  },
  download(source: FileSource, ...rest: DownloadArgument[]) {
    const exchange = this[EXCHANGE]
    const keeps = rest.find((each) => typeof each === 'object' && each !== null)
    const { files } = exchange.facts.settings
    const { filename, options, callback } = releaseOnThrow(source, () => readArguments(rest, files), keeps)
    try {
      refuseIfAnswered(exchange, 'download()', source, options)
    } catch (error) {
      return exchange.tellRefusal(error, callback)
    }
    return exchange.finishLater(describeDownload(exchange, source, filename, options), callback)
  },
  zip(entries, filename, options) {
    const exchange = this[EXCHANGE]
    try {
      exchange.refuseIfAnswered('zip()')
    } catch (error) {
      releaseZipSource(entries)
      return exchange.tellRefusal(error)
    }
    return exchange.finishLater(describeZip(exchange, acceptZip(entries, filename, options)))
  },
}

/** A file that the refused call would have deleted is still deleted. */
function refuseIfAnswered(
  exchange: Exchange,
  call: string,
  source: FileSource,
  options: FileOptions | null | undefined,
): void {
  try {
    releaseOnThrow(source, () => exchange.refuseIfAnswered(call), options)
  } catch (error) {
    deleteUnsent(exchange, call, source, options)
    throw error
  }
}

interface FileArguments {
  readonly options: FileOptions | undefined
  readonly callback: FileCallback | undefined
}

/** Reads (callback), (options) and (options, callback). */
function readFileArguments([second, third]: readonly FileArgument[]): FileArguments {
  if (typeof second === 'function') {
    if (third !== undefined) throw invalidType('file(): options', 'an object before the callback', second)
    return { options: undefined, callback: second }
  }
  if (third !== undefined && typeof third !== 'function') throw invalidType('file(): callback', 'a function', third)
  return { options: second, callback: third }
}

interface DownloadArguments {
  readonly filename: string | null | undefined
  readonly options: FileOptions | null | undefined
  readonly callback: FileCallback | undefined
}

/** Reads (callback), (filename, callback), (options, callback) and (filename, options, callback), without the last ones too. */
function readArguments(
  [second, third, fourth]: readonly DownloadArgument[],
  settings: FileSettings,
): DownloadArguments {
  const list = [second, third, fourth]
  const at = list.findIndex((each) => typeof each === 'function')
  const callback = at < 0 ? undefined : list[at]
  const [first, last] = at < 0 ? list : list.slice(0, at)
  if (callback !== undefined && typeof callback !== 'function')
    throw invalidType('download(): callback', 'a function', callback)
  if (at < 0 && fourth !== undefined) throw invalidType('download(): callback', 'a function', fourth)
  if (typeof first === 'function' || typeof last === 'function')
    throw invalidType('download(): options', 'an object', last)
  const late = at < 0 ? undefined : list.slice(at + 1).find((each) => each !== undefined)
  if (late !== undefined) throw invalidType('download(): options', 'before the callback', late)
  if (typeof first === 'object' && first !== null) {
    if (last !== undefined || Array.isArray(first)) throw invalidType('download(): filename', 'a string', first)
    return { filename: undefined, options: checkedInPlaceOfFilename(first, settings), callback }
  }
  if (typeof last === 'string') throw invalidType('download(): options', 'an object', last)
  return { filename: first, options: last, callback }
}

/**
 * An object in the place of the filename may come from a query or a JSON body (`?name[deleteAfterSend]=1`): it deletes
 * nothing, and leaves no root of the app. Express's own tests give `dotfiles: 'allow'` there, so that counts.
 */
function checkedInPlaceOfFilename(options: FileOptions, { root: rootOfApp }: FileSettings): FileOptions {
  const { deleteAfterSend = false, followSymlinks = false, root, index, extensions } = options
  const leavesRoot = rootOfApp !== undefined && typeof root === 'string' && !isPathBelow(root, rootOfApp)
  const refused: readonly (readonly [name: string, value: unknown, isRefused: boolean])[] = [
    ['deleteAfterSend', deleteAfterSend, deleteAfterSend !== false],
    ['followSymlinks', followSymlinks, followSymlinks !== false],
    ['root', root, root === null || leavesRoot],
    ['index', index, index !== undefined],
    ['extensions', extensions, extensions !== undefined],
  ]
  for (const [name, value, isRefused] of refused) {
    if (!isRefused) continue
    const expected = `given after the filename, as in download(path, undefined, { ${name}: ... })`
    throw invalidRange(`download(): option '${name}'`, expected, value)
  }
  return options
}
