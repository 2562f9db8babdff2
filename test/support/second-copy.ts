import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

/** The sources loaded once more, as where two versions of the package are installed in one project. */
export async function importSecondCopy(entry: string): Promise<any> {
  // Below the packages of the repository, but not in dist, which a build of another process empties.
  const directory = mkdtempSync(join(root, '.copy-'))
  try {
    cpSync(join(root, 'src'), directory, { recursive: true })
    return await import(join(directory, entry))
  } finally {
    rmSync(directory, { recursive: true })
  }
}
