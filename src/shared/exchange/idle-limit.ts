import { abortedError, type Exchange } from './exchange.js'
import { isQueued } from './when-response-closes.js'

/**
 * Waits for a sign that the client accepts what was written, and calls `cutOff` if none comes for as long as `idleLimit`
 * says. The returned function tells of the sign. A pipelined response has no socket before its turn (RFC 9112 §9.3.2): the
 * client cannot read it, so that time does not count.
 */
export function watchClient(
  { facts: { req, res }, settings: { idleLimit } }: Exchange,
  cutOff: (reason: Error) => void,
): () => void {
  if (idleLimit === 0) return noWatch
  let timer: NodeJS.Timeout | undefined
  const start = (): void => {
    timer = setTimeout(() => {
      cutOff(abortedError(`The client has accepted nothing for ${idleLimit / 1000} s (idleLimit)`))
    }, idleLimit)
  }
  if (!isQueued(req, res)) {
    start()
    return () => clearTimeout(timer)
  }
  res.once('socket', start)
  return () => {
    res.removeListener('socket', start)
    clearTimeout(timer)
  }
}

function noWatch(): void {}
