import type { Exchange } from '../exchange/exchange.js'
import { parseHttpDate } from '../fields/http-date.js'
import type { Content } from './content.js'
import { contentHash } from './content-hash.js'
import type { FileSendOptions } from './file-options.js'

/** An HTTP-date has four digits for the year. */
const YEAR_0 = Date.parse('0000-01-01T00:00:00Z')
const YEAR_10000 = Date.UTC(10_000, 0, 1)

export interface Validators {
  readonly entityTag: string | undefined
  /** Milliseconds since 1970, whole seconds. */
  readonly lastModified: number | undefined
}

/** The validators the answer will carry: what the handler staged outranks what the file has. */
export function validatorsOf(
  exchange: Exchange,
  content: Content,
  options: FileSendOptions,
): Validators | Promise<Validators> {
  const entityTag = exchange.stagedField('etag') ?? entityTagFor(exchange, content, options.etag)
  const lastModified = lastModifiedOf(exchange, content, options)
  if (entityTag instanceof Promise) return entityTag.then((tag) => ({ entityTag: tag, lastModified }))
  return { entityTag, lastModified }
}

function entityTagFor(
  exchange: Exchange,
  content: Content,
  kind: false | string | undefined,
): string | undefined | Promise<string> {
  if (kind === false || (kind === undefined && !exchange.tagsFiles)) return undefined
  if (kind?.endsWith('"')) return kind // given as it is
  if (kind === 'content') return contentTag(content)
  const own = content.entityTag
  if (own === undefined || kind !== 'weak' || own.startsWith('W/')) return own
  return `W/${own}`
}

async function contentTag(content: Content): Promise<string> {
  return `"${(await contentHash(content, 'sha256')).slice(0, 27)}"`
}

function lastModifiedOf(exchange: Exchange, content: Content, options: FileSendOptions): number | undefined {
  const staged = exchange.stagedField('last-modified')
  if (staged !== undefined) return parseHttpDate(staged)
  if (!options.lastModified || content.lastModified === undefined) return undefined
  const seconds = Math.floor(content.lastModified / 1000) * 1000
  return seconds < YEAR_0 || seconds >= YEAR_10000 ? undefined : seconds
}
