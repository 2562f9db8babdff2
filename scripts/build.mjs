// Builds dist/cjs with tsc, then one ESM door per entry onto the same code: one instance in a process
// whichever way it is loaded, so that symbols, classes and route tables are shared.
import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const require = createRequire(import.meta.url)
const entries = { index: 'index', express: 'express/index', koa: 'koa/index', testing: 'testing/index' }

rmSync(join(root, 'dist'), { recursive: true, force: true })
execFileSync(
  process.execPath,
  [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(root, 'tsconfig.build.json')],
  {
    stdio: 'inherit',
  },
)
writeFileSync(join(root, 'dist/cjs/package.json'), '{ "type": "commonjs" }\n')
mkdirSync(join(root, 'dist/esm'))
for (const [name, target] of Object.entries(entries)) {
  const exported = Object.keys(require(join(root, `dist/cjs/${target}.js`))).filter((key) => key !== '__esModule')
  const lines = exported.map((key) => `export const ${key} = entry.${key}`)
  writeFileSync(join(root, `dist/esm/${name}.js`), `import entry from '../cjs/${target}.js'\n\n${lines.join('\n')}\n`)
  writeFileSync(join(root, `dist/esm/${name}.d.ts`), `export * from '../cjs/${target}.js'\n`)
}
