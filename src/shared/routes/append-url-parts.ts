import { checkKeys } from '../checks/check-keys.js'
import { invalidType, ResponseKitError } from '../checks/errors.js'
import { serializeQuery } from '../fields/query-string.js'
import { LONE_SURROGATE } from './path-builder.js'
import type { UrlOptions } from './route-source.js'

const URL_OPTIONS: readonly string[] = ['query', 'hash', 'absolute']

/** A path with its query and fragment, and with its origin if the options say so. `call` is named in an error. */
export function appendUrlParts(path: string, options: UrlOptions, origin: string | undefined, call: string): string {
  checkKeys(call, options, URL_OPTIONS)
  const { query, hash, absolute = false } = options
  let url = path
  const text = query === undefined ? '' : serializeQuery(query, call)
  if (text !== '') url += (path.includes('?') ? '&' : '?') + text
  if (hash !== undefined) url += fragmentOf(hash, call)
  if (typeof absolute !== 'boolean') throw invalidType(`${call}: option 'absolute'`, 'a boolean', absolute)
  return absolute ? originOf(origin, call) + url : url
}

/** The Host field of a request never decides: a link in a mail must lead to the app and nowhere else. */
export function originOf(origin: string | undefined, call: string): string {
  if (origin !== undefined) return origin
  throw new ResponseKitError('NOT_CONFIGURED', `${call}: absolute URLs need the option 'origin' of defineRoutes()`)
}

function fragmentOf(hash: string, call: string): string {
  if (typeof hash !== 'string' || LONE_SURROGATE.test(hash)) {
    throw invalidType(`${call}: option 'hash'`, 'a string of well-formed Unicode', hash)
  }
  const text = hash.startsWith('#') ? hash.slice(1) : hash
  return text === '' ? '' : `#${encodeURI(text).replaceAll('#', '%23')}`
}
