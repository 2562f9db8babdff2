import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Ending, forgetEnding, untilShutdown } from './shutdown.js'

/** A connection kept alive would hold `server.close()` back: it ends behind the answer that is under way. */
export function endConnectionOnShutdown(req: IncomingMessage, res: ServerResponse, shutdown: AbortSignal): void {
  if (req.httpVersionMajor > 1 || res.closed) return
  const ending: Ending = {
    shutDown: () => {
      res.once('finish', () => req.socket.destroySoon())
    },
  }
  untilShutdown(shutdown, ending)
  res.once('close', () => forgetEnding(shutdown, ending))
}
