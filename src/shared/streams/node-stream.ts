import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { Readable, Stream } from 'node:stream'
import { atEndOfTurn } from '../wire/end-of-turn.js'

// A Node stream reports its end, its failure and its destruction by three events that need not come together, and streams
// of old packages lack some of them. What the kit has learned of a stream is kept here.

/** The stream to read in place of one that a handler gave: itself, or a wrapper if it is of the kind before Node 0.10. */
const adopted = new WeakMap<object, Readable>()

/** What streams have failed with. A stream may emit an error and not be destroyed: it would be waited for without end. */
const failures = new WeakMap<object, unknown>()

/** Takes the errors of a stream from now on, and returns the stream to read in its place. */
export function adoptNodeStream(stream: Readable): Readable {
  const known = adopted.get(stream)
  if (known !== undefined) return known
  const isModern = Symbol.asyncIterator in stream
  // A stream of the old kind waits for no reader: the wrapper takes its events from now on.
  const readable = isModern ? stream : wrapOldStream(stream)
  adopted.set(stream, readable)
  stream.on('error', rememberFailure)
  if (!isModern) readable.on('error', ignore)
  return readable
}

/**
 * A stream of the kind before Node 0.10 as one of today. Node's own `wrap` drops what it holds when the stream closes, and
 * such a stream closes as soon as it has ended, read or not.
 */
function wrapOldStream(stream: Readable): Readable {
  let hasEnded = false
  // Some of them can be neither paused nor resumed.
  const { pause, resume }: Partial<Pick<Readable, 'pause' | 'resume'>> = stream
  // To resume a stream that runs may start it a second time: it gives its data twice, or a part. One with a `pipe` of its own,
  // as form-data has, may begin only there, by `resume`.
  let isPaused = stream.pipe !== Stream.prototype.pipe
  const read = (): void => {
    if (!isPaused) return
    isPaused = false
    resume?.call(stream)
  }
  const readable = new Readable({ objectMode: true, read })
  stream.on('data', (chunk: unknown) => {
    if (hasEnded || readable.push(chunk) || pause === undefined) return
    isPaused = true
    pause.call(stream)
  })
  stream.once('end', () => {
    hasEnded = true
    readable.push(null)
  })
  stream.on('error', (error) => readable.destroy(error))
  stream.on('close', () => {
    if (!hasEnded) readable.destroy()
  })
  return readable
}

/** Whether the kit reads a stream, or will read it. */
export function isAdopted(stream: object): boolean {
  return adopted.has(stream)
}

/**
 * Keeps what a stream gives until it is read. When a child process ends, Node throws away the output that no code waits
 * for: that is a socket, which reads ahead anyway.
 */
export function holdNodeStream(stream: Readable): void {
  if (stream instanceof Socket && !stream.listeners('readable').includes(ignore)) stream.on('readable', ignore)
}

function rememberFailure(this: Readable, reason: unknown): void {
  failures.set(this, reason)
}

/** Whether an adopted stream has failed before its end. */
export function hasFailed(stream: Readable, readable: Readable): boolean {
  return (failures.has(stream) || (readable.errored ?? null) !== null) && !readable.readableEnded
}

/** What a stream has failed with. */
export function failureOf(stream: Readable, readable: Readable): unknown {
  return readable.errored ?? failures.get(stream)
}

/**
 * Reads until the stream says `end`: then it has given everything. Node's iterator waits for `close` as well, which a
 * `destroy` of the app may delay, or never emit. A failure in the same turn still counts. Nor does that iterator learn of a
 * failure before its first read, or destroy a stream that does not destroy itself. `destroy` does that.
 */
export function readUntilEnd<Result extends IteratorResult<unknown, unknown>>(
  stream: Readable,
  readable: Readable,
  next: () => Result | Promise<Result>,
  destroy: () => void,
): () => Promise<Result | IteratorReturnResult<undefined>> {
  let isEnded = false
  let end: () => void = ignore
  readable.once('end', () => {
    isEnded = true
    atEndOfTurn(end)
  })
  return () =>
    new Promise((resolve, reject) => {
      const fail = (reason: unknown): void => {
        destroy()
        reject(reason)
      }
      end = () => resolve({ done: true, value: undefined })
      if (isEnded) atEndOfTurn(end)
      if (failures.has(stream) && !isEnded) fail(failures.get(stream))
      else Promise.resolve(next()).then(resolve, fail)
    })
}

/** Streams that the kit has destroyed. One of the old kind may close a file descriptor each time, which is then another's. */
const destroyed = new WeakSet<Readable>()

/** Destroys a stream once, unless it is the request that this server answers. */
export function destroyNodeStream(stream: Readable): void {
  if (isServerRequest(stream) || destroyed.has(stream)) return
  destroyed.add(stream)
  adopted.get(stream)?.destroy()
  if (typeof stream.destroy === 'function') stream.destroy()
  // A stream of the old kind may have only this to close its file or socket.
  else if ('close' in stream && typeof stream.close === 'function') stream.close()
}

/** A request that this server answers: destroying it would take the connection, and with it the answer. */
function isServerRequest(stream: Readable): boolean {
  return stream instanceof IncomingMessage && stream.statusCode === null
}

function ignore(): void {}
