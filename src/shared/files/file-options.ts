import type { FieldLine } from '../exchange/response-description.js'
import type { Dotfiles } from './disk/resolve-path.js'
import type { Precompression } from './precompressed.js'
import type { OnProgress } from './progress.js'

/** Options of `file` and `download`. Those that Express has mean what they mean there. */
export interface FileOptions {
  /** A friendly filename: without a known extension it takes the file's. */
  readonly name?: string
  /** `true` shows, `false` saves. Default: `download` saves, `file` shows. */
  readonly inline?: boolean
  /** Media type. Default: by the filename's extension, else `application/octet-stream`. */
  readonly type?: string
  /** The directory the path is below and cannot leave. Default: option `files.root`. */
  readonly root?: string
  /** Files and directories whose name begins with a dot: 404, 403 or sent. Default `'ignore'`. */
  readonly dotfiles?: Dotfiles
  /** `'strong'` (default), `'weak'`, `'content'` (a hash), `false`, or an entity-tag such as `'"v1"'`. */
  readonly etag?: boolean | 'strong' | 'weak' | 'content' | (string & {})
  /** Whether Last-Modified is sent. Default `true`. */
  readonly lastModified?: boolean
  /** Whether Cache-Control is sent. Default `true`. */
  readonly cacheControl?: boolean
  /** `max-age`: milliseconds, or a string such as `'4h'`, as in Express. Default 0. */
  readonly maxAge?: number | string
  readonly immutable?: boolean
  /** Whether ranges are answered. Default `true`. */
  readonly acceptRanges?: boolean
  /** Unlinks the file when the response is over, complete or not. Paths only. */
  readonly deleteAfterSend?: boolean
  /** Repr-Digest (RFC 9530). Reads the whole content, once for each version of a file. */
  readonly digest?: 'sha-256' | 'sha-512'
  /** Siblings made beforehand, `x.br`, `x.gz`, `x.zst`, sent by Accept-Encoding. Paths only. */
  readonly precompressed?: readonly Precompression[]
  /** Told how far the body is. */
  readonly onProgress?: OnProgress
  /** Further fields; a Content-Disposition among them is ignored, as in Express. */
  readonly headers?: Readonly<Record<string, string | number | readonly string[]>>
}

export interface FileSendOptions {
  readonly filename: string | undefined
  readonly name: string | undefined
  readonly inline: boolean | undefined
  readonly type: string | undefined
  readonly root: string | undefined
  readonly dotfiles: Dotfiles
  /** `undefined`: the host decides between strong and none. */
  readonly etag: false | string | undefined
  readonly lastModified: boolean
  readonly cacheControl: string | undefined
  readonly isCacheControlGiven: boolean
  readonly acceptRanges: boolean
  readonly deleteAfterSend: boolean
  readonly digest: 'sha-256' | 'sha-512' | undefined
  readonly precompressed: readonly Precompression[]
  readonly onProgress: OnProgress | undefined
  readonly headers: readonly FieldLine[]
}
