import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import vm from 'node:vm'
import { buildSync } from 'esbuild'

const root = join(import.meta.dirname, '../..')

/** What Jest's environment for Node gives a test file: the globals that are no part of the language. */
const NODE_GLOBALS: readonly string[] = [
  'AbortController',
  'AbortSignal',
  'Blob',
  'Buffer',
  'Event',
  'EventTarget',
  'Headers',
  'ReadableStream',
  'Request',
  'Response',
  'TextDecoder',
  'TextEncoder',
  'URL',
  'URLSearchParams',
  'Uint8Array',
  'ArrayBuffer',
  'clearImmediate',
  'clearInterval',
  'clearTimeout',
  'console',
  'fetch',
  'performance',
  'process',
  'queueMicrotask',
  'setImmediate',
  'setInterval',
  'setTimeout',
  'structuredClone',
]

/** The entries of the package: their sources. */
const ALIAS = {
  kit: join(root, 'src/index.ts'),
  'kit/express': join(root, 'src/express/index.ts'),
  'kit/koa': join(root, 'src/koa/index.ts'),
}

/**
 * Runs a CommonJS file and everything that it requires in a realm of its own, as Jest runs a test file: `Error`, `Date`,
 * `Promise` and so on are others than those of Node's own modules. `kit`, `kit/express` and `kit/koa` are the sources.
 */
export function loadInRealm(file: string): any {
  const globals = Object.fromEntries(NODE_GLOBALS.map((name) => [name, Reflect.get(globalThis, name)]))
  const context = vm.createContext(globals)
  context.global = vm.runInContext('globalThis', context)
  const run = vm.compileFunction(bundle(file), ['exports', 'require', 'module', '__filename', '__dirname'], {
    filename: file,
    parsingContext: context,
  })
  const module: { exports: any } = { exports: {} }
  Reflect.apply(run, module.exports, [module.exports, createRequire(file), module, file, dirname(file)])
  return module.exports
}

function bundle(file: string): string {
  const { outputFiles } = buildSync({
    entryPoints: [file],
    alias: ALIAS,
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    logLevel: 'error',
  })
  return outputFiles[0]?.text ?? ''
}
