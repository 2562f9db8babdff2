// TypeDoc reads programs with the API of TypeScript, which version 7 does not have in JavaScript. It gets version 6, the
// one that API Extractor brings.
import { createRequire, register } from 'node:module'
import { pathToFileURL } from 'node:url'

const require = createRequire(import.meta.url)
const typescript = createRequire(require.resolve('@microsoft/api-extractor/package.json')).resolve('typescript')

const HOOK = `export const resolve = (name, context, next) =>
  name === 'typescript' ? { url: ${JSON.stringify(pathToFileURL(typescript).href)}, shortCircuit: true } : next(name, context)`

register(`data:text/javascript,${encodeURIComponent(HOOK)}`)
