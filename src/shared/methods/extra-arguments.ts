import { isFragment, releaseInPage } from '../bodies/html-fragment.js'
import { showValue } from '../checks/errors.js'
import { whenGiven } from '../checks/promise.js'
import { releaseZipSource } from '../files/zip/zip-entries.js'
import { releaseChoices, releaseValue } from '../reply/release-reply.js'
import { releaseArray, releaseLater } from '../streams/later-in-json.js'
import { releaseRefused } from '../streams/source-owner.js'

/** How many arguments the longest form of each method has. A method that is missing here cannot be installed. */
const MOST_ARGUMENTS: Readonly<Record<string, number>> = {
  setStatus: 1,
  setHeader: 2,
  appendHeader: 2,
  setHeaders: 1,
  deleteHeader: 1,
  defaultHeader: 2,
  getHeader: 1,
  cacheControl: 2,
  link: 2,
  preload: 2,
  earlyHints: 0,
  serverTiming: 2,
  contentLanguage: Number.POSITIVE_INFINITY,
  retryAfter: 1,
  allow: Number.POSITIVE_INFINITY,
  clearSiteData: Number.POSITIVE_INFINITY,
  setLastModified: 1,
  setEtag: 2,
  deprecation: 1,
  setCookie: 3,
  deleteCookie: 2,
  getCookie: 2,
  text: 1,
  html: 1,
  bytes: 2,
  json: 2,
  empty: 1,
  notModified: 1,
  created: 3,
  file: 3,
  download: 4,
  zip: 3,
  streaming: 2,
  ndjson: 1,
  jsonArray: 1,
  jsonStream: 2,
  csv: 2,
  sse: 2,
  template: 3,
  problem: 1,
  negotiate: 1,
  reply: 1,
  afterSend: 1,
  redirectTo: 3,
  redirectLocal: 3,
  localUrl: 1,
  route: 3,
  backField: 0,
  back: 1,
  toIntended: 1,
  withFlash: 1,
  withInput: 1,
  withErrors: 1,
  flash: 0,
  reflash: 0,
  intended: 0,
}

/** What to write instead of a call with one argument too many. */
const ADVICE: Readonly<Record<string, string>> = {
  back: ': write back({ fallback, status })',
  toIntended: ': write toIntended({ fallback, status })',
}

/** A call owns the streams that it was given, also if it is refused. */
const RELEASE: Readonly<Record<string, (given: readonly unknown[]) => void>> = {
  html: ([page]) => {
    if (isFragment(page)) releaseInPage(page, releaseRefused)
  },
  created: ([, , body]) => releaseValue(body),
  reply: ([value]) => releaseValue(value),
  negotiate: ([choices]) => releaseChoices(choices),
  zip: ([entries]) => releaseZipSource(entries),
  file: ([source]) => releaseRefused(source),
  download: ([source]) => releaseRefused(source),
  streaming: ([source]) => releaseRefused(source),
  ndjson: ([source]) => releaseRefused(source),
  jsonArray: ([source]) => releaseArray(source, releaseRefused),
  jsonStream: ([value]) => releaseLater(value, releaseRefused),
  csv: ([rows]) => releaseRefused(rows),
  sse: ([source]) => releaseRefused(source),
}

/** Creates the check that refuses a call with more arguments than the method takes. Without it, they would be ignored. */
export function createExtraArgumentCheck(name: string): (given: readonly unknown[]) => void {
  const most = MOST_ARGUMENTS[name]
  if (most === undefined) throw new Error(`MOST_ARGUMENTS has no method ${name}`)
  return (given) => {
    if (given.length > most) refuseExtraArgument(name, most, given)
  }
}

function refuseExtraArgument(name: string, most: number, given: readonly unknown[]): void {
  const extra = given.slice(most).find((each) => each !== undefined) // `undefined` is the same as no argument
  if (extra === undefined) return
  RELEASE[name]?.(given)
  for (const each of given) whenGiven(each, releaseValue)
  const count = most === 0 ? 'no arguments' : most === 1 ? 'one argument' : `at most ${most} arguments`
  const message = `${name}() takes ${count}, got one too many: ${showValue(extra)}${ADVICE[name] ?? ''}`
  throw Object.assign(new TypeError(message), { code: 'INVALID_ARGUMENT' })
}
