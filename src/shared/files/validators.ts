import { isPromise } from 'node:util/types'
import type { RequestFacts } from '../exchange/request-facts.js'
import { lastValue } from '../exchange/response-description.js'
import { isEntityTag } from '../fields/entity-tag.js'
import { parseHttpDate } from '../fields/http-date.js'
import type { Validators } from '../fields/preconditions.js'
import type { Content } from './content.js'
import { contentHash, tagOfHash } from './content-hash.js'
import type { FileSendOptions } from './file-options.js'

/** The validators of one answer with a file. */
export interface FileValidators extends Validators {
  /** The date may be that of other versions too, so If-Range does not hold by it. */
  readonly isDateWeak?: boolean
  /** The tag replaces the one that the caller gave, which names the file without its coding. */
  readonly replacesGivenTag?: boolean
}

/** An HTTP-date has four digits for the year. */
const YEAR_0 = Date.parse('0000-01-01T00:00:00Z')
const YEAR_10000 = Date.UTC(10_000, 0, 1)

/** The validators that the answer will carry: what the caller gave or staged outranks what the file has. */
export function findValidators(
  facts: RequestFacts,
  content: Content,
  options: FileSendOptions,
  call: string,
): FileValidators | Promise<FileValidators> {
  const given = fieldGiven(options, 'etag') ?? facts.stagedField('etag')
  const complete = (plain: string | undefined): FileValidators => {
    const isOfCoding = given === undefined && (options.etag === 'content' || content.isTagOfCoding === true)
    const entityTag = isOfCoding ? plain : withCoding(plain, content.encoding)
    const replacesGivenTag = given !== undefined && entityTag !== given
    return { entityTag, replacesGivenTag, ...dateOf(facts, content, options) }
  }
  const plain = given ?? entityTagFor(facts, content, options.etag, call)
  return isPromise(plain) ? plain.then(complete) : complete(plain)
}

/**
 * The validators that are known before the source is opened: those that the handler staged, and a tag that the call names.
 * `undefined`: the request asks for a tag that only the open source has.
 */
export function knownValidators(facts: RequestFacts, { etag }: FileSendOptions): Validators | undefined {
  const given = etag !== false && etag?.endsWith('"') ? etag : undefined
  const entityTag = facts.stagedField('etag') ?? given
  const asksForTag = facts.field('if-match') !== undefined || facts.field('if-none-match') !== undefined
  if (entityTag === undefined && asksForTag) return undefined
  const staged = facts.stagedField('last-modified')
  return { entityTag, lastModified: staged === undefined ? undefined : parseHttpDate(staged) }
}

function entityTagFor(
  facts: RequestFacts,
  content: Content,
  kind: false | string | undefined,
  call: string,
): string | undefined | Promise<string> {
  if (kind === false || (kind === undefined && !facts.tagsFiles)) return undefined
  if (kind?.endsWith('"')) return kind // given as it is
  if (kind === 'content') return contentHash(facts, content, 'sha256', `${call}: option 'etag'`, kind).then(tagOfHash)
  const own = content.entityTag(facts)
  if (own === undefined || kind !== 'weak') return own
  return isPromise(own) ? own.then(weakened) : weakened(own)
}

function weakened(tag: string): string {
  return tag.startsWith('W/') ? tag : `W/${tag}`
}

/** A strong tag names one sequence of bytes: each coding has a tag of its own (RFC 9110 §8.8.3.3). */
function withCoding(tag: string | undefined, coding: string | undefined): string | undefined {
  if (tag === undefined || coding === undefined || !isEntityTag(tag) || tag.startsWith('W/')) return tag
  return `${tag.slice(0, -1)}-${coding}"`
}

function dateOf(
  facts: RequestFacts,
  content: Content,
  options: FileSendOptions,
): { readonly lastModified: number | undefined; readonly isDateWeak: boolean } {
  const given = fieldGiven(options, 'last-modified') ?? facts.stagedField('last-modified')
  if (given !== undefined) return { lastModified: parseHttpDate(given), isDateWeak: false }
  const isDateWeak = content.isDateWeak ?? false
  if (!options.lastModified || content.lastModified === undefined) return { lastModified: undefined, isDateWeak }
  const seconds = Math.floor(content.lastModified / 1000) * 1000
  return { lastModified: seconds < YEAR_0 || seconds >= YEAR_10000 ? undefined : seconds, isDateWeak }
}

/** A field among the caller's `headers`. */
function fieldGiven({ headers }: FileSendOptions, name: string): string | undefined {
  return lastValue(headers, name)
}
