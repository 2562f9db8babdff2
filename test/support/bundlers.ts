import { renameSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { nodeResolve } from '@rollup/plugin-node-resolve'
import { build as esbuild, transform } from 'esbuild'
import { rolldown } from 'rolldown'
import { type Plugin, rollup } from 'rollup'
import webpack from 'webpack'

// The types of their ES modules name no function.
const require = createRequire(import.meta.url)
const commonjs: () => Plugin = require('@rollup/plugin-commonjs')
const json: () => Plugin = require('@rollup/plugin-json')

export type Format = 'cjs' | 'esm'

export interface BundleOrder {
  /** The project, with the kit in its node_modules. */
  readonly folder: string
  /** A file of it. */
  readonly entry: string
  readonly format: Format
  /** Where the one minified file goes, in the project; `.cjs` or `.mjs` is added. */
  readonly output: string
  /** Packages that stay outside. */
  readonly external: readonly string[]
}

export interface Bundle {
  readonly file: string
  readonly bytes: number
  readonly warnings: readonly string[]
}

/** Each bundler as its documentation says it makes a program for Node.js: no banner, no condition, no special rule. */
export const BUNDLERS: Readonly<Record<string, (order: BundleOrder, file: string) => Promise<readonly string[]>>> = {
  async esbuild({ folder, entry, format, external }, file) {
    const { warnings } = await esbuild({
      absWorkingDir: folder,
      entryPoints: [entry],
      outfile: file,
      bundle: true,
      minify: true,
      platform: 'node',
      format,
      external: [...external],
      logLevel: 'silent',
    })
    return warnings.map(({ text }) => text)
  },

  async rollup({ folder, entry, format, external }, file) {
    const warnings: string[] = []
    const graph = await rollup({
      input: join(folder, entry),
      external: (id) => id.startsWith('node:') || external.includes(id),
      plugins: [nodeResolve({ preferBuiltins: true }), commonjs(), json(), minifying(format)],
      onwarn: ({ message }) => warnings.push(message),
    })
    await graph.write({ file, format, inlineDynamicImports: true })
    await graph.close()
    return warnings
  },

  async rolldown({ folder, entry, format, external }, file) {
    const warnings: string[] = []
    const graph = await rolldown({
      cwd: folder,
      input: join(folder, entry),
      platform: 'node',
      external: [...external],
      onwarn: ({ message }) => warnings.push(message ?? 'a warning'),
    })
    await graph.write({ file, format, minify: true })
    await graph.close()
    return warnings
  },

  async webpack({ folder, entry, format, external }, file) {
    const isModule = format === 'esm'
    const name = 'bundle.js'
    const stats = await new Promise<webpack.Stats>((resolve, reject) => {
      webpack(
        {
          mode: 'production',
          target: 'node20',
          context: folder,
          entry: `./${entry}`,
          externals: Object.fromEntries(external.map((each) => [each, `${isModule ? 'module' : 'commonjs'} ${each}`])),
          ...(isModule ? { experiments: { outputModule: true } } : {}),
          output: { path: `${file}.folder`, filename: name, ...(isModule ? { module: true } : {}) },
        },
        (error, given) => (given === undefined ? reject(error) : resolve(given)),
      )
    })
    const { errors = [], warnings = [] } = stats.toJson({ all: false, errors: true, warnings: true })
    if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('\n'))
    renameSync(join(`${file}.folder`, name), file)
    return warnings.map(({ message }) => message)
  },
}

function minifying(format: Format): Plugin {
  return {
    name: 'minifying',
    renderChunk: async (code) => ({ code: (await transform(code, { minify: true, format })).code, map: null }),
  }
}

export async function bundle(bundler: string, order: BundleOrder): Promise<Bundle> {
  const file = join(order.folder, `${order.output}.${order.format === 'cjs' ? 'cjs' : 'mjs'}`)
  const make = BUNDLERS[bundler]
  if (make === undefined) throw new Error(`no bundler '${bundler}': there are ${Object.keys(BUNDLERS).join(', ')}`)
  const warnings = await make(order, file)
  return { file, bytes: statSync(file).size, warnings }
}
