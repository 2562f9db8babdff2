import { ResponseKitError } from '../checks/errors.js'
import type { RequestFacts } from '../exchange/request-facts.js'
import type { ResponseDescription } from '../exchange/response-description.js'
import { withoutWithdrawnFields } from '../exchange/withdrawn-fields.js'
import type { DispositionType } from '../fields/content-disposition.js'
import { withCharset } from '../fields/media-type.js'
import type { Content } from './content.js'
import { describeFileHead, effectiveField } from './file-head.js'
import type { FileSendOptions } from './file-options.js'
import type { PresignedAnswer } from './objects/object-source.js'
import { storeError } from './objects/store-error.js'

/** A content for which its store answers. */
type PresignedContent = Content & { readonly presign: NonNullable<Content['presign']> }

/** Whether the client is sent to the store. */
export function isPresigned(content: Content): content is PresignedContent {
  return content.presign !== undefined
}

/**
 * A redirect to the store, which sends the object with the fields of this call. The URL is for this client and for a
 * short time, so nothing may keep the answer. Conditions and ranges are for the store: they do not count for a redirect.
 */
export async function describePresigned(
  facts: RequestFacts,
  { options, disposition }: { readonly options: FileSendOptions; readonly disposition: DispositionType },
  content: PresignedContent,
): Promise<ResponseDescription> {
  const head = describeFileHead(content, options, disposition, { entityTag: undefined, lastModified: undefined })
  content.close()
  const location = await sign(content, {
    method: facts.method === 'HEAD' ? 'HEAD' : 'GET',
    contentDisposition: effectiveField(facts, head, 'content-disposition') ?? disposition,
    contentType: withCharset(effectiveField(facts, head, 'content-type') ?? 'application/octet-stream'),
  })
  if (typeof location !== 'string' || !/^https?:\/\/[\x21-\x7e]+$/i.test(location) || !URL.canParse(location)) {
    // The text does not show the URL: it may hold a signature.
    throw new ResponseKitError('SOURCE_FAILED', 'the URL that was signed for an object is no URL of http or https')
  }
  // After another method the client has to change to GET (RFC 9110 §15.4.4).
  const status = facts.method === 'GET' || facts.method === 'HEAD' ? 302 : 303
  const fields = [
    ['Location', location],
    ['Cache-Control', 'no-store'],
  ] as const
  return withoutWithdrawnFields(facts.res, { status, fields, defaults: [], body: undefined })
}

async function sign(content: PresignedContent, answer: PresignedAnswer): Promise<unknown> {
  try {
    return await content.presign(answer)
  } catch (reason) {
    throw storeError(reason)
  }
}
