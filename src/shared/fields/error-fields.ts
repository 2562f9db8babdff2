import type { FieldLine } from '../exchange/response-description.js'
import { fieldLines, isFieldName, isFieldText } from './field-entries.js'

const OF_BODY_OR_CONNECTION = /^(?:content-(?!range)|transfer-encoding$|connection$|trailer$)/i
const OF_FRAMING = /^(?:content-(?:length|encoding)|transfer-encoding|trailer)$/i

/** The fields of an error, such as Retry-After and Allow. Invalid fields, and fields that describe a body, are left out. */
export function fieldsOfError({ headers }: Error & { readonly headers?: unknown }): FieldLine[] {
  if (typeof headers !== 'object' || headers === null) return []
  return Object.entries(headers).flatMap(([name, value]): FieldLine[] => {
    if (OF_BODY_OR_CONNECTION.test(name) || !isField(name, value)) return []
    return [...fieldLines(name, [value].flat().map(String))]
  })
}

/** Whether a host that writes the page of an error can set this field of the error beside its own length. */
export function isFieldOfErrorPage(name: string, value: unknown): boolean {
  return !OF_FRAMING.test(name) && isField(name, value)
}

function isField(name: string, value: unknown): boolean {
  return isFieldName(name) && [value].flat().every((each) => isSimple(each) && isFieldText(String(each)))
}

function isSimple(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}
