import { AsyncResource } from 'node:async_hooks'
import { type IncomingMessage, ServerResponse } from 'node:http'
import type { ServerHttp2Stream } from 'node:http2'
import { Socket } from 'node:net'

/** The responses that have emitted `finish`. With the fake socket of a Lambda adapter, it comes before Node sets its own marks. */
const finished = new WeakSet<ServerResponse>()

/** The responses whose connection was gone before they were finished: the client has left. `finished` may have them too. */
const cut = new WeakSet<ServerResponse>()

/** The callbacks that wait for the end of a response, in the order in which they came. */
const waiting = new WeakMap<ServerResponse, (() => void)[]>()

/** The ends of responses that wait for their turn on a connection. Node emits no event for these when the connection closes. */
const queued = new WeakMap<Socket, Set<() => void>>()

/**
 * Calls back once, in the async context of the caller or the one given, after the response has ended: complete, or cut
 * off. The signs differ by what serves the response:
 *
 * - Node emits `finish` and `close`, or `close` alone if the client left.
 * - The responses of Lambda adapters and test doubles emit `finish` alone, and some emit nothing (`noteEnd`).
 * - A pipelined response has no socket before its turn, and does not see its connection close.
 * - A response of HTTP/2 emits `finish` and `close` of every stream that closes, also of one that the client has reset.
 */
export function whenResponseCloses(
  req: IncomingMessage,
  res: ServerResponse,
  callback: () => void,
  // Not AsyncResource.bind(): in Node 20 the function it makes has two deprecated accessors, 1 kB for each response.
  context: AsyncResource = new AsyncResource('ResponseKitResponse'),
): void {
  const bound = () => context.runInAsyncScope(callback)
  if (isOver(req, res)) {
    queueMicrotask(bound)
    return
  }
  const callbacks = waiting.get(res)
  if (callbacks !== undefined) {
    callbacks.push(bound)
    return
  }
  waiting.set(res, [bound])
  watch(req, res)
}

/** The response is pipelined and waits for its turn on the connection: until then it has no socket (RFC 9112 §9.3.2). */
export function isQueued(req: IncomingMessage, res: ServerResponse): boolean {
  return res.socket === null && req.socket !== null
}

function watch(req: IncomingMessage, res: ServerResponse): void {
  const tell = () => tellEnd(res)
  const ended = isQueued(req, res) ? untilConnectionCloses(req.socket, tell) : tell
  // A test double may have no events.
  res.once?.('finish', () => {
    if (http2StreamOf(res) === undefined) noteFinished(req, res)
    ended()
  })
  res.once?.('prefinish', () => {
    // With the fake socket of a Lambda adapter, `finish` comes before it.
    if (!(res instanceof ServerResponse) || finished.has(res)) return
    // Code that sees the client leave may end the response then, which makes it finished.
    if (isDestroyed(req, res)) cut.add(res)
  })
  res.once?.('close', () => {
    if (res instanceof ServerResponse && !finished.has(res)) cut.add(res)
    ended()
  })
  // As Node 26 does itself. After a reset without an error code older releases wait until all is written, which never is.
  const stream = http2StreamOf(res)
  stream?.once?.('end', () => {
    if (stream.closed) stream.destroy()
  })
  stream?.once?.('close', ended) // the response itself emits nothing if the stream of a HEAD request closes before its end
}

function tellEnd(res: ServerResponse): void {
  const callbacks = waiting.get(res)
  waiting.delete(res)
  for (const callback of callbacks ?? []) callback()
}

/**
 * Calls the waiting callbacks of a response that was just ended, if it is a test double that emits no event. A double may
 * have no mark of its end either.
 */
export function noteEnd(res: ServerResponse): void {
  if (!waiting.has(res) || !isTestDouble(res)) return
  if (res.writableEnded === undefined && res.finished === undefined) finished.add(res)
  if (isComplete(res)) queueMicrotask(() => tellEnd(res))
}

/**
 * Tells that a response without a connection was cut off: nothing closes there, so nothing else tells it. A Lambda adapter
 * listens to `error`.
 */
