import { AsyncLocalStorage } from 'node:async_hooks'
import { truncate } from 'node:fs/promises'
import { ReadableStream } from 'node:stream/web'
import { setImmediate as turn } from 'node:timers/promises'
import { expect } from 'chai'
import { type Channel, channel, type ResponseKitOptions, type ResponseMethods } from '../../src/index.js'
import { contract } from '../support/contract.js'
import { promised } from '../support/promised.js'
import { Sandbox } from '../support/sandbox.js'
import { Wire } from '../support/wire.js'

const storage = new AsyncLocalStorage<string>()
const sandbox = new Sandbox()
after(() => sandbox.remove())

/** What the functions of a row have at hand. */
interface Bench {
  readonly news: Channel
  readonly shutdown: AbortController
  /** Notes the store that the function of the row sees. */
  readonly note: () => void
}

interface Row {
  answer(target: ResponseMethods, bench: Bench): unknown
  /** What another request does. Default: it publishes two events in a turn, then one. */
  trigger?(bench: Bench): unknown
  /** What the client sends after the request line. */
  readonly fields?: string
}

const publish = async ({ news }: Bench): Promise<void> => {
  news.publish('first')
  await news.publish('second')
  await turn()
  await news.publish('third')
}
const close = ({ news }: Bench): unknown => news.close()
const shutDown = ({ shutdown }: Bench): void => shutdown.abort()
/** More than the kit holds for a client that takes nothing. */
const overflow = ({ news }: Bench): void => {
  const data = 'x'.repeat(2_000_000) // the system takes some megabytes of them
  for (let count = 0; count < 8; count++) news.publish(data)
}
const noted = <Value>({ note }: Bench, value: Value): Value => {
  note()
  return value
}
/** An iterable that waits after its first item. `onReturn` is called at its end: `return()` does not end a generator that waits. */
function endless(onReturn: () => void): AsyncIterable<string> {
  let count = 0
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => (count++ === 0 ? Promise.resolve({ value: 'x' }) : new Promise(() => undefined)),
      async return() {
        onReturn()
        return { done: true, value: undefined }
      },
    }),
  }
}

const rows: Readonly<Record<string, Row>> = {
  'filter, of a live event': {
    answer: (target, bench) => target.sse(bench.news, { filter: () => noted(bench, true) }),
  },
  'filter, of an event that the client has missed': {
    answer: (target, bench) => target.sse(bench.news, { filter: () => noted(bench, true) }),
    fields: 'Last-Event-ID: before\r\n',
  },
  'filter, of an event of joined channels': {
    answer: (target, bench) => target.sse([bench.news], { filter: () => noted(bench, true) }),
  },
  'map, of a live event': {
    answer: (target, bench) => target.sse(bench.news, { map: (event) => noted(bench, event) }),
  },
  'toJSON() of what map returns': {
    answer: (target, bench) => target.sse(bench.news, { map: () => ({ data: { toJSON: () => noted(bench, 'x') } }) }),
  },
  'first: the end of its iteration, because the channel closes': {
    answer: (target, bench) => target.sse(bench.news, { first: () => endless(bench.note) }),
    trigger: close,
  },
  'onJoin of a channel': {
    answer(target, bench) {
      storage.exit(() => bench.news.onJoin(bench.note))
      return target.sse(bench.news)
    },
  },
  'onLeave of a channel, of a client that does not keep up': {
    answer(target, bench) {
      storage.exit(() => bench.news.onLeave(bench.note))
      return target.sse(bench.news)
    },
    trigger: overflow,
  },
  'a loop over a channel': {
    answer: (target, bench) =>
      target.sse(async function* () {
        yield 'begin' // else the head waits for an event
        for await (const event of bench.news) yield noted(bench, event)
      }),
  },
  'a loop over a channel: its end, because the channel closes': {
    answer: (target, bench) =>
      target.sse(async function* () {
        try {
          yield 'begin'
          yield* bench.news
        } finally {
          bench.note()
        }
      }),
    trigger: close,
  },
  'the signal of a source, at shutdown': {
    answer: (target, bench) =>
      target.streaming(({ signal }) => {
        signal.addEventListener('abort', bench.note)
        return endless(() => undefined)
      }),
    trigger: shutDown,
  },
  'sse: the end of its iteration, at shutdown': {
    answer: (target, bench) => target.sse(endless(bench.note)),
    trigger: shutDown,
  },
  'streaming: the end of its iteration, at shutdown': {
    answer: (target, bench) => target.streaming(endless(bench.note)),
    trigger: shutDown,
  },
  'jsonStream: the end of an iteration in it, at shutdown': {
    answer: (target, bench) => target.jsonStream({ rows: endless(bench.note) }),
    trigger: shutDown,
  },
  'cancel() of a web stream, at shutdown': {
    answer(target, { note }) {
      const start = (controller: ReadableStreamDefaultController): void => controller.enqueue('x')
      return target.streaming(new ReadableStream({ start, cancel: note }))
    },
    trigger: shutDown,
  },
  'afterSend, because the channel closes': {
    answer: (target, bench) => target.afterSend(bench.note).sse(bench.news),
    trigger: close,
  },
  'onError, because of a filter that throws': {
    answer(target, { news }) {
      const filter = (): boolean => {
        throw new Error('from filter')
      }
      return target.sse(news, { filter })
    },
  },
}

