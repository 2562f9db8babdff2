import { resolve, sep } from 'node:path'
import { forbiddenPath } from './file-error.js'

/** The answer to a path with a name that begins with a dot: 404, 403 or the file. */
export type Dotfiles = 'ignore' | 'deny' | 'allow'

// CON, NUL, COM1 ... and CON.txt: devices in every directory of Windows.
export const DEVICE_NAME: RegExp =
  /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3])[ ]*(?:[.:]|$)/i

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

/** Whether a segment begins with a dot. A single dot is the directory itself. */
function hasDotSegment(path: string): boolean {
  if (!path.startsWith('.') && !path.includes(`${sep}.`)) return false
  return path.split(sep).some((segment) => segment.length > 1 && segment.startsWith('.'))
}

/** The segments of a relative path. As in Express, `..` may remove the segment before it, but nothing above the root. */
function segmentsBelow(path: string): string[] {
  if (path.startsWith('/') || path.includes('\\') || /^[a-z]:/i.test(path)) throw forbiddenPath(403)
  const segments: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue
    if (segment !== '..') segments.push(segment)
    else if (segments.pop() === undefined) throw forbiddenPath(403)
  }
  if (segments.some((segment) => DEVICE_NAME.test(segment))) throw forbiddenPath(403)
  return segments
}
