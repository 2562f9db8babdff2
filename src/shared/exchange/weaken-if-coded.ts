import { ServerResponse } from 'node:http'

const { write, end } = ServerResponse.prototype

/** They are true of the bytes as the kit sends them, not of their coded form. */
export const FIELDS_OF_BYTES: readonly string[] = ['Accept-Ranges', 'Repr-Digest', 'Content-Digest']

/** Whether no middleware can change the bytes that are written on a response. To code them, it replaces a method. */
export function leavesAsWritten(res: ServerResponse): boolean {
  return res.write === write && res.end === end
}

/**
 * Compression that stands in front codes a body after the kit has given it away, and says so by Content-Encoding when the
 * head is written. The coded bytes are another representation: a strong entity-tag may not name both (RFC 9110
 * §8.8.3.3), or a client that resumes joins the one to the other. So the tag becomes weak then, and no range is offered.
 *
 * Only `setHeader` tells it at the right moment: listeners for the head run before those of compression. It is an own
 * property of this one response, until the body is coded.
 */
export function weakenIfCoded(res: ServerResponse): void {
  if (isContentCoding('content-encoding', res.getHeader('Content-Encoding') ?? '')) return // compression leaves it alone
  const { setHeader } = res
  const isOwn = Object.hasOwn(res, 'setHeader')
  const tag = res.getHeader('ETag')
  const lastModified = res.getHeader('Last-Modified')
  const watched: typeof setHeader = (name, value) => {
    Reflect.apply(setHeader, res, [name, value])
    if (isContentCoding(name, value)) {
      if (isOwn) res.setHeader = setHeader
      else Reflect.deleteProperty(res, 'setHeader')
      // Other fields are those of another answer, such as an error page.
      if (res.getHeader('ETag') === tag && res.getHeader('Last-Modified') === lastModified) weaken(res, tag)
    }
    return res
  }
  Object.defineProperty(res, 'setHeader', { value: watched, configurable: true, writable: true })
}

function isContentCoding(name: unknown, value: unknown): boolean {
  return (
    typeof name === 'string' && name.toLowerCase() === 'content-encoding' && !/^(?:identity)?$/i.test(String(value))
  )
}

function weaken(res: ServerResponse, tag: unknown): void {
  for (const name of FIELDS_OF_BYTES) res.removeHeader(name)
  if (typeof tag !== 'string') {
    // Without an entity-tag a client may resume by the date (RFC 9110 §13.1.5), which names both forms.
    res.removeHeader('Last-Modified')
  } else if (!tag.startsWith('W/')) {
    res.setHeader('ETag', `W/${tag}`)
  }
}