/** Answers that wait for the response before them on their connection. */
const queued: Readonly<Record<string, (target: ResponseMethods, note: () => void) => unknown>> = {
  'the callback of download()': (target, note) => target.download(Buffer.from('x'), 'a.txt', note),
  'afterSend()': (target, note) => target.afterSend(note).text('x'),
  'a generator': (target, note) =>
    target.streaming(
      (function* () {
        for (let count = 0; count < 20; count++) {
          note()
          yield Buffer.alloc(50_000)
        }
      })(),
    ),
}

contract('the AsyncLocalStorage store of functions of the app, called because of another request', ({ serve }) => {
  for (const [title, { answer, trigger = publish, fields = '' }] of Object.entries(rows)) {
    it(`${title}: that of the own request`, async () => {
      const seen: (string | undefined)[] = []
      let tell = (): void => undefined
      const called = new Promise<void>((resolve) => {
        tell = resolve
      })
      const news = channel()
      const bench: Bench = {
        news,
        shutdown: new AbortController(),
        note() {
          seen.push(storage.getStore())
          tell()
        },
      }
      const kit: ResponseKitOptions = { shutdown: bench.shutdown.signal, grace: '10ms', onError: bench.note }
      const app = await serve((target) => storage.run('own', () => answer(target, bench)), { kit })
      await news.publish({ id: 'before', data: 'x' })
      await news.publish({ id: 'missed', data: 'x' })
      const wire = await Wire.connect(app.port)
      try {
        await wire.get('/', fields).receive(1)
        await storage.run('other', () => trigger(bench))
        await called
        await turn()
        expect(new Set(seen)).to.deep.equal(new Set(['own']))
      } finally {
        wire.reset()
        await news.close()
      }
    })
  }

  for (const [title, answer] of Object.entries(queued)) {
    it(`${title}, after the answer before it on the connection: that of the own request`, async () => {
      const seen: (string | undefined)[] = []
      let answerFirst = (): void => undefined
      let isSecondThere = (): void => undefined
      const second = new Promise<void>((resolve) => {
        isSecondThere = resolve
      })
      const app = await serve((target, { url }) => {
        if (url === '/second') {
          isSecondThere()
          return storage.run('own', () => answer(target, () => seen.push(storage.getStore())))
        }
        return new Promise<void>((resolve) => {
          answerFirst = () => {
            target.text('first')
            resolve()
          }
        })
      })
      const wire = await Wire.connect(app.port)
      wire.get('/first').get('/second', 'Connection: close\r\n')
      await second
      storage.run('other', () => answerFirst())
      await wire.receiveAll()
      while (seen.length === 0) await turn()
      expect(new Set(seen)).to.deep.equal(new Set(['own']))
    })
  }

  it('onError and the callback, of a file that shrinks while it is sent: that of the own request', async () => {
    const path = sandbox.write('large.bin', Buffer.alloc(64_000_000))
    const seen: (string | undefined)[] = []
    const note = (): void => void seen.push(storage.getStore())
    const [failed, fail] = promised<void>()
    const app = await serve(
      (target) =>
        storage.run('own', () =>
          target.file(path, () => {
            note()
            fail()
          }),
        ),
      { kit: { onError: note } },
    )
    const wire = await Wire.connect(app.port)
    await wire.get('/').receive(100_000)
    await truncate(path, 1000)
    wire.receiveAll().catch(() => undefined) // it is cut
    await failed
    expect(seen).to.deep.equal(['own', 'own'])
    wire.reset()
  })
})
