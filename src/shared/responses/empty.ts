import { invalidRange } from '../errors.js'
import type { ResponseDescription } from '../response-description.js'

/** No content: the status alone, 204 unless said otherwise. */
export function describeEmpty(status: number): ResponseDescription {
  if (!Number.isInteger(status) || status < 200 || status > 999) {
    throw invalidRange('empty: status', 'an integer from 200 to 999', status)
  }
  return { status, fields: [], defaults: [], body: undefined }
}
