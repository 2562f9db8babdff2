import { debug } from '../exchange/exchange.js'
import type { RequestFacts } from '../exchange/request-facts.js'
import { isNavigation, ownUrl } from './intended.js'

/**
 * Writes the URL of a page that the browser is about to show into the session, for a later `back`. Runs when the answer is
 * decided and the session has not been stored yet. A session that holds the URL already stays unchanged. So does one whose
 * cookie can no longer be sent: koa-session fails if it has to send one.
 */
export function recordPage(
  facts: RequestFacts,
  status: number = facts.res.statusCode,
  disposition: string | undefined = facts.stagedField('content-disposition'),
): void {
  const { session: property, record } = facts.settings.back
  if (!record || property === undefined || facts.res.headersSent || !isShownAsPage(facts, status, disposition)) return
  const url = ownUrl(facts)
  if (url === undefined) return
  try {
    const { session } = facts
    if (typeof session !== 'object' || session === null || Reflect.get(session, property) === url) return
    Reflect.set(session, property, url)
  } catch (error) {
    debug('%s %s: the page is not recorded: %s', facts.method, facts.url, error)
  }
}

/** A page inside of a page, an error page, a redirect and a download are no place to go back to. A 304 shows the page. */
function isShownAsPage(facts: RequestFacts, status: number, disposition = ''): boolean {
  const isShown = status === 200 || status === 203 || status === 206 || status === 304
  if (facts.method !== 'GET' || !isShown || !isNavigation(facts, ['document'])) return false
  return !/^\s*attachment\b/i.test(disposition)
}
