import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { Readable } from 'node:stream'
import { expect } from 'chai'
import type { ResponseMethods } from '../../src/index.js'
import { type S3ClientLike, s3Source } from '../../src/s3/index.js'
import { contract } from '../support/contract.js'
import { requestAndLeave, requestPartially } from '../support/partial-request.js'
import { readZip } from '../support/read-zip.js'

const BYTES = Buffer.from(randomBytes(150_000).toString('hex'))
const OBJECT = { Bucket: 'bucket', Key: 'object.bin' }

/** How a body ends: with its last byte, with a failure in its middle, or never, until the signal of its request fires. */
type End = 'is whole' | 'fails' | 'waits'

async function* pieces(bytes: Buffer, end: End, signal: AbortSignal): AsyncGenerator<Buffer> {
  const middle = Math.floor(bytes.length / 2)
  yield bytes.subarray(0, middle)
  if (end === 'fails') throw new TypeError('terminated') // as the fetch of Node says it
  if (end === 'waits') {
    await once(signal, 'abort')
    throw signal.reason
  }
  yield bytes.subarray(middle)
}

/** Every kind of body that a client of a store may give. One in memory cannot fail: it is too short. */
const kinds: Readonly<Record<string, (bytes: Buffer, end: End, signal: AbortSignal) => unknown>> = {
  'a Node stream': (bytes, end, signal) => Readable.from(pieces(bytes, end, signal)),
  // As the body of `fetch`, which fails at the moment at which its signal fires.
  'a web stream': (bytes, end, signal) => {
    const rest = pieces(bytes, end === 'waits' ? 'is whole' : end, signal)
    return new ReadableStream({
      start(controller) {
        signal.addEventListener('abort', () => controller.error(signal.reason))
      },
      async pull(controller) {
        const { done, value } = await rest.next()
        if (done === true) controller.close()
        else controller.enqueue(value)
        if (end === 'waits') await new Promise(() => {})
      },
    })
  },
  'an async iterable': pieces,
  'a Blob': (bytes, end) => new Blob([end === 'fails' ? bytes.subarray(1) : bytes]),
  bytes: (bytes, end) => (end === 'fails' ? bytes.subarray(1) : bytes),
}
const MEMORY: readonly string[] = ['a Blob', 'bytes']

/** A client of a store with one object. It has the methods of the `S3` of the SDK. */
class Store {
  readonly requests: AbortSignal[] = []
  readonly #make: (bytes: Buffer, signal: AbortSignal) => unknown

  constructor(make: (bytes: Buffer, signal: AbortSignal) => unknown) {
    this.#make = make
  }

  send(): never {
    throw new Error('it has a method for each operation')
  }

  async headObject(): Promise<object> {
    return { ContentLength: BYTES.length, ETag: '"v1"' }
  }

  async getObject({ Range }: { Range?: string }, { abortSignal }: { abortSignal: AbortSignal }): Promise<object> {
    this.requests.push(abortSignal)
    const [, first = '0', last = `${BYTES.length - 1}`] = /^bytes=(\d+)-(\d+)$/.exec(Range ?? '') ?? []
    const part = BYTES.subarray(Number(first), Number(last) + 1)
    const range = Range === undefined ? {} : { ContentRange: `bytes ${first}-${last}/${BYTES.length}` }
    return { Body: this.#make(part, abortSignal), ContentLength: part.length, ETag: '"v1"', ...range }
  }

  get source() {
    return s3Source(this as unknown as S3ClientLike, OBJECT)
  }
}

/** How the object is asked for. */
const calls: Readonly<
  Record<string, readonly [call: (target: ResponseMethods, store: Store) => unknown, range?: string]>
> = {
  'the whole': [(target, { source }) => target.file(source)],
  'a range': [(target, { source }) => target.file(source), 'bytes=1-200000'],
  'two ranges': [(target, { source }) => target.file(source), 'bytes=0-149999,150001-299999'],
  'an archive': [(target, { source }) => target.zip([{ name: 'a', source }])],
}

contract('the body of an object of a store', ({ serve, askForError }) => {
  for (const [kind, make] of Object.entries(kinds)) {
    const storeWhose = (end: End): Store => new Store((bytes, signal) => make(bytes, end, signal))

    for (const [asked, [call, range]] of Object.entries(calls)) {
      const headers = range === undefined ? {} : { Range: range }

      it(`${kind} gives ${asked}`, async () => {
        const app = await serve((target) => call(target, storeWhose('is whole')))
        const { body } = await askForError(app, { headers })
        if (asked === 'an archive') expect(readZip(body)).to.deep.equal({ a: BYTES.toString() })
        else if (asked === 'two ranges') {
          expect([BYTES.subarray(0, 150_000), BYTES.subarray(150_001)].every((part) => body.includes(part))).to.equal(
            true,
          )
        } else expect(body.equals(asked === 'a range' ? BYTES.subarray(1, 200_001) : BYTES)).to.equal(true)
      })

      it(`${kind} that fails does not give the whole of ${asked}`, async () => {
        const app = await serve((target) => call(target, storeWhose('fails')))
        const { status, isComplete } = await requestPartially(app.port, { headers })
        expect(status >= 500 || !isComplete).to.equal(true)
      })

      it(`${kind} ends if the client leaves in the middle of ${asked}`, async () => {
        const store = storeWhose('waits')
        let tellEnd = (): void => undefined
        const ended = new Promise<void>((resolve) => {
          tellEnd = resolve
        })
        const app = await serve((target) => call(target.afterSend(tellEnd), store))
        await requestAndLeave(app.port, 1, { headers })
        await ended
        if (!MEMORY.includes(kind)) expect(store.requests.map(({ aborted }) => aborted)).to.deep.equal([true])
        expect(app.errors).to.deep.equal([])
      })
    }

    it(`${kind} is not asked for to answer HEAD`, async () => {
      const store = storeWhose('fails')
      const app = await serve((target) => target.file(store.source))
      const { status, headers } = await askForError(app, { method: 'HEAD' })
      expect([status, headers['content-length'], store.requests]).to.deep.equal([200, `${BYTES.length}`, []])
    })
  }
})
