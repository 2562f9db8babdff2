import type { FieldLine } from '../exchange/response-description.js'
import { fieldLines, isFieldName, isFieldText } from './field-entries.js'

const OF_BODY_OR_CONNECTION = /^(?:content-(?!range)|connection$)/i
/** They frame another body, or belong to one connection with an upstream. */
const OF_ANOTHER_ANSWER =
  /^(?:content-(?:length|encoding)|transfer-encoding|trailer|te|keep-alive|proxy-connection|http2-settings)$/i

/** The fields of an error, such as Retry-After and Allow. Invalid fields, and fields that describe a body, are left out. */
export function fieldsOfError({ headers }: Error & { readonly headers?: unknown }, httpVersionMajor = 1): FieldLine[] {
  if (typeof headers !== 'object' || headers === null) return []
  return Object.entries(headers).flatMap(([name, value]): FieldLine[] => {
    if (OF_BODY_OR_CONNECTION.test(name) || !isFieldOfErrorPage(name, value, httpVersionMajor)) return []
    return [...fieldLines(name, [value].flat().map(String))]
  })
}

/** Whether a host that writes the page of an error can set this field of the error beside its own length. */
export function isFieldOfErrorPage(name: string, value: unknown, httpVersionMajor = 1): boolean {
  if (OF_ANOTHER_ANSWER.test(name) || (httpVersionMajor > 1 && /^upgrade$/i.test(name))) return false // a 426 has an Upgrade
  return isFieldName(name) && [value].flat().every((each) => isSimple(each) && isFieldText(String(each)))
}

function isSimple(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}
