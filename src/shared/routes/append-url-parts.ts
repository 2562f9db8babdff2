import { invalidType } from '../checks/errors.js'
import { serializeQuery } from '../fields/query-string.js'
import { LONE_SURROGATE } from './path-builder.js'
import type { UrlOptions } from './route-source.js'

/** A path with its query and fragment. */
export function appendUrlParts(path: string, options: UrlOptions): string {
  const { query, hash } = options
  for (const key in options) {
    if (key !== 'query' && key !== 'hash') throw invalidType(`url: option '${key}'`, 'query or hash', options)
  }
  let url = path
  if (query !== undefined) {
    if (typeof query !== 'object' || query === null || Array.isArray(query)) {
      throw invalidType("url: option 'query'", 'an object', query)
    }
    const text = serializeQuery(query)
    if (text !== '') url += (path.includes('?') ? '&' : '?') + text
  }
  return hash === undefined ? url : url + fragmentOf(hash)
}

function fragmentOf(hash: string): string {
  if (typeof hash !== 'string' || LONE_SURROGATE.test(hash)) {
    throw invalidType("url: option 'hash'", 'a string of well-formed Unicode', hash)
  }
  const text = hash.startsWith('#') ? hash.slice(1) : hash
  return text === '' ? '' : `#${encodeURI(text).replaceAll('#', '%23')}`
}
