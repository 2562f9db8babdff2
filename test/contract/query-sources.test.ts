import { EventEmitter } from 'node:events'
import { PassThrough } from 'node:stream'
import { expect } from 'chai'
import type { ResponseMethods } from '../../src/index.js'
import { contract } from '../support/contract.js'
import { promised } from '../support/promised.js'
import { Wire } from '../support/wire.js'

/** A query as database packages have it: `then` loads all rows, the iterator gives them one by one. */
class Query<Row> {
  readonly #rows: readonly Row[]
  loads = 0
  iterations = 0

  constructor(rows: readonly Row[]) {
    this.#rows = rows
  }

  // biome-ignore lint/suspicious/noThenProperty: a query is awaited
  // biome-ignore lint/complexity/useLiteralKeys: see above
  ['then']<Result>(resolve: (rows: readonly Row[]) => Result, reject: (reason: unknown) => never): Promise<Result> {
    this.loads++
    return Promise.resolve(this.#rows).then(resolve, reject)
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Row> {
    this.iterations++
    yield* this.#rows
  }
}

/** A query of a package without an iterator, which has the methods of a stream too. */
class Builder<Row> extends EventEmitter {
  readonly #query: Query<Row>

  constructor(query: Query<Row>) {
    super()
    this.#query = query
  }

  // biome-ignore lint/suspicious/noThenProperty: a query is awaited
  // biome-ignore lint/complexity/useLiteralKeys: see above
  ['then']<Result>(resolve: (rows: readonly Row[]) => Result, reject: (reason: unknown) => never): Promise<Result> {
    return this.#query.then(resolve, reject)
  }

  pipe(): void {}
}

type Send = (target: ResponseMethods, source: any) => unknown

const rows = [{ a: 1 }, { a: 2 }]
const OF_ROWS: Readonly<Record<string, readonly [Send, sent: string]>> = {
  ndjson: [(target, source) => target.ndjson(source), '{"a":1}\n{"a":2}\n'],
  jsonArray: [(target, source) => target.jsonArray(source), '[{"a":1},{"a":2}]'],
  jsonStream: [(target, source) => target.jsonStream(source), '[{"a":1},{"a":2}]'],
  csv: [(target, source) => target.csv(source), 'a\r\n1\r\n2\r\n'],
}

contract('a query as a source', ({ answer, serve }) => {
  for (const [call, [send, sent]] of Object.entries(OF_ROWS)) {
    for (const [way, give] of Object.entries({
      itself: (query: unknown) => query,
      'what a function makes': (query: unknown) => () => query,
    })) {
      it(`${call}, ${way}: its rows are read one by one, and are not loaded`, async () => {
        const query = new Query(rows)
        expect((await answer((target) => send(target, give(query)))).text).to.equal(sent)
        expect([query.loads, query.iterations]).to.deep.equal([0, 1])
      })

      it(`${call}, ${way}: one without an iterator is loaded once`, async () => {
        const query = new Query(rows)
        expect((await answer((target) => send(target, give(new Builder(query))))).text).to.equal(sent)
        expect([query.loads, query.iterations]).to.deep.equal([1, 0])
      })
    }

    it(`${call}, what a promise of a function gives: is loaded, as await does`, async () => {
      const query = new Query(rows)
      expect((await answer((target) => send(target, async () => query))).text).to.equal(sent)
      expect([query.loads, query.iterations]).to.deep.equal([1, 0])
    })
  }

  it('a query of Mongoose that finds no list is waited for: its iterator would find documents', async () => {
    const queryFor = (op: string): Query<unknown> => Object.assign(new Query([{ secret: 'x' }]), { op })
    for (const op of ['countDocuments', 'findOne', 'deleteMany', 'findOneAndUpdate', 'distinct']) {
      const query = queryFor(op)
      const { text } = await answer((target) => target.jsonStream({ total: query }))
      expect([text, query.loads, query.iterations]).to.deep.equal(['{"total":[{"secret":"x"}]}', 1, 0])
      const made = queryFor(op)
      await answer((target) => target.jsonStream(() => made))
      await answer((target) => target.jsonArray(() => made))
      await answer((target) => target.ndjson(made))
      expect([made.loads, made.iterations]).to.deep.equal([3, 0])
    }
    const found = queryFor('find')
    expect((await answer((target) => target.jsonStream({ rows: found }))).text).to.equal('{"rows":[{"secret":"x"}]}')
    expect([found.loads, found.iterations]).to.deep.equal([0, 1])
  })

  for (const [call, [send]] of Object.entries(OF_ROWS)) {
    it(`${call}: a cursor that is the iterator of a query is closed if the client leaves`, async () => {
      const cursor = new PassThrough({ objectMode: true })
      const next = (): Promise<unknown> => Promise.resolve({ value: { a: 'x'.repeat(100_000) } })
      const [closed, close] = promised<void>()
      cursor.once('close', close)
      const app = await serve((target) =>
        send(target, { [Symbol.asyncIterator]: () => Object.assign(cursor, { next }) }),
      )
      const wire = await Wire.connect(app.port)
      await wire.get('/').receive(1000)
      wire.reset()
      await closed
    })
  }

  it('sse and streaming read its rows one by one', async () => {
    const events = new Query([{ data: 'x' }])
    const { text } = await answer((target) => target.sse(events))
    expect(text).to.include('data: x\n')
    const texts = new Query(['a', 'b'])
    expect((await answer((target) => target.streaming(() => texts))).text).to.equal('ab')
    expect([events.loads, texts.loads]).to.deep.equal([0, 0])
  })
})
