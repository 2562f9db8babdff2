import { createReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import type { S3Client } from '@aws-sdk/client-s3'
import { type ObjectSource, s3Source } from '../../src/s3/index.js'
import { contentOf } from './content.js'
import type { Ledger } from './ledger.js'
import { type Plan, planUrl, readPlan } from './plan.js'

/** What a kind of answer may use on the server. */
export interface Workshop {
  readonly ledger: Ledger
  /** The path of a file that holds the bytes of the plan. */
  readonly file: (plan: Plan) => string | Promise<string>
  /** The path of a file that holds the bytes of the plan, and has a sibling with its gzip form. */
  readonly coded: (plan: Plan) => Promise<string>
  /** The path of a file that holds the bytes of the plan, and that the kit has to delete. */
  readonly temporary: (plan: Plan) => Promise<string>
  /** The URL at which another server answers with the bytes of the plan. */
  readonly upstream: (plan: Plan) => string
  /** A client of a store that has an object for every plan. */
  readonly store: S3Client
}

const CHUNK = 17_000

/** The bytes of the plan in chunks, with the fault of the plan. */
function* chunks({ seed, size, fault }: Plan): Generator<Buffer> {
  if (fault === 'fails early') throw new Error('the source fails early')
  const end = fault === 'is too short' ? size >> 1 : fault === 'is too long' ? size + 5000 : size
  for (let at = 0; at < end; at += CHUNK) {
    if (fault === 'fails late' && at >= size >> 1) throw new Error('the source fails late')
    yield contentOf(seed, at, Math.min(CHUNK, end - at))
  }
}

/** A part of the bytes of the plan, with the fault of the plan. */
function* chunksFrom(start: number, end: number, plan: Plan): Generator<Buffer> {
  let at = start
  for (const chunk of chunks({ ...plan, size: end - start + 1 })) {
    yield contentOf(plan.seed, at, chunk.length)
    at += chunk.length
  }
}

const label = ({ kind, fault }: Plan): string => `${kind}, ${fault}`

export function* generator(plan: Plan, { ledger }: Workshop): Generator<Buffer> {
  const finish = ledger.begin(label(plan))
  try {
    yield* chunks(plan)
  } finally {
    finish()
  }
}

export async function* asyncGenerator(plan: Plan, { ledger }: Workshop): AsyncGenerator<Buffer> {
  const finish = ledger.begin(label(plan))
  try {
    for (const chunk of chunks(plan)) {
      await turn()
      yield chunk
    }
  } finally {
    finish()
  }
}

/** Asynchronous by name: no await in it ever waits for the event loop. */
export async function* hastyGenerator(plan: Plan, { ledger }: Workshop): AsyncGenerator<Buffer> {
  const finish = ledger.begin(label(plan))
  try {
    yield* chunks(plan)
  } finally {
    finish()
  }
}

/** A Node stream counts from its birth: the kit owns it from the call on, also if nothing is ever read from it. */
export function nodeStream(plan: Plan, { ledger }: Workshop, objectMode = false): Readable {
  return readableOf(chunks(plan), (chunk) => chunk, objectMode).once('close', ledger.begin(label(plan)))
}

export async function fileStream(plan: Plan, workshop: Workshop): Promise<Readable> {
  const finish = workshop.ledger.begin(label(plan))
  return createReadStream(await workshop.file(plan)).once('close', finish)
}

/** An open file, which the kit closes. */
export async function fileHandle(plan: Plan, { file }: Workshop): Promise<FileHandle> {
  return open(await file(plan))
}

/** The answer of another server: its connection counts until it is closed. */
export function fetched(plan: Plan, { upstream }: Workshop): Promise<Response> {
  return fetch(upstream(plan))
}

/** Answers as another server does. */
export function answerUpstream(plan: Plan, response: ServerResponse, ledger: Ledger): void {
  response.once('close', ledger.begin(`upstream of ${label(plan)}`))
  if (plan.fault === 'is too short') response.setHeader('Content-Length', plan.size)
  passOn(chunks(plan), response)
}

/** An object of a store: the connection of each of its requests counts until it is closed. */
export function storedObject(plan: Plan, { store }: Workshop): ObjectSource {
  return s3Source(store, { Bucket: 'torture', Key: planUrl(plan).slice('/?'.length) })
}

const OBJECT_PATH = '/torture/'

/** The plan of a request to the store; `undefined`: it is another request. */
export function planOfObject(url: string): Plan | undefined {
  const { pathname } = new URL(url, 'http://localhost')
  return pathname.startsWith(OBJECT_PATH)
    ? readPlan(`/?${decodeURIComponent(pathname.slice(OBJECT_PATH.length))}`)
    : undefined
}

/** Answers as a store does to HeadObject and to GetObject with a range. */
export function answerAsStore(plan: Plan, request: IncomingMessage, response: ServerResponse, ledger: Ledger): void {
  const { size } = plan
  const [, start = '0', end = `${size - 1}`] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? []
  response.once('close', ledger.begin(`store of ${label(plan)}`))
  response.writeHead(request.headers.range === undefined ? 200 : 206, {
    ETag: `"${plan.seed}-${size}"`,
    'Last-Modified': 'Sat, 02 Jan 2021 03:04:05 GMT',
    'Content-Length': Number(end) - Number(start) + 1,
    ...(request.headers.range !== undefined && { 'Content-Range': `bytes ${start}-${end}/${size}` }),
  })
  if (request.method === 'HEAD') return void response.end()
  passOn(chunksFrom(Number(start), Number(end), plan), response)
}

/** The client sees a cut if the bytes fail. */
function passOn(bytes: Iterator<Buffer>, response: ServerResponse): void {
  const body = readableOf(bytes, (chunk) => chunk, false)
  response.on('close', () => body.destroy())
  body.on('error', () => response.destroy())
  body.pipe(response)
}

export function webStream(plan: Plan, { ledger }: Workshop): ReadableStream<Uint8Array> {
  const finish = ledger.begin(label(plan))
  const pending = chunks(plan)
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      try {
        const { value, done } = pending.next()
        if (done !== true) return controller.enqueue(value)
        finish()
        controller.close()
      } catch (error) {
        finish()
        controller.error(error)
      }
    },
    cancel: finish,
  })
}

