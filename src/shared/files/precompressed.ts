import { invalidRange, ResponseKitError } from '../checks/errors.js'
import { textsIn } from '../checks/iterator.js'
import type { RequestFacts } from '../exchange/request-facts.js'
import { acceptableCodings, preferredCodings } from '../fields/preferences.js'
import { isOlder } from './disk/file-facts.js'
import { type OpenFile, openFile } from './disk/open-file.js'

/** A content coding that a sibling file may have. */
export type Precompression = 'br' | 'gzip' | 'zstd'

const EXTENSIONS: Readonly<Record<Precompression, string>> = { br: '.br', gzip: '.gz', zstd: '.zst' }

export function readPrecompressed(subject: string, value: unknown): readonly Precompression[] {
  if (value === undefined) return []
  const names = textsIn(value) // a list in the list would become text
  if (names?.every(isPrecompression)) return names
  throw invalidRange(subject, "a list of 'br', 'gzip' and 'zstd'", value)
}

function isPrecompression(name: string): name is Precompression {
  return Object.hasOwn(EXTENSIONS, name)
}

/** A form of a file that was made ahead of time, such as `x.br`. */
export interface Precompressed {
  readonly file: OpenFile
  readonly path: string
  readonly coding: Precompression
}

/** The sibling that the client likes best (RFC 9110 §12.5.3), if it likes one better, and one is as new as the file. */
export async function findPrecompressed(
  facts: RequestFacts,
  file: OpenFile,
  path: string,
  root: string | undefined,
  offered: readonly Precompression[],
): Promise<Precompressed | undefined> {
  for (const coding of preferredCodings(facts.field('accept-encoding'), offered)) {
    const sibling = await openSibling(path, root, coding)
    if (sibling === undefined) continue
    if (!isOlder(sibling.file.stats, file.stats)) return sibling
    sibling.file.close()
  }
  return undefined
}

/**
 * The form that the client likes best of a file that is not there itself; `undefined` if no form is there either.
 *
 * @throws `NOT_ACCEPTABLE` if there are only forms that the client does not accept (RFC 9110 §15.5.7).
 */
export async function findFormAlone(
  facts: RequestFacts,
  path: string,
  root: string | undefined,
  offered: readonly Precompression[],
): Promise<Precompressed | undefined> {
  const acceptable = acceptableCodings(facts.field('accept-encoding'), offered)
  for (const coding of acceptable) {
    const form = await openSibling(path, root, coding)
    if (form !== undefined) return form
  }
  for (const coding of offered) {
    if (acceptable.includes(coding)) continue
    const form = await openSibling(path, root, coding)
    if (form === undefined) continue
    form.file.close()
    throw new ResponseKitError('NOT_ACCEPTABLE', 'The file is there only in codings that the client does not accept', {
      status: 406,
    })
  }
  return undefined
}

async function openSibling(
  path: string,
  root: string | undefined,
  coding: Precompression,
): Promise<Precompressed | undefined> {
  const siblingPath = path + EXTENSIONS[coding]
  const file = await openFile(siblingPath, root).catch(() => undefined)
  return file && { file, path: siblingPath, coding }
}
