// Builds dist:
//   types/   the declarations of what the types of an entry lead to, file by file
//   cjs/     the one core that Node.js runs: a file an entry, and files for what entries share
//   esm/     ES modules onto the same core, so that `import` and `require` give the same classes and the same state
//   module/  the same code as real ES modules, for bundlers, which drop what an app does not use
// `node scripts/build.mjs --package` writes the fields of package.json that follow from the entries.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { transform } from 'esbuild'
import MagicString from 'magic-string'
import { rollup } from 'rollup'
import { ENTRIES, LOADER, packageFields, typesOf } from './entries.mjs'
import { mediaTypeTable } from './media-type-table.mjs'

const root = join(import.meta.dirname, '..')
const source = join(root, 'src')
const dist = join(root, 'dist')
/** The entries with the middleware and the replies. */
const WEB_ENTRIES = ['index', 'express', 'koa']
/** Files of the core that are read after the start of the app, and what is in them. */
const LATER = {
  'later-archives': /^shared\/files\/zip\//,
  'later-files': /^shared\/files\//,
  'later-streams': /^shared\/streams\//,
  'later-routes': /^shared\/routes\//,
}
/** Files of these rooms that each start or each small answer needs. */
const AT_ONCE =
  /^shared\/(?:streams\/(?:stream-source|pull-source|source-owner|node-stream|web-stream|stream-options|fetch-response)|files\/(?:file-settings|offload)|routes\/client-url)\.ts$/

const optionalImport = {
  name: 'optional-import',
  resolveId: (id) => (id.endsWith('/load-fast-json-stringify.cjs') ? { id: LOADER, external: true } : undefined),
}

/** The import of such a file, under the name that rollup gives it. */
const LATER_IMPORT = /^const (later\w+) = (require\('\.\/later-[\w-]+\.js'\));$/gm

/**
 * What the core does after the start of the app. A first call during a request could find no descriptor left, or a package
 * that a deploy has replaced, and would leave the source that it was given open. Jest refuses a file that is read after
 * the last test.
 */
const READ_SOON = `
if (process.env.JEST_WORKER_ID === undefined) {
  setImmediate(() => {
    try {
      ${Object.keys(LATER)
        .map((name) => `require('./${name}.js')`)
        .join('\n      ')}
    } catch {} // the call that needs it tells why
  })
}
`

/** A plugin: a file is read soon after the start, or at the first call that needs it. No code of the top level may need it. */
const loadLater = {
  name: 'load-later',
  renderChunk(code, { fileName }) {
    if (fileName.startsWith('later-')) return undefined
    const changed = new MagicString(code)
    for (const { 0: line, 1: name, 2: load, index } of code.matchAll(LATER_IMPORT)) {
      for (const { 0: use, index: start } of code.matchAll(new RegExp(`\\b(?:new )?${name}\\.\\w+`, 'g'))) {
        // Without the parentheses `new` would take what loads the file for the class.
        const loaded = use.replace(name, `${name}()`).replace(/^new (.+)/, 'new ($1)')
        changed.overwrite(start, start + use.length, loaded)
      }
      changed.overwrite(index, index + line.length, `let ${name}File\nconst ${name} = () => (${name}File ??= ${load})`)
    }
    if (fileName === 'core.js') changed.append(READ_SOON)
    // A stack needs lines. With a place for each word of a line, the package would be 8 % larger.
    return { code: changed.toString(), map: changed.generateMap() }
  },
}

if (process.argv.includes('--package')) writePackageFields()
checkPackageFields()
rmSync(dist, { recursive: true, force: true })
writeDeclarations()
await bundle()

function writeDeclarations() {
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  const types = join(dist, 'types')
  const options = ['-p', join(root, 'tsconfig.build.json'), '--outDir', types]
  execFileSync(process.execPath, [compiler, ...options], { stdio: 'inherit' })

  const entries = Object.keys(ENTRIES).map((name) => join(root, typesOf(name)))
  const listing = ['--listFilesOnly', '--ignoreConfig', '--module', 'nodenext', ...entries]
  const listed = execFileSync(process.execPath, [compiler, ...listing], { encoding: 'utf8' })
  const needed = new Set(listed.split(/\r?\n/).map((path) => resolve(path)))
  for (const name of readdirSync(types, { recursive: true })) {
    const path = join(types, name)
    if (/\.d\.c?ts$/.test(name) && !needed.has(path)) rmSync(path) // no type of an entry leads to it
  }
  writeFileSync(join(types, 'package.json'), '{ "type": "commonjs" }\n')
}

async function bundle() {
  const { output } = await bundleAs(
    'cjs',
    {
      format: 'cjs',
      exports: 'named',
      esModule: true,
      interop: 'default', // what Node.js itself makes of a CommonJS dependency
      externalLiveBindings: false,
      manualChunks: (file, graph) => laterFileOf(file) ?? sharedFileOf(file, graph),
    },
    [loadLater],
  )
  writeFileSync(join(dist, 'cjs/package.json'), '{ "type": "commonjs" }\n')
  await bundleAs('module', { format: 'es', manualChunks: sharedFileOf }, [mediaTypeTable, optionalImport])
  writeOptionalImport(join(dist, 'module'))
  mkdirSync(join(dist, 'esm'))
  for (const { isEntry, name, exports } of output) if (isEntry) writeDoor(name, exports)
}

