import { ResponseKitError } from '../checks/errors.js'
import { filenameOf } from '../fields/content-disposition.js'
import { isEntityTag } from '../fields/entity-tag.js'
import { parseHttpDate } from '../fields/http-date.js'
import { isMediaType } from '../fields/media-type.js'
import { isDecodedByFetch } from '../streams/fetch-response.js'
import { openPullSource, type PullSource } from '../streams/pull-source.js'
import { releaseSource } from '../streams/source-owner.js'
import { pullCallersSource } from './byte-source.js'
import type { Content } from './content.js'

/** The content of a WHATWG `Response`, with what its fields say of it. It is read once, from its start. */
export class ResponseContent implements Content {
  readonly isSeekable = false
  readonly #response: Response
  readonly #isDecoded: boolean

  /** Refuses a response that has not all of the content; `call` names the call in the error. */
  constructor(call: string, response: Response) {
    const { ok, status } = response
    if (!ok || status === 206) throw upstreamError(call, status)
    this.#response = response
    this.#isDecoded = isDecodedByFetch(response)
  }

  get size(): number | undefined {
    if (this.#response.body === null) return 0
    const length = this.#isDecoded ? '' : (this.#field('Content-Length') ?? '')
    return /^\d{1,15}$/.test(length) ? Number(length) : undefined
  }

  get type(): string | undefined {
    const type = this.#field('Content-Type')
    return type !== undefined && isMediaType(type) ? type : undefined
  }

  readonly isTagOfCoding = true

  /** The content may name its charset itself, so the kit adds none to its type. */
  readonly keepsType = true

  /** The filename of its Content-Disposition, else the last part of its URL. */
  get name(): string | undefined {
    return filenameOf(this.#field('Content-Disposition')) ?? lastSegmentOf(this.#response.url)
  }

  get lastModified(): number | undefined {
    const date = this.#field('Last-Modified')
    const time = date === undefined ? undefined : parseHttpDate(date)
    return time === undefined ? undefined : Math.min(time, Date.now())
  }

  get encoding(): string | undefined {
    return this.#isDecoded ? undefined : this.#field('Content-Encoding')
  }

  /** A strong tag of coded bytes only says that the decoded bytes have the same meaning (RFC 9110 §8.8.1). */
  entityTag(): string | undefined {
    const tag = this.#field('ETag')
    if (tag === undefined || !isEntityTag(tag)) return undefined
    return this.#isDecoded && !tag.startsWith('W/') ? `W/${tag}` : tag
  }

  pull(): PullSource {
    const { body } = this.#response
    return body === null ? openPullSource([]) : pullCallersSource(body)
  }

  /** The body is cancelled, read or not. */
  close(): void {
    releaseSource(this.#response)
  }

  #field(name: string): string | undefined {
    return this.#response.headers.get(name) ?? undefined
  }
}

/** What is missing there is missing here; every other status is the failure of a gateway (RFC 9110 §15.6.3). */
function upstreamError(call: string, status: number): ResponseKitError {
  if (status === 404 || status === 410) return new ResponseKitError('ENOENT', 'File not found', { status: 404 })
  const message = `${call}: source is a Response with the status ${status}, not one with the whole content`
  return new ResponseKitError('SOURCE_FAILED', message, { status: 502 })
}

function lastSegmentOf(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined
  const segment = new URL(url).pathname.split('/').at(-1) ?? ''
  try {
    return decodeURIComponent(segment) || undefined
  } catch {
    return segment
  }
}
