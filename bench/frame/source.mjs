// Inner functions of the kit for benches that call them one by one. The built package has no file for each of them.
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { build } from 'esbuild'

const root = join(import.meta.dirname, '../..')
const require = createRequire(import.meta.url)

/** What a file of `src` exports: `await importSource('src/shared/cookies/encrypted.ts')`. */
export async function importSource(file) {
  const folder = mkdtempSync(join(root, 'node_modules/.response-kit-bench-')) // inside, so that dependencies are found
  try {
    const outfile = join(folder, 'source.cjs')
    const options = { bundle: true, platform: 'node', format: 'cjs', packages: 'external', logLevel: 'error' }
    await build({ ...options, entryPoints: [join(root, file)], outfile })
    return require(outfile)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
