import encodeUrl from 'encodeurl'
import { checkKeys } from '../checks/check-keys.js'
import { hasClassTag } from '../checks/class-tag.js'
import { invalidType } from '../checks/errors.js'
import { textsIn } from '../checks/iterator.js'
import { skipEmptyMembers } from './member-list.js'
import { isQuotable, quoteString } from './quoted-string.js'

/** The parameters of a link (RFC 8288 §3): its relation, and facts about its target. */
export interface LinkAttributes {
  /** One relation or several: `'next'`, `'preload'`, or a URI. */
  readonly rel: string | readonly string[]
  /** Any text. If it is not ASCII, it is sent as `title*`. Default: none. */
  readonly title?: string | undefined
  /** Media type of the target. Default: none. */
  readonly type?: string | undefined
  /** Media query that the target is for. Default: none. */
  readonly media?: string | undefined
  /** Language tag of the target. Default: none. */
  readonly hreflang?: string | undefined
  /** The URI that the link starts from, if that is not this resource. Default: none. */
  readonly anchor?: string | undefined
  /** What the target is used for; `preload` needs it. Default: none. */
  readonly as?: LinkDestination | undefined
  /** How the target is fetched from another origin; `true` is `anonymous`. Default: none. */
  readonly crossorigin?: boolean | 'anonymous' | 'use-credentials' | undefined
  /** Hash of the target (Subresource Integrity). Default: none. */
  readonly integrity?: string | undefined
  /** How urgent the fetch is, compared to others of its kind. Default: none. */
  readonly fetchpriority?: 'high' | 'low' | 'auto' | undefined
  /** The `srcset` of a responsive image. Default: none. */
  readonly imagesrcset?: string | undefined
  /** The `sizes` of a responsive image. Default: none. */
  readonly imagesizes?: string | undefined
  /** What the fetch of the target sends as its Referer. Default: none. */
  readonly referrerpolicy?: string | undefined
  /** Asks a server in front of the app not to push the target. Default `false`. */
  readonly nopush?: boolean | undefined
}

/** What a preloaded resource is for (HTML, "preload" link type). */
export type LinkDestination =
  | 'fetch'
  | 'font'
  | 'image'
  | 'script'
  | 'style'
  | 'track'
  | 'audio'
  | 'video'
  | 'document'
  | 'worker'

const DESTINATIONS: readonly string[] = [
  'fetch',
  'font',
  'image',
  'script',
  'style',
  'track',
  'audio',
  'video',
  'document',
  'worker',
] satisfies LinkDestination[]

const ALLOWED: Readonly<Record<string, readonly unknown[]>> = {
  as: DESTINATIONS,
  crossorigin: [true, false, 'anonymous', 'use-credentials'],
  fetchpriority: ['high', 'low', 'auto'],
  nopush: [true, false],
}

const NAMES: readonly (keyof LinkAttributes)[] = [
  'rel',
  'title',
  'type',
  'media',
  'hreflang',
  'anchor',
  'as',
  'crossorigin',
  'integrity',
  'fetchpriority',
  'imagesrcset',
  'imagesizes',
  'referrerpolicy',
  'nopush',
]

// relation-type = reg-rel-type / ext-rel-type (RFC 8288 §3.3); a URI holds neither space nor quote.
const RELATION = /^(?:[a-z][a-z0-9.-]*|[a-z][a-z0-9+.-]*:[!\x23-\x3b\x3d\x3f-\x5b\x5d-\x7e]+)$/i

/** One link-value; `call` names the method in errors. */
export function serializeLink(call: string, target: string | URL, attributes: LinkAttributes): string {
  checkKeys(`${call}()`, attributes, NAMES)
  let link = `<${serializeTarget(call, target)}>`
  for (const name of NAMES) {
    const value = attributes[name]
    if (value !== undefined || name === 'rel') link += serializeParameter(name, value, `${call}: ${name}`)
  }
  return link
}

function serializeTarget(call: string, target: string | URL): string {
  const text = typeof target === 'object' && hasClassTag(target, 'URL') ? target.href : target
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the test looks for them
  if (typeof text !== 'string' || text === '' || /[\x00-\x1f\x7f]/.test(text)) {
    throw invalidType(`${call}: target`, 'a URL without control characters', target, 'INVALID_FIELD')
  }
  return encodeUrl(text)
}

function serializeParameter(name: string, value: unknown, subject: string): string {
  if (name === 'rel') return `; rel="${relations(value, subject).join(' ')}"`
  const allowed = ALLOWED[name]
  if (allowed !== undefined && !allowed.includes(value)) {
    throw invalidType(subject, allowed.map((each) => `${each}`).join(', '), value, 'INVALID_FIELD')
  }
  if (typeof value === 'boolean') return value ? `; ${name}` : ''
  if (typeof value === 'string' && isQuotable(value)) return `; ${name}=${quoteString(value)}`
  if (name === 'title' && typeof value === 'string') return `; title*=UTF-8''${extendedValue(value, subject)}`
  throw invalidType(subject, 'a string of printable ASCII characters', value, 'INVALID_FIELD')
}

function relations(value: unknown, subject: string): readonly string[] {
  const list = textsIn(typeof value === 'string' ? [value] : value)
  if (list !== undefined && list.length > 0 && list.every((each) => RELATION.test(each))) return list
  throw invalidType(subject, "a relation such as 'next', or a list of them", value, 'INVALID_FIELD')
}

/** value-chars (RFC 8187 §3.2.1): attr-char, and everything else percent-encoded. */
function extendedValue(text: string, subject: string): string {
  try {
    return encodeURIComponent(text).replace(/['()*]/g, (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`)
  } catch {
    throw invalidType(subject, 'well-formed text', text, 'INVALID_FIELD')
  }
}

/**
 * The links of a Link value (RFC 8288 §3). A comma may stand within the brackets and within quotes. What follows a
 * malformed link is left out.
 */
export function parseLinkList(value: string): string[] {
  const links: string[] = []
  let index = skipEmptyMembers(value, 0)
  while (value[index] === '<') {
    const end = endOfLink(value, index)
    if (end === undefined) break
    links.push(value.slice(index, end).trimEnd())
    index = skipEmptyMembers(value, end)
  }
  return links
}

/** The index of the comma after the link that begins at `start`, or of the end. */
function endOfLink(value: string, start: number): number | undefined {
  let index = value.indexOf('>', start) + 1
  if (index === 0) return undefined
  while (index < value.length && value[index] !== ',') {
    if (value[index] !== '"') index++
    else {
      index = endOfQuotedString(value, index)
      if (index < 0) return undefined
    }
  }
  return index
}

/** The index after the quoted-string that begins at `start` (RFC 9110 §5.6.4); -1 if it has no end. */
function endOfQuotedString(value: string, start: number): number {
  for (let index = start + 1; index < value.length; index++) {
    if (value[index] === '\\') index++
    else if (value[index] === '"') return index + 1
  }
  return -1
}
