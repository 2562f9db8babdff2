import type { Exchange } from '../exchange/exchange.js'
import type { ResponseDescription } from '../exchange/response-description.js'
import { withStagedPreconditions } from '../exchange/staged-preconditions.js'
import type { HtmlFragment } from '../fields/html-text.js'
import { describePartsBody, releaseParts } from '../streams/parts-body.js'
import { UNBUFFERED } from '../streams/streaming.js'
import { isFragment, readFragment, textOf } from './html-fragment.js'
import { describeMemoryBody, readTextBody, type TextBody } from './memory-body.js'

/** A page: a string, bytes in UTF-8, or what the template tag `html` makes. */
export type HtmlBody = TextBody | HtmlFragment

export const HTML_TYPE = 'text/html; charset=utf-8'

/** A page that is known as a whole, with its validators; or one that streams, because something in it comes later. */
export function describeHtml(exchange: Exchange, body: HtmlBody, status?: number): ResponseDescription {
  const text = readHtmlBody(body)
  if (text !== undefined) return describeMemoryBody(exchange.facts, text, { status, inferredType: HTML_TYPE })
  const fragment = body as HtmlFragment // of all bodies, only a fragment has no text
  const parts = readFragment(fragment)
  return withStagedPreconditions(exchange.facts, {
    status,
    fields: [],
    defaults: [['Content-Type', HTML_TYPE], UNBUFFERED],
    body: describePartsBody(exchange, {
      open: () => parts,
      release: () => releaseParts(parts),
    }),
  })
}

/** The page, or `undefined` if something in it comes later. Refuses what is no page. */
export function readHtmlBody(body: HtmlBody): string | Uint8Array | undefined {
  return isFragment(body) ? textOf(body) : readTextBody('html', body, 'a string, bytes or an html`...` fragment')
}
