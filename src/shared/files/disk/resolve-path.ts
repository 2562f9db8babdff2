import { realpath } from 'node:fs/promises'
import { isAbsolute, resolve, sep } from 'node:path'
import { forbiddenPath, outsideAppRoot } from './file-error.js'

/** The answer to a path with a name that begins with a dot: 404, 403 or the file. */
export type Dotfiles = 'ignore' | 'deny' | 'allow'

// CON, NUL, COM1 ... and CON.txt: devices in every directory of Windows.
export const DEVICE_NAME: RegExp =
  /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3])[ ]*(?:[.:]|$)/i

const DRIVE = /^[a-z]:/i

/**
 * The absolute path of a file, decided without a look at the disk. Below a root, everything that could leave it is
 * refused, on every platform alike. Without a root, the developer chooses the path.
 */
export function resolvePath(path: string, root: string | undefined, dotfiles: Dotfiles): string {
  if (path.includes('\0')) throw forbiddenPath(400)
  const below = root === undefined ? resolve(path) : segmentsBelow(path).join(sep)
  if (dotfiles !== 'allow' && hasDotSegment(below)) throw forbiddenPath(dotfiles === 'deny' ? 403 : 404)
  // A trailing slash asks for a directory, which is never sent.
  if (path.endsWith('/') || path.endsWith('\\') || below === '') throw forbiddenPath(404)
  return root === undefined ? below : resolve(root, below)
}

/**
 * A path for the root of the app, which holds for relative paths. An absolute one in it is taken as the relative one; one
 * outside of it is refused, whether there is a file or not. The root may be a link, and the path may begin with its target.
 */
export async function pathBelowAppRoot(path: string, root: string): Promise<string> {
  if (!isAbsolute(path) || path.includes('\0')) return path
  const absolute = resolve(path)
  const below = partBelow(absolute, root) ?? partBelow(absolute, await realpath(root).catch(() => root))
  if (below === undefined) throw outsideAppRoot()
  return path.endsWith('/') && below !== '' ? `${below}/` : below
}

/** The part of a path that is below a directory, with slashes. `undefined`: the path is not below it. */
function partBelow(path: string, directory: string): string | undefined {
  if (path === directory) return ''
  const start = directory.endsWith(sep) ? directory : directory + sep
  return path.startsWith(start) ? path.slice(start.length).replaceAll(sep, '/') : undefined
}

/** Whether a path is a directory or below it, by its text alone. */
export function isPathBelow(path: string, directory: string): boolean {
  return partBelow(resolve(path), resolve(directory)) !== undefined
}

/** Whether a segment begins with a dot. A single dot is the directory itself. */
function hasDotSegment(path: string): boolean {
  if (!path.startsWith('.') && !path.includes(`${sep}.`)) return false
  return path.split(sep).some((segment) => segment.length > 1 && segment.startsWith('.'))
}

/** The segments of a relative path. As in Express, `..` may remove the segment before it, but nothing above the root. */
function segmentsBelow(path: string): string[] {
  if (path.startsWith('/') || path.includes('\\')) throw forbiddenPath(403)
  const segments: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue
    // The first segment that stays may be a drive, as in `./c:/a`: Windows would then forget the root.
    if (segments.length === 0 && DRIVE.test(segment)) throw forbiddenPath(403)
    if (segment !== '..') segments.push(segment)
    else if (segments.pop() === undefined) throw forbiddenPath(403)
  }
  if (segments.some((segment) => DEVICE_NAME.test(segment))) throw forbiddenPath(403)
  return segments
}
