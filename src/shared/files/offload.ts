import { isAbsolute, resolve, sep } from 'node:path'
import encodeUrl from 'encodeurl'
import { checkKeys } from '../checks/check-keys.js'
import { invalidType } from '../checks/errors.js'
import type { FieldLine } from '../exchange/response-description.js'
import { isToken } from '../fields/quoted-string.js'

/** Hands the sending of files to the web server in front. */
export interface OffloadOptions {
  /**
   * `X-Accel-Redirect` (nginx) or `X-Sendfile` (Apache, lighttpd). By `X-Sendfile` the kit sends only
   * paths that decoding does not change: versions of mod_xsendfile read others differently.
   */
  readonly header: string
  /** The names of directories in that server: `{ '/srv/files': '/protected' }`. The app sends all other files itself. */
  readonly map: Readonly<Record<string, string>>
}

export interface OffloadSettings {
  readonly header: string
  readonly map: readonly (readonly [directory: string, name: string])[]
}

export function readOffload(value: unknown): OffloadSettings | undefined {
  if (value === undefined) return undefined
  const subject = "option 'files.offload'"
  checkKeys(subject, value, ['header', 'map'])
  const { header, map } = value as Partial<OffloadOptions>
  if (typeof header !== 'string' || !isToken(header)) {
    throw invalidType(`${subject}.header`, "'X-Accel-Redirect' or 'X-Sendfile'", header)
  }
  if (typeof map !== 'object' || map === null) throw invalidType(`${subject}.map`, 'a record of directories', map)
  const entries = Object.entries(map).map(([directory, name]): [string, string] => {
    if (!isAbsolute(directory) || typeof name !== 'string' || !name.startsWith('/')) {
      throw invalidType(`${subject}.map`, 'absolute directories to names that begin with /', { [directory]: name })
    }
    return [withoutSlash(resolve(directory)), withoutSlash(name)]
  })
  return { header, map: entries.sort(([a], [b]) => b.length - a.length) } // the longest first
}

/** The field that names the file to the server in front; `undefined` if the map does not have it. */
export function offloadField({ header, map }: OffloadSettings, path: string): FieldLine | undefined {
  const entry = map.find(([directory]) => path.startsWith(directory + sep))
  if (entry === undefined) return undefined
  const [directory, name] = entry
  const segments = path.slice(directory.length).split(sep)
  if (header.toLowerCase() === 'x-sendfile') {
    const plain = name + segments.join('/')
    return SAME_DECODED.test(plain) ? [header, plain] : undefined
  }
  return [header, encodeUrl(name) + segments.map(encodeSegment).join('/')]
}

/**
 * A path that is the same if it is decoded (RFC 3986 §3.3, without `%`). The mod_xsendfile 0.12 of Debian takes the value of
 * `X-Sendfile` as it is; lighttpd and mod_xsendfile 1.0 decode it.
 */
const SAME_DECODED = /^[\w\-.~!$&'()*+,;=:@/]+$/

/** A lone surrogate becomes U+FFFD, as in the path that Node gives to the file system. */
function encodeSegment(segment: string): string {
  return encodeURIComponent(Buffer.from(segment).toString())
}

function withoutSlash(path: string): string {
  return path.endsWith('/') || path.endsWith(sep) ? path.slice(0, -1) : path
}
