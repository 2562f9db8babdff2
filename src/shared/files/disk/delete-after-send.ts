import { unlink } from 'node:fs'
import type { Exchange } from '../../exchange/exchange.js'
import { whenResponseCloses } from '../../exchange/when-response-closes.js'

/** Removes the file once the response is over, complete or not; that it is gone already is no failure. */
export function deleteWhenEnded(exchange: Exchange, path: string): void {
  const remove = (): void => {
    unlink(path, (error) => {
      if (error !== null && error.code !== 'ENOENT') exchange.report(error, false)
    })
  }
  if (exchange.aborted || exchange.res.closed) remove()
  else whenResponseCloses(exchange.req, exchange.res, remove)
}