export function noteCutOff(res: ServerResponse, error: Error): void {
  process.nextTick(() => {
    if (res.listenerCount?.('error') > 0) res.emit('error', error)
    tellEnd(res)
  })
}

/**
 * `finish` also comes if the system has refused the last bytes, or if the client resets the connection while they wait in
 * the process. Then the socket has an error of the system. One of the parser or of the app does not tell that bytes are lost.
 */
function noteFinished({ socket }: IncomingMessage, res: ServerResponse): void {
  if (socket instanceof Socket && isConnectionLost(socket.errored)) cut.add(res)
  finished.add(res)
}

function isConnectionLost(error: NodeJS.ErrnoException | null | undefined): boolean {
  return error != null && (error.syscall !== undefined || error.code === 'ECONNRESET') // Node's own error of a reset has no call
}

/** Whether all of the response was handed to the system that sends it. */
export function isComplete(res: ServerResponse): boolean {
  if (cut.has(res)) return false
  if (finished.has(res)) return true
  const stream = http2StreamOf(res)
  // Node ends the stream that it aborts, and that of a HEAD request before its handler runs.
  if (stream !== undefined) return stream.writableFinished && stream.headersSent && !stream.aborted
  const { socket, writableFinished } = res
  if (writableFinished === undefined || hasFakeSocket(res)) return res.writableEnded ?? res.finished ?? false
  // Node takes the socket from a complete response. Code that sees the client leave may have ended this one then.
  if (socket instanceof Socket && socket.destroyed) return false
  return writableFinished
}

/** Whether the response, or the connection below it, was destroyed. A response of HTTP/2 does not say so, but its stream does. */
export function isDestroyed(req: IncomingMessage, res: ServerResponse): boolean {
  return (http2StreamOf(res)?.destroyed ?? res.destroyed) || (req.socket?.destroyed ?? false)
}

/** Whether the client has reset the stream of this response of HTTP/2, or has closed its connection. */
export function isStreamAborted(res: ServerResponse): boolean {
  return http2StreamOf(res)?.aborted === true
}

/** Whether the stream of this response of HTTP/2 has failed with this error: a client may reset it with any code (RFC 9113 §7). */
export function isErrorOfStream(res: ServerResponse, error: unknown): boolean {
  return error !== null && http2StreamOf(res)?.errored === error
}

/** The stream of a response of HTTP/2, which its compatibility API shows. */
export function http2StreamOf(res: ServerResponse): ServerHttp2Stream | undefined {
  if (res instanceof ServerResponse) return undefined // an app may keep a stream of another server on it
  const { stream } = res as { readonly stream?: unknown } // a test double may have none
  if (typeof stream !== 'object' || stream === null || !('rstCode' in stream)) return undefined
  return stream as ServerHttp2Stream // no other stream has an error code of HTTP/2
}

/** Whether the response has ended, complete or not. */
function isOver(req: IncomingMessage, res: ServerResponse): boolean {
  // A response of HTTP/2 has no mark for it: its stream tells.
  if (res.closed || isComplete(res) || http2StreamOf(res)?.destroyed === true) return true
  return res.socket === null && req.socket?.destroyed === true
}

/** The response is of a Lambda adapter or a test double: no connection closes when it is destroyed. */
export function hasNoConnection(res: ServerResponse): boolean {
  return isTestDouble(res) || hasFakeSocket(res)
}

/** The socket of a Lambda adapter has no length, so Node cannot see that all is written. */
function hasFakeSocket({ socket }: ServerResponse): boolean {
  return socket !== null && socket !== undefined && typeof socket.writableLength !== 'number'
}

/** Node's responses have a socket or `null`; a test double has none at all. */
function isTestDouble(res: ServerResponse): boolean {
  return res.socket === undefined
}

/** The callback for the response's own end, which takes it off the list of the connection. */
function untilConnectionCloses(socket: Socket, callback: () => void): () => void {
  let callbacks = queued.get(socket)
  if (callbacks === undefined) {
    const all = new Set<() => void>()
    callbacks = all
    queued.set(socket, all)
    socket.once('close', () => {
      for (const each of all) each()
    })
  }
  const own = callbacks
  own.add(callback)
  return () => {
    own.delete(callback)
    callback()
  }
}
