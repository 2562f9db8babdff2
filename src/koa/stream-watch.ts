import { AsyncResource } from 'node:async_hooks'
import type { ParameterizedContext } from 'koa'
import { abortedError, type Exchange, isAborted, isAnotherAnswer } from '../shared/exchange/exchange.js'
import type { DirectReadable } from '../shared/exchange/response-description.js'
import {
  isComplete,
  isErrorOfStream,
  isStreamAborted,
  whenResponseCloses,
} from '../shared/exchange/when-response-closes.js'
import { isObject } from '../shared/exchange/wrong-host.js'
import { isNodeStream } from '../shared/streams/stream-source.js'
import { tellKoa } from './raised-error.js'

/** The error codes of a stream and its socket if the client has left. */
const DISCONNECTIONS: ReadonlySet<unknown> = new Set(['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE'])

/** Code of the app may throw anything, also a text. */
function codeOf(error: unknown): unknown {
  return isObject(error) ? error.code : undefined
}

function isDisconnection(error: unknown): boolean {
  return DISCONNECTIONS.has(codeOf(error))
}

/** A stream of HTTP/2 that the client has left ends before it closes, and refuses the chunks that come meanwhile. */
function isRefusedChunk(error: unknown): boolean {
  return codeOf(error) === 'ERR_STREAM_WRITE_AFTER_END'
}

/**
 * Keeps a client that left from the app's error handling, whichever stream Koa notices it on. A source that fails in the
 * same words while the client is there is a failure.
 */
export function ignoreDisconnections(
  { facts: { req, res } }: Exchange,
  ctx: ParameterizedContext,
  stream: NodeJS.ReadableStream,
  isReported: (error: Error) => boolean = () => false,
): void {
  let hasLeft = false
  let failure: Error | undefined
  stream.once('error', (error) => {
    if (!hasLeft) failure = error // else Koa has destroyed the stream, because the client left
  })
  whenResponseCloses(req, res, () => {
    hasLeft = true
  })
  const tell = ctx.onerror
  ctx.onerror = (error) => {
    const isDisconnected = isDisconnection(error) && (hasLeft || error === req.socket.errored)
    const isOfStream = isErrorOfStream(res, error) || (isRefusedChunk(error) && isStreamAborted(res))
    const isClientGone = isDisconnected || isAborted(error) || isOfStream
    const isAbort = error !== failure && isClientGone
    if (isAbort || isReported(error)) return
    if (error != null) unpipeBody(ctx) // Koa also calls with null
    tellKoa(ctx, tell, error)
  }
}

/**
 * Koa 2 ends the response with its error page. A stream into which other code has piped the body, as koa-compress does, would
 * write to a pipelined response after that end. A stream of the old kind cannot be unpiped.
 */
function unpipeBody({ body, res }: ParameterizedContext): void {
  if (!res.headersSent && isObject(body) && isNodeStream(body) && typeof body.unpipe === 'function') body.unpipe(res)
}

/**
 * Watches a stream that Koa sends. Alone, Koa leaves the connection open if the stream fails, and reports a client that
 * left as a failure.
 */
export class StreamWatch {
  #failure: Error | undefined
  readonly #stream: DirectReadable

  constructor(exchange: Exchange, ctx: ParameterizedContext, stream: DirectReadable) {
    this.#stream = stream
    const { facts } = exchange
    const { req, res } = facts
    ignoreDisconnections(exchange, ctx, stream, (error) => exchange.hasBegun && error === this.failure)
    // Middleware may hold back the head with these bytes. What is piped may be the stream of other code. A test double may
    // have no events.
    res.once?.('pipe', (piped: Partial<NodeJS.ReadableStream>) => {
      // If the pipe itself does not listen, as that of readable-stream 1.0, a listener would take the bytes away from it.
      if (Number(piped.listenerCount?.('data')) > 0) piped.once?.('data', () => exchange.noteBegun())
    })
    const noteFailure = (error: Error): void => {
      if (facts.aborted && isDisconnection(error)) return
      this.#failure = error
      if (exchange.hasBegun) {
        exchange.fail(error)
        return
      }
      exchange.noteFailure(error)
      exchange.report(error, false)
      // Koa sends an error page. Koa 3 listens to the last body alone, so if other code pipes the stream into one of its
      // own, Koa does not learn of the failure.
      if (ctx.body !== stream) process.nextTick(failUnlessEnded, exchange, ctx, error)
    }
    // A socket that takes bytes again makes a file go on, in no context of the request.
    stream.once('error', AsyncResource.bind(noteFailure))
    whenResponseCloses(req, res, () => {
      stream.destroy() // a pipelined response may end before its turn: Koa does not see that
      if (!isComplete(res) && this.failure === undefined) exchange.report(stream.stopReason ?? abortedError(), true)
    })
  }

  /** The failure of the stream. A client that left is no failure. */
  get failure(): Error | undefined {
    const { errored } = this.#stream // if other code has ended the response, its end may come before the stream tells that
    return this.#failure ?? (errored != null && isAnotherAnswer(errored) ? errored : undefined)
  }
}

function failUnlessEnded(exchange: Exchange, ctx: ParameterizedContext, error: Error): void {
  const { res } = exchange.facts
  if (res.writableEnded) return
  if (exchange.hasBegun) exchange.fail(error)
  else ctx.onerror(error)
}
