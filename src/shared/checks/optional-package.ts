import { createRequire } from 'node:module'
import { join } from 'node:path'
import { isError, ResponseKitError } from './errors.js'

/** Loads an optional package when it is needed: from beside the kit, else from the folder that the process runs in. */
export function loadOptionalPackage(name: string, subject: string): unknown {
  const ofProcess = createRequire(join(process.cwd(), 'index.js'))
  // The built package is CommonJS. Only its sources, run as ES modules, have no `require`.
  const places = typeof require === 'function' ? [require, ofProcess] : [ofProcess]
  let missing: unknown
  for (const load of places) {
    try {
      return load(name)
    } catch (error) {
      const isMissing = isError(error) && 'code' in error && error.code === 'MODULE_NOT_FOUND'
      if (!isMissing) throw error
      missing = error
    }
  }
  const message = `${subject} needs the package ${name}: npm install ${name}`
  throw new ResponseKitError('MISSING_DEPENDENCY', message, { cause: missing })
}
