import { AsyncResource } from 'node:async_hooks'
import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { cutOff, whenEndedByOthers } from '../exchange/cut-off.js'
import {
  abortedError,
  answeredMeanwhile,
  type Exchange,
  endedByOthers,
  isAborted,
  toError,
} from '../exchange/exchange.js'
import type { DirectReadable, FieldLine } from '../exchange/response-description.js'
import { isDestroyed } from '../exchange/when-response-closes.js'
import { endOfTurn } from '../wire/end-of-turn.js'
import { isUnread, writesToNativeSocket } from '../wire/native-socket.js'
import { isFlushable, ResponseWriter } from '../wire/response-writer.js'
import { type MakeReader, StreamRun } from './stream-run.js'

/**
 * Opens a stream: resolves when its first batch is there, rejects if the source fails before that. When the server shuts
 * down, a stream that may have no end gets the grace time; with `endsOnShutdown: false` it completes, as a file does.
 */
export async function openStreamBody(
  exchange: Exchange,
  makeReader: MakeReader,
  { endsOnShutdown = true }: { readonly endsOnShutdown?: boolean } = {},
): Promise<StreamBody> {
  const run = new StreamRun(exchange)
  return new StreamBody(run, await run.start(makeReader, endsOnShutdown))
}

/** An open stream. The kit writes it on a Node response, or a framework reads it and writes by itself. */
export class StreamBody extends Readable implements DirectReadable {
  /** Fields that the first chunk tells. */
  defaults: readonly FieldLine[] = []
  readonly #run: StreamRun
  /** The async context of the request: a socket that drains has none, and then batches are asked for. */
  readonly #context = new AsyncResource('ResponseKitStream')
  /** As long as the stream has not started, nothing else ends it when its run is stopped. */
  readonly #forgetStop: () => void
  #batch: Buffer | undefined
  #isStarted = false
  #isWanted = false
  #wake: (() => void) | undefined
  #isSentDirectly = false
  /** The source has nothing more for now, so a compressing stream must pass on what it has. */
  #isFlushDue = false

  constructor(run: StreamRun, first: Buffer | undefined) {
    super()
    this.#run = run
    this.#batch = first
    this.on('error', ignore)
    this.#forgetStop = run.onStop(() => this.destroy())
  }

  get stopReason(): Error | undefined {
    return this.#run.stopReason
  }

  async sendTo(res: ServerResponse): Promise<void> {
    this.#isStarted = true
    this.#isSentDirectly = true
    const run = this.#run
    this.#forgetStop()
    this.#watchOthers((error) => run.stop(error))
    try {
      await this.#writeOn(res)
    } catch (reason) {
      run.stop(toError(reason))
      await endOfTurn() // Node gathers the writes of a tick: what was written before the failure still leaves
      throw reason
    }
    await run.end(res)
    this.destroy()
  }

  override _read(): void {
    this.#isWanted = true
    this.#wake?.()
    if (!this.#isStarted) this.#start(() => this.#deliver())
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    if (!this.#isSentDirectly) this.#run.stop(error ?? abortedError())
    callback(error)
  }

  /** Writes on a plain response by itself, as `sendTo` does. Other destinations, and listeners, read the stream. */
  override pipe<Destination extends NodeJS.WritableStream>(
    destination: Destination,
    options?: { end?: boolean },
  ): Destination {
    if (Object.is(destination, this.#run.exchange.facts.res)) this.#watchOthers((error) => this.destroy(error))
    if (!this.#isStarted && isUnread(this) && writesToNativeSocket(destination)) {
      if (options?.end !== false) this.once('end', () => destination.end())
      this.#start(async () => {
        await this.#writeOn(destination)
        this.resume() // without a reader the stream would never emit `end`
      })
      return destination
    }
    super.pipe(destination, options)
    if (isFlushable(destination)) {
      // Runs after the listener of the pipe, so what that one wrote leaves.
      this.on('data', () => {
        if (this.#isFlushDue && this.readableLength === 0) destination.flush()
      })
    }
    return destination
  }

  /** Other code that ends the response stops the stream. If a length was announced, a part of it must not look whole. */
  #watchOthers(stop: (error: Error) => void): void {
    const { exchange } = this.#run
    const { req, res } = exchange.facts
    whenEndedByOthers(
      exchange.facts,
      () => this.readableEnded || this.#run.isEnding,
      () => {
        if (!res.hasHeader('Content-Length')) return stop(answeredMeanwhile())
        const error = endedByOthers()
        exchange.noteFailure(error) // the tasks after the answer may run before the stream has failed
        stop(error)
        cutOff(req, res, error)
      },
    )
  }

  /** Passes the batches on. A source that fails now destroys this stream. */
  #start(pass: () => Promise<void>): void {
    this.#isStarted = true
    this.#forgetStop() // from now on the next read fails
    this.#context.runInAsyncScope(async () => {
      try {
        await pass()
        this.#run.complete()
        this.push(null)
      } catch (reason) {
        await endOfTurn() // Node gathers the writes of a tick: what was written before the failure still leaves
        const error = toError(reason)
        this.destroy(isAborted(error) ? undefined : error)
      }
    })
  }

  async #writeOn(res: ServerResponse): Promise<void> {
    const run = this.#run
    const writer = new ResponseWriter(res)
    run.offerTo(writer)
    while (this.#batch !== undefined) {
      this.#throwIfEnded()
      const hasRoom = writer.write(this.#batch)
      run.exchange.noteBegun()
      if (run.isPaused) writer.flush()
      if (!hasRoom) await run.waitForClient(writer.whenRoom)
      this.#batch = await run.read()
      run.throwIfStopped()
    }
  }

  /** Hands the batches to the reader of this stream. */
  async #deliver(): Promise<void> {
    const run = this.#run
    await nextTick() // all that will read it listens by then
    run.throwIfStopped()
    while (this.#batch !== undefined) {
      this.#isWanted = false
      this.#isFlushDue = run.isPaused
      this.#throwIfEnded()
      const hasRoom = this.push(this.#batch)
      if (!hasRoom && !this.#isWanted) await this.#untilWanted()
      this.#batch = await run.read()
      run.throwIfStopped()
    }
  }

  /** To write after the end would fail the response. Code that sees its client leave may have ended it. */
  #throwIfEnded(): void {
    const { req, res } = this.#run.exchange.facts
    if (res.writableEnded) throw isDestroyed(req, res) ? abortedError() : answeredMeanwhile()
  }

  #untilWanted(): Promise<void> {
    return this.#run.waitForClient((wake) => {
      this.#wake = wake
      if (this.#isWanted) wake()
    })
  }
}

const nextTick = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve))

function ignore(): void {}
