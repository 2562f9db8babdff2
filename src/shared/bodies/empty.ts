import { checkStatus } from '../checks/status.js'
import type { ResponseDescription } from '../exchange/response-description.js'

const CONTENT_FIELDS: readonly string[] = ['Content-Type', 'Content-Length']

/** No content: the status alone, without the fields that describe content. */
export function describeEmpty(status: number): ResponseDescription {
  return { ...describeStatus(status), removed: CONTENT_FIELDS }
}

/** No content, with the fields as they are staged. */
export function describeStatus(status: number): ResponseDescription {
  checkStatus('empty: status', status)
  return { status, fields: [], defaults: [], body: undefined }
}
