import { extname } from 'node:path'

/** What a path may stand for if it names no file, as in the package `send`. */
export interface PathExtras {
  /** Names of files that stand for their directory. */
  readonly index: readonly string[]
  /** Extensions, without their dots, that the path may lack. */
  readonly extensions: readonly string[]
}

/**
 * The paths to look for, in their order: the path itself, the files that stand for it if it is a directory, and the path
 * with each extension if it has none. A path that ends with a slash is that of a directory.
 */
export function* pathCandidates(path: string, { index, extensions }: PathExtras): Generator<string, void, undefined> {
  const isDirectory = path === '' || path.endsWith('/')
  if (!isDirectory || index.length === 0) yield path
  for (const name of index) yield isDirectory ? path + name : `${path}/${name}`
  if (isDirectory || extname(path) !== '') return
  for (const extension of extensions) yield `${path}.${extension}`
}
