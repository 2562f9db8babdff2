import { parseLinkList } from '../fields/link.js'
import type { Exchange } from './exchange.js'
import { isQueued } from './when-response-closes.js'

// What Node writes in a 103: parameters without spaces. A link with more than that waits for the final response.
const HINTABLE = /^<[^>]*>(?:[ \t]*;[ \t]*[^;"\s]+(?:="[^;"\s]*")?)*$/

/** Sends a 103 with the staged Link field, if there is one and the client may get a 1xx. */
export function sendEarlyHints(exchange: Exchange): void {
  const { facts } = exchange
  const { req, res } = facts
  const links = parseLinkList(facts.stagedField('link') ?? '').filter((link) => HINTABLE.test(link))
  // A 1xx must not go to an HTTP/1.0 client (RFC 9110 §15.2).
  const isModern = req.httpVersionMajor > 1 || (req.httpVersionMajor === 1 && req.httpVersionMinor >= 1)
  // Node writes the 103 of a pipelined response after the head of the final one: into its body.
  if (links.length === 0 || !isModern || isQueued(req, res) || typeof res.writeEarlyHints !== 'function') return
  res.writeEarlyHints({ link: links })
}