async function bundleAs(folder, format, plugins = []) {
  const graph = await rollup({
    input: Object.fromEntries(Object.entries(ENTRIES).map(([name, file]) => [name, join(source, file)])),
    plugins: [...plugins, { name: 'sources', resolveId: resolveImport, transform: removeTypes }],
    onwarn({ code, message }) {
      // A file that is loaded later needs the core, which is complete by then.
      if (code !== 'CIRCULAR_CHUNK') throw new Error(message)
    },
  })
  const dir = join(dist, folder)
  const written = await graph.write({
    ...format,
    dir,
    chunkFileNames: '[name].js',
    entryFileNames: '[name].js',
    generatedCode: 'es2015',
    hoistTransitiveImports: false,
    minifyInternalExports: false,
    sourcemap: true, // with the sources in it
  })
  await graph.close()
  await copyCommonJs(dir)
  return written
}

/** Packages stay outside. A source that is CommonJS stays a file of its own, beside those that need it. */
function resolveImport(id, importer) {
  if (importer === undefined) return undefined
  if (!id.startsWith('.')) return { id, external: true }
  if (id.endsWith('.cjs')) return { id: `./${basename(id)}`, external: 'relative' }
  return join(importer, '..', id.replace(/\.js$/, '.ts'))
}

/** Rooms that many apps do not use, or not at once: the name of their file. */
function laterFileOf(file) {
  const path = file.slice(source.length + 1)
  return AT_ONCE.test(path) ? undefined : Object.keys(LATER).find((name) => LATER[name].test(path))
}

/** Types and comments go; names and lines stay, so that the output can be read. */
async function removeTypes(code, file) {
  if (!file.endsWith('ts')) return undefined
  return transform(code, {
    loader: 'ts',
    format: file.endsWith('.cts') ? 'cjs' : 'esm',
    target: 'node20',
    sourcemap: 'external',
    sourcefile: file,
    tsconfigRaw: { compilerOptions: { target: 'es2023', verbatimModuleSyntax: true } },
  })
}

async function copyCommonJs(dir) {
  for (const name of readdirSync(source, { recursive: true })) {
    if (!name.endsWith('.cts')) continue
    const { code } = await removeTypes(readFileSync(join(source, name), 'utf8'), name)
    writeFileSync(join(dir, basename(name).replace(/cts$/, 'cjs')), code)
  }
}

/**
 * Webpack warns of an absent package, also inside of `try`. So it gets a loader of its own, which requires a folder with two
 * main files: webpack takes the first if fast-json-stringify lies beside the kit, else the second.
 */
function writeOptionalImport(dir) {
  mkdirSync(join(dir, 'for-webpack'))
  const mainFiles = { module: '../../../../fast-json-stringify', main: './absent.cjs' }
  const text = JSON.stringify({ type: 'commonjs', ...mainFiles }, null, 2)
  writeFileSync(join(dir, 'for-webpack/package.json'), `${text}\n`)
  writeFileSync(join(dir, 'for-webpack/absent.cjs'), 'module.exports = undefined\n')
  writeFileSync(join(dir, 'load-for-webpack.cjs'), "module.exports = () => require('./for-webpack')\n")
}

/** What several entries need is in one file for each set of them; what one entry needs is in its own file. */
function sharedFileOf(file, { getModuleInfo }) {
  if (file.endsWith('wire/switches.ts')) return 'switches' // a bench turns tricks off there, in the built package
  const entries = entriesOf(file, getModuleInfo)
  if (entries.length < 2) return undefined
  if (entries.some((entry) => !WEB_ENTRIES.includes(entry))) return 'base'
  return entries.includes('index') ? 'core' : 'adapters'
}

/** The names of the entries that import a file, directly or not. */
function entriesOf(file, getModuleInfo) {
  const found = new Set()
  const visited = new Set()
  const visit = (each) => {
    if (visited.has(each)) return
    visited.add(each)
    const entry = Object.keys(ENTRIES).find((name) => join(source, ENTRIES[name]) === each)
    if (entry !== undefined) found.add(entry)
    for (const importer of getModuleInfo(each).importers) visit(importer)
  }
  visit(file)
  return [...found]
}

/** An ES module onto the core. The `default` of a CommonJS module is all of its exports, so it is named here. */
function writeDoor(name, exported) {
  const names = exported.map((each) => (each === 'default' ? 'responseKit as default' : each))
  writeFileSync(join(dist, `esm/${name}.js`), `export {\n  ${names.join(',\n  ')},\n} from '../cjs/${name}.js'\n`)
  const types = `from '../types/${ENTRIES[name].replace(/\.ts$/, '.js')}'`
  const byDefault = exported.includes('default') ? `export { responseKit as default } ${types}\n` : ''
  writeFileSync(join(dist, `esm/${name}.d.ts`), `export * ${types}\n${byDefault}`)
}

function readPackage() {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
}

function writePackageFields() {
  writeFileSync(join(root, 'package.json'), `${JSON.stringify({ ...readPackage(), ...packageFields() }, null, 2)}\n`)
}

/** Others read package.json without this script, so it says the same in full. */
function checkPackageFields() {
  const given = readPackage()
  for (const [field, expected] of Object.entries(packageFields())) {
    if (!isDeepStrictEqual(given[field], expected)) {
      const message = `'${field}' of package.json does not follow from scripts/entries.mjs`
      throw new Error(`${message}: node scripts/build.mjs --package`)
    }
  }
}
