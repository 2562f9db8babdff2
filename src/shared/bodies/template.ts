import { checkKeys, isRecord } from '../checks/check-keys.js'
import { invalidType, showValue } from '../checks/errors.js'
import { checkStatus } from '../checks/status.js'
import type { Exchange } from '../exchange/exchange.js'
import type { ResponseDescription } from '../exchange/response-description.js'
import { type Chunk, isAsyncIterable, isNodeStream, isWebStream } from '../streams/stream-source.js'
import { describeStreaming } from '../streams/streaming.js'
import { describeHtml, HTML_TYPE } from './html.js'
import { isFragment } from './html-fragment.js'

/** Variables of a template, by name. */
export type TemplateVariables = Readonly<Record<string, unknown>>

/** Options of `template`. */
export interface TemplateOptions {
  /** An integer from 200 to 999. Default: the staged status, else 200. */
  readonly status?: number
}

/** A rendered page: whole, with its validators, or as the renderer streams it. Misuse throws at once. */
export function describeTemplate(
  exchange: Exchange,
  name: string,
  variables: TemplateVariables = {},
  options: TemplateOptions = {},
): Promise<ResponseDescription> {
  if (typeof name !== 'string') throw invalidType('template: name', 'a string', name)
  if (!isRecord(variables)) {
    throw invalidType('template: variables', 'an object', variables)
  }
  checkKeys('template()', options, ['status'])
  const { status } = options
  if (status !== undefined) checkStatus("template: option 'status'", status)
  return describeRendered(exchange, name, variables, status)
}

async function describeRendered(
  exchange: Exchange,
  name: string,
  variables: TemplateVariables,
  status: number | undefined,
): Promise<ResponseDescription> {
  const rendered: unknown = await exchange.render(name, variables)
  if (typeof rendered === 'string' || isFragment(rendered)) return describeHtml(exchange, rendered, status)
  if (typeof rendered === 'object' && rendered !== null && isStream(rendered)) {
    const described = describeStreaming(exchange, rendered as AsyncIterable<Chunk>, {}, 'template', status) // its chunks are checked as they come
    if (described.body === undefined) return described // 304 or 412
    const others = described.defaults.filter(([name]) => name !== 'Content-Type')
    return {
      ...described,
      defaults: [['Content-Type', HTML_TYPE], ...others],
    }
  }
  throw invalidType(
    `template ${showValue(name)}: what option 'templates' returned`,
    'a string, an html`...` fragment or a stream',
    rendered,
  )
}

function isStream(rendered: object): boolean {
  return isNodeStream(rendered) || isWebStream(rendered) || isAsyncIterable(rendered)
}
