import { ResponseKitError } from '../checks/errors.js'
import { describeDownload } from '../files/download.js'
import { describeFile } from '../files/file.js'
import type { FileOptions } from '../files/file-options.js'
import { checkSource, type FileSource } from '../files/file-source.js'
import { describeZip } from '../files/zip/zip.js'
import { checkZipEntries, type ZipEntry } from '../files/zip/zip-entry.js'
import { releaseSource } from '../streams/pull-source.js'
import { checkOctetSource, isNodeStream, isWebStream, type StreamSource } from '../streams/stream-source.js'
import { describeStreaming } from '../streams/streaming.js'
import type { BodyKind, Described, ReplyBody } from './reply-body.js'

export function streamingBody(source: StreamSource): ReplyBody {
  checkOctetSource('streaming: source', source)
  return sourceBody('streaming', source, (exchange) => describeStreaming(exchange, source))
}

export function fileBody(source: FileSource, options?: FileOptions): ReplyBody {
  const checked = checkSource('file()', source)
  return sourceBody('file', source, (exchange) => describeFile(exchange, checked, options))
}

export function downloadBody(source: FileSource, filename?: string, options?: FileOptions): ReplyBody {
  const checked = checkSource('download()', source)
  return sourceBody('download', source, (exchange) => describeDownload(exchange, checked, filename, options))
}

export function zipBody(entries: Iterable<ZipEntry>, filename?: string): ReplyBody {
  const checked = checkZipEntries(entries)
  const sources = checked.map(({ source }) => source)
  return sourceBody('zip', sources.find(isOneShot) ?? checked, (exchange) => describeZip(exchange, checked, filename))
}

/** A source that can be read once makes a body that can be sent once. */
function sourceBody(kind: BodyKind, content: unknown, describe: ReplyBody['describe']): ReplyBody {
  if (!isOneShot(content)) return { kind, content, describe }
  let isSpent = false
  const describeOnce = (...given: Parameters<typeof describe>): Described => {
    if (isSpent) {
      const message = `Reply: its ${kind} source can be read only once and has been sent; give a function that makes a new one`
      throw new ResponseKitError('ALREADY_SENT', message)
    }
    isSpent = true
    return describe(...given)
  }
  const release = (): void => {
    if (!isSpent) releaseSource(content) // else whoever sends it does
  }
  return { kind, content, describe: describeOnce, release }
}

/** A stream, or an iterator: what has been read of it is gone. */
function isOneShot(source: unknown): boolean {
  if (typeof source !== 'object' || source === null) return false
  return isNodeStream(source) || isWebStream(source) || ('next' in source && typeof source.next === 'function')
}
