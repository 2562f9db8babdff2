// This file is CommonJS: `require` loads a package at once, only when it is needed, and may fail. A bundler follows the
// `require` with the name as text and puts the package into the bundle. If the package is absent, it leaves the line alone.

type Compiler = (schema: Readonly<Record<string, unknown>>) => (value: unknown) => string

/** The optional package fast-json-stringify. `undefined`: it is not found from here. */
function loadFastJsonStringify(): Compiler | undefined {
  try {
    return require('fast-json-stringify')
  } catch {
    return undefined // the caller searches beside the app, and says why it is not found there either
  }
}

export = loadFastJsonStringify
