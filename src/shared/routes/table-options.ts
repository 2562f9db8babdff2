import { checkKeys } from '../checks/check-keys.js'
import { invalidType, ResponseKitError } from '../checks/errors.js'
import { readSecrets, type Secrets } from '../checks/secrets.js'
import { parsePath } from './path-pattern.js'

/** Options of `defineRoutes()`. */
export interface RouteTableOptions {
  /** What `signedUrl` signs with, newest first, 32 bytes each at least: the first signs, all verify. */
  readonly secrets?: string | readonly string[]
  /** A path put before every URL, where a proxy in front of the app takes it off again. */
  readonly base?: string
}

export interface RouteTableSettings {
  readonly secrets: Secrets | undefined
  readonly base: string
}

const MIN_SECRET_BYTES = 32

export function readTableOptions(options: RouteTableOptions): RouteTableSettings {
  checkKeys('defineRoutes()', options, ['secrets', 'base'])
  return {
    secrets: readSecrets("defineRoutes: option 'secrets'", options.secrets, MIN_SECRET_BYTES),
    base: readBase(options.base),
  }
}

function readBase(value: unknown = ''): string {
  if (typeof value !== 'string') throw invalidType("defineRoutes: option 'base'", 'a path', value, 'INVALID_OPTION')
  if (value === '' || value === '/') return ''
  const { tokens } = parsePath(value, "defineRoutes: option 'base'")
  if (tokens.length === 1 && tokens[0]?.type === 'text' && !value.endsWith('/')) return value
  throw new ResponseKitError(
    'INVALID_PATTERN',
    `defineRoutes: option 'base' must be a plain path without a slash at its end`,
  )
}
