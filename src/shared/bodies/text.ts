import { isBytes, viewBytes } from '../checks/bytes.js'
import { invalidType } from '../checks/errors.js'
import type { RequestFacts } from '../exchange/request-facts.js'
import type { ResponseDescription } from '../exchange/response-description.js'
import { type DynamicBodyOptions, describeDynamicBody } from './dynamic-body.js'

/** Text as a string, or as bytes in UTF-8. */
export type TextBody = string | ArrayBufferView | ArrayBufferLike

const TEXT: DynamicBodyOptions = { inferredType: 'text/plain; charset=utf-8' }

export function describeText(facts: RequestFacts, body: TextBody): ResponseDescription {
  return describeDynamicBody(facts, readTextBody('text', body), TEXT)
}

/** Refuses a value that is neither a string nor bytes. */
export function readTextBody(call: string, body: TextBody, expected = 'a string or bytes'): string | Uint8Array {
  if (typeof body === 'string') return body
  if (!isBytes(body)) throw invalidType(`${call}: body`, expected, body)
  return viewBytes(`${call}: body`, body)
}
