import { invalidType } from '../checks/errors.js'
import type { Exchange } from '../exchange/exchange.js'
import type { ResponseDescription } from '../exchange/response-description.js'
import { type DynamicBodyOptions, describeDynamicBody } from './dynamic-body.js'

const TEXT: DynamicBodyOptions = { inferredType: 'text/plain; charset=utf-8' }
const HTML: DynamicBodyOptions = { inferredType: 'text/html; charset=utf-8' }

export function describeText(exchange: Exchange, body: string): ResponseDescription {
  if (typeof body !== 'string') throw invalidType('text: body', 'a string', body)
  return describeDynamicBody(exchange, body, TEXT)
}

export function describeHtml(exchange: Exchange, body: string): ResponseDescription {
  if (typeof body !== 'string') throw invalidType('html: body', 'a string', body)
  return describeDynamicBody(exchange, body, HTML)
}
