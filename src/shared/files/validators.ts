import type { RequestFacts } from '../exchange/request-facts.js'
import { parseHttpDate } from '../fields/http-date.js'
import type { Validators } from '../fields/preconditions.js'
import type { Content } from './content.js'
import { contentHash } from './content-hash.js'
import type { FileSendOptions } from './file-options.js'

/** An HTTP-date has four digits for the year. */
const YEAR_0 = Date.parse('0000-01-01T00:00:00Z')
const YEAR_10000 = Date.UTC(10_000, 0, 1)

/** The validators that the answer will carry: what the handler staged outranks what the file has. */
export async function findValidators(
  facts: RequestFacts,
  content: Content,
  options: FileSendOptions,
  call: string,
): Promise<Validators> {
  const entityTag = facts.stagedField('etag') ?? (await entityTagFor(facts, content, options.etag, call))
  return { entityTag, lastModified: lastModifiedOf(facts, content, options) }
}

async function entityTagFor(
  facts: RequestFacts,
  content: Content,
  kind: false | string | undefined,
  call: string,
): Promise<string | undefined> {
  if (kind === false || (kind === undefined && !facts.tagsFiles)) return undefined
  if (kind?.endsWith('"')) return kind // given as it is
  if (kind === 'content')
    return `"${(await contentHash(facts, content, 'sha256', `${call}: option 'etag'`)).slice(0, 27)}"`
  const own = await content.entityTag(facts)
  if (own === undefined || kind !== 'weak' || own.startsWith('W/')) return own
  return `W/${own}`
}

function lastModifiedOf(facts: RequestFacts, content: Content, options: FileSendOptions): number | undefined {
  const staged = facts.stagedField('last-modified')
  if (staged !== undefined) return parseHttpDate(staged)
  if (!options.lastModified || content.lastModified === undefined) return undefined
  const seconds = Math.floor(content.lastModified / 1000) * 1000
  return seconds < YEAR_0 || seconds >= YEAR_10000 ? undefined : seconds
}