/** Bytes that can be read from any position; the fault of the plan is in what `read` gives. */
export function randomAccess(plan: Plan, workshop: Workshop, async = true) {
  const { size, fault } = plan
  return {
    size,
    read({ start, end }: { readonly start: number; readonly end: number }): AsyncIterable<Buffer> | Iterable<Buffer> {
      const shifted = function* (): Generator<Buffer> {
        const finish = workshop.ledger.begin(label(plan))
        try {
          yield* chunksFrom(start, end, plan)
        } finally {
          finish()
        }
      }
      return async && fault !== 'none' ? later(shifted()) : shifted()
    },
  }
}

async function* later<Item>(items: Iterable<Item>): AsyncGenerator<Item> {
  for (const item of items) {
    await turn()
    yield item
  }
}

export interface TortureValue {
  readonly index: number
  readonly text: string
}

/** Values of about 1,500 bytes for the calls that serialize each. */
export function* plainValues({ seed, size, fault }: Plan): Generator<TortureValue> {
  if (fault === 'fails early') throw new Error('the source fails early')
  const count = Math.ceil(size / 1500)
  for (let index = 0; index < count; index++) {
    if (fault === 'fails late' && index >= count >> 1) throw new Error('the source fails late')
    yield { index, text: contentOf(seed, index * 1100, 1100).toString('base64') }
  }
}

/** What becomes of each value before it is yielded: an event, or the value as it is. */
export type Wrap = (value: TortureValue) => unknown

const asItIs: Wrap = (value) => value

export function* values(plan: Plan, { ledger }: Workshop, wrap: Wrap = asItIs): Generator<unknown> {
  const finish = ledger.begin(label(plan))
  try {
    for (const value of plainValues(plan)) yield wrap(value)
  } finally {
    finish()
  }
}

export async function* asyncValues(plan: Plan, workshop: Workshop, wrap: Wrap = asItIs): AsyncGenerator<unknown> {
  let count = 0
  for (const value of values(plan, workshop, wrap)) {
    if (count++ % 10 === 0) await turn()
    yield value
  }
}

export function objectStream(plan: Plan, { ledger }: Workshop, wrap: Wrap = asItIs): Readable {
  return readableOf(plainValues(plan), wrap, true).once('close', ledger.begin(label(plan)))
}

/** A Node stream of an iterator's items, which fails as the iterator does. */
function readableOf<Item>(items: Iterator<Item>, wrap: (item: Item) => unknown, objectMode: boolean): Readable {
  return new Readable({
    objectMode,
    read() {
      try {
        const { value, done } = items.next()
        this.push(done === true ? null : wrap(value))
      } catch (error) {
        this.destroy(error as Error) // every source here throws an Error
      }
    },
  })
}
