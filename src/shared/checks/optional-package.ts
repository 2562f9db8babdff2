import { join } from 'node:path'
import { isError, ResponseKitError } from './errors.js'

/** Loads an optional package when it is needed: from beside the kit, else from the folder that the process runs in. */
export function loadOptionalPackage(name: string, subject: string): unknown {
  // The built package is CommonJS. Its sources and a bundle in the ES module format have no `require`.
  if (typeof require === 'function') {
    try {
      return require(name)
    } catch (error) {
      if (!isMissing(error)) throw error
    }
  }
  return requireFromApp(name, subject)
}

/**
 * Loads an optional package from the folder that the process runs in.
 *
 * @throws `MISSING_DEPENDENCY` if it is not there; `subject` needs it.
 */
export function requireFromApp(name: string, subject: string): unknown {
  try {
    // An `import` of node:module would make webpack read this call and warn that it cannot know the path.
    return process.getBuiltinModule('node:module').createRequire(join(process.cwd(), 'index.js'))(name)
  } catch (cause) {
    if (!isMissing(cause)) throw cause
    const message = `${subject} needs the package ${name}: npm install ${name}`
    throw new ResponseKitError('MISSING_DEPENDENCY', message, { cause })
  }
}

function isMissing(error: unknown): boolean {
  return isError(error) && 'code' in error && error.code === 'MODULE_NOT_FOUND'
}
