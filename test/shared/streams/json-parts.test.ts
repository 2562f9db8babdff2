import { Readable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { expect } from 'chai'
import fc from 'fast-check'
import { JsonPartWriter, type JsonStreamOptions } from '../../../src/shared/streams/json-parts.js'
import { adoptLater, holdLater, releaseLater } from '../../../src/shared/streams/later-in-json.js'
import { type Part, PartReader } from '../../../src/shared/streams/parts-body.js'
import { releaseRefused } from '../../../src/shared/streams/source-owner.js'

async function textOf(parts: readonly Part[]): Promise<string> {
  const reader = new PartReader(parts)
  let text = ''
  for (let result = await reader.next(); !result.done; result = await reader.next()) text += result.value
  return text
}
const write = (value: unknown, options: JsonStreamOptions = {}): Promise<string> =>
  textOf(new JsonPartWriter('call', options).write(value))

async function* later<Item>(items: Iterable<Item>) {
  for (const item of items) yield item
}

/** The same value with its lists given by iterables of several kinds, and some members by promises. */
function opened(value: unknown, kind = 0): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item, index) => opened(item, kind + index + 1))
    return [items, items.values(), later(items)][kind % 3]
  }
  if (typeof value !== 'object' || value === null) return kind % 4 === 3 ? Promise.resolve(value) : value
  return Object.fromEntries(Object.entries(value).map(([key, member], index) => [key, opened(member, kind + index)]))
}

/** It takes a list, where Array takes items or a length. */
class Page extends Array<unknown> {
  constructor(rows: readonly unknown[]) {
    super()
    for (const row of rows) this.push(row)
  }
}

/** It fails before code reads it, as that of a file that is missing does. */
function failingStream(): Readable {
  return new Readable({ construct: (done) => done(new Error('the database is away')) })
}

describe('JsonPartWriter', () => {
  it('writes what JSON.stringify writes for the lists that the iterables give', async () => {
    const space = fc.constantFrom(undefined, 0, 2, 20, '\t', '--', '')
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ maxDepth: 4 }), space, async (value, indent) => {
        const options = indent === undefined ? {} : { space: indent }
        expect(await write(opened(value), options)).to.equal(JSON.stringify(value, null, indent))
      }),
    )
  })

  const rows = () => [{ a: 1 }, { a: 2 }].values()
  for (const [name, make, options, expected] of [
    ['a generator', () => ({ total: 2, rows: rows() }), {}, '{"total":2,"rows":[{"a":1},{"a":2}]}'],
    ['an iterable as the whole value', () => rows(), {}, '[{"a":1},{"a":2}]'],
    ['an empty one', () => ({ a: later([]), b: new Set() }), {}, '{"a":[],"b":[]}'],
    ['an empty one, indented', () => ({ a: later([]) }), { space: 2 }, '{\n  "a": []\n}'],
    ['a Map is its pairs', () => ({ a: new Map([['k', 1]]) }), {}, '{"a":[["k",1]]}'],
    ['a typed array is its numbers', () => ({ a: new Uint8Array([1, 2]) }), {}, '{"a":[1,2]}'],
    ['a Node stream of values', () => ({ a: Readable.from([1, { b: 2 }]) }), {}, '{"a":[1,{"b":2}]}'],
    ['a web stream', () => ({ a: ReadableStream.from([1, 2]) }), {}, '{"a":[1,2]}'],
    ['iterables in items of iterables', () => later([{ b: later([new Set([1])]) }]), {}, '[{"b":[[1]]}]'],
    ['a promise', () => ({ a: Promise.resolve({ b: rows() }) }), {}, '{"a":{"b":[{"a":1},{"a":2}]}}'],
    [
      'a query that is a promise and an iterable too is read',
      () => ({ a: Object.assign(later([1, 2]), Object.fromEntries([['then', () => undefined]])) }),
      {},
      '{"a":[1,2]}',
    ],
    ['a promise of nothing is null', () => ({ a: Promise.resolve(undefined), b: 1 }), {}, '{"a":null,"b":1}'],
    ['a string object is no iterable', () => ({ a: Object('text'), b: Object(1) }), {}, '{"a":"text","b":1}'],
    [
      'toJSON is called, on items too',
      () => later([new Date(0), { toJSON: () => 'x' }]),
      {},
      `["${new Date(0).toISOString()}","x"]`,
    ],
    ['what toJSON gives may be an iterable', () => ({ a: { toJSON: () => [1, 2].values() } }), {}, '{"a":[1,2]}'],
    [
      'an iterable with toJSON is what that gives',
      () => ({ a: Object.assign(new Set([1]), { toJSON: () => 'set' }) }),
      {},
      '{"a":"set"}',
    ],
    [
      'a set whose toJSON gives promises',
      () => [Object.assign(new Set(), { toJSON: () => [Promise.resolve(7)] })],
      {},
      '[[7]]',
    ],
    [
      'a long list of a class of the app',
      () => ({ rows: new Page(Array.from({ length: 1001 }, () => Promise.resolve(1))) }),
      {},
      `{"rows":[${Array.from({ length: 1001 }, () => 1)}]}`,
    ],
    ['a Buffer is what its toJSON gives', () => ({ a: Buffer.from('a') }), {}, '{"a":{"type":"Buffer","data":[97]}}'],
    [
      'members that JSON does not hold are left out',
      () => ({ a: undefined, b: () => 1, c: rows() }),
      {},
      '{"c":[{"a":1},{"a":2}]}',
    ],
    [
      'escapeHtml',
      () => ({ '<': ['>'].values(), b: Promise.resolve('&') }),
      { escapeHtml: true },
      '{"\\u003c":["\\u003e"],"b":"\\u0026"}',
    ],
    [
      'a replacer sees every member',
      () => ({ a: [1, 2].values(), b: 3 }),
      { replacer: (_key: string, value: unknown) => (typeof value === 'number' ? value * 2 : value) },
      '{"a":[2,4],"b":6}',
    ],
    [
      'a replacer may give an iterable',
      () => ({ a: 2 }),
      { replacer: (_key: string, value: unknown) => (value === 2 ? [1].values() : value) },
      '{"a":[1]}',
    ],
    [
      'a list of keys, in its order',
      () => ({ a: 1, b: rows(), c: { a: 2, b: 3 } }),
      { replacer: ['c', 'b', 'a'] },
      '{"c":{"b":3,"a":2},"b":[{"a":1},{"a":2}],"a":1}',
    ],
    [
      'a list of keys leaves the others out',
      () => ({ x: 1, a: [{ a: 1, x: 2 }].values() }),
      { replacer: ['a'] },
      '{"a":[{"a":1}]}',
    ],
  ] as const) {
    it(name, async () => expect(await write(make(), options as JsonStreamOptions)).to.equal(expected))
  }

  it('indents items, and lists in items, as JSON.stringify does', async () => {
    const plain = { a: [{ b: [1, 2], c: 'x\ny' }, 3], d: { e: [[4]] } }
    const given = { a: later([{ b: new Set([1, 2]), c: 'x\ny' }, 3]), d: { e: later([later([4])]) } }
    for (const space of [2, '\t', 'ab']) {
      expect(await write(opened(plain, 2), { space })).to.equal(JSON.stringify(plain, null, space))
    }
    expect(await write(given, { space: 2 })).to.equal(JSON.stringify(plain, null, 2))
  })

  for (const [name, value, message] of [
    ['a BigInt', { a: { b: 1n } }, 'call: value cannot be written as JSON: a BigInt at value.a.b'],
    ['nothing', undefined, 'call: value cannot be written as JSON: undefined'],
    ['a symbol', Symbol('a'), 'call: value cannot be written as JSON: Symbol(a)'],
    [
      'a toJSON that fails',
      {
        a: {
          toJSON: () => {
            throw new Error('no')
          },
        },
      },
      'toJSON() at value.a failed: no',
    ],
  ] as const) {
    it(`refuses ${name} at once`, () => {
      expect(() => new JsonPartWriter('call', {}).write(value))
        .to.throw(message)
        .with.property('code', 'INVALID_ARGUMENT')
    })
  }

  it('refuses a circle', () => {
    const circle: Record<string, unknown> = { rows: new Set() }
    circle.self = circle
    expect(() => new JsonPartWriter('call', {}).write(circle)).to.throw('a circle at value.self')
  })

  for (const [name, value, message] of [
    [
      'a BigInt',
      later([1, { a: 1n }]),
      'call: value 1 (counted from 0): value cannot be written as JSON: a BigInt at value.a',
    ],
    ['a BigInt in a member', { rows: later([1n]) }, "call: value 0 (counted from 0) of 'rows': value cannot"],
    ['nothing', [undefined].values(), 'call: value 0 (counted from 0) must be something JSON can represent'],
    ['a function', later([() => 1]), 'call: value 0 (counted from 0) must be something JSON can represent'],
  ] as const) {
    it(`an item that is ${name} fails with its place`, async () => {
      const error = await write(value).catch((reason) => reason)
      expect(error.message).to.include(message)
      expect(error.code).to.equal('INVALID_CHUNK')
    })
  }

  const fail = (): never => {
    throw new Error('the database is away')
  }
  for (const [name, make] of Object.entries<() => unknown>({
    'a promise': () => turn().then(fail),
    'a promise of a stream': () => turn().then(failingStream),
    'a stream': () => failingStream(),
  })) {
    it(`${name} that a getter makes each time that it is read fails the text, and not the process`, async () => {
      const value = {
        id: 1,
        get rows() {
          return make()
        },
      }
      expect(await write(value).catch((reason) => reason.message)).to.equal('the database is away')
      for (let turns = 0; turns < 5; turns++) await turn() // an unhandled rejection is told by now
    })
  }

  const rowsOf = (): Generator<number> =>
    (function* () {
      yield 1
      yield 2
    })()
  const keptRows = (): (() => Promise<Readable>) => {
    const rows = Readable.from(rowsOf())
    return () => turn().then(() => rows)
  }
  for (const [name, makeGetter] of Object.entries<() => () => unknown>({
    'a stream': () => {
      const rows = Readable.from(rowsOf())
      return () => rows
    },
    'a new stream of the same generator': () => {
      const rows = rowsOf()
      return () => Readable.from(rows)
    },
    'a new generator over the same one': () => {
      const rows = rowsOf()
      return () =>
        (function* () {
          yield* rows
        })()
    },
    'a new promise of the same stream': keptRows,
  })) {
    it(`reads what a getter gives, also if each reading gives another view of it: ${name}`, async () => {
      const getter = makeGetter()
      const value = {
        get rows() {
          return getter()
        },
      }
      expect(await write(value)).to.equal('{"rows":[1,2]}')
    })
  }

  it('a value that fails leaves the streams alone that an instance of a class holds', async () => {
    const foreign = stream()
    class Connection {
      socket = foreign
    }
    const value = { first: 1n, connection: new Connection() } // it fails before the writer comes to the instance
    expect(() => new JsonPartWriter('call', {}).write(value)).to.throw('a BigInt at value.first')
    for (let turns = 0; turns < 5; turns++) await turn()
    expect(foreign.destroyed).to.equal(false)
  })

  it('what a replacer leaves out of a large value may fail', async () => {
    let reject: (reason: Error) => void = () => undefined
    const secret = new Promise((_, refuse) => {
      reject = refuse
    })
    const list = [...Array.from({ length: 20_001 }, () => 1), { secret }]
    await write({ list }, { replacer: (key: string, value: unknown) => (key === 'secret' ? undefined : value) })
    for (let turns = 0; turns < 5; turns++) await turn()
    reject(new Error('the database is away'))
    await turn()
  })

  it('a value that is refused releases what the writer has found in an instance of a class', () => {
    const stream = new Readable({ read: () => undefined })
    const page = new (class {
      rows = stream
    })()
    expect(() => new JsonPartWriter('call', {}).write({ page, total: 1n })).to.throw()
    expect(stream.destroyed).to.equal(true)
  })

  it('a value that is refused releases its sources', () => {
    const stream = new Readable({ read: () => undefined })
    expect(() => new JsonPartWriter('call', {}).write({ a: 1n, b: [{ rows: stream }] })).to.throw()
    expect(stream.destroyed).to.equal(true)
  })

  const stream = () => new Readable({ read: () => undefined })
  /** As `JSON.parse` makes it of 100 kB. */
  const deep = (inner: unknown): unknown => {
    let value = inner
    for (let depth = 0; depth < 50_000; depth++) value = [value]
    return value
  }

  it('releaseLater() comes to the bottom of a deep value, and to what stands after it', async () => {
    const [bottom, after] = [stream(), stream()]
    releaseLater({ filter: deep(bottom), after })
    while (!bottom.destroyed || !after.destroyed) await turn()
  })

  it('a value that is too deep for JSON is refused, and releases the sources beside it', () => {
    const rows = stream()
    expect(() => new JsonPartWriter('call', {}).write({ filter: deep(1), rows })).to.throw(
      'value cannot be written as JSON: it is nested too deep',
    )
    expect(rows.destroyed).to.equal(true)
  })

  it('releaseLater() looks once at an object that is in very many places, and at a circle', async () => {
    const rows = stream()
    let value: any = { rows }
    for (let depth = 0; depth < 60; depth++) value = { a: value, b: value }
    value.circle = value
    releaseLater(value)
    while (!rows.destroyed) await turn()
  })

  it('releaseLater() comes to what stands beside a getter that throws', () => {
    const rows = stream()
    const fail = () => {
      throw new Error('no')
    }
    releaseLater({ list: Object.defineProperty([1, rows], 0, { get: fail }) })
    expect(rows.destroyed).to.equal(true)
  })

  it('releaseLater() comes to what stands beside a getter in a long list', async () => {
    const rows = stream()
    const fail = () => {
      throw new Error('no')
    }
    const list = [...Array.from({ length: 1000 }, () => 1), 1, rows]
    releaseLater({ list: Object.defineProperty(list, 1000, { get: fail }) })
    while (!rows.destroyed) await turn()
  })

  for (const take of [holdLater, adoptLater]) {
    it(`${take.name}() comes to the end of a large list that a promise gives`, async () => {
      const rows = stream()
      take({ list: Promise.resolve([...Array.from({ length: 40_001 }, () => 1), { rows }]) })
      while (rows.listenerCount('error') === 0) await turn()
    })
  }

  it('what a large list holds is held by its answer: a refused call leaves it alone', async () => {
    const rows = stream()
    const list = [...Array.from({ length: 20_001 }, () => 1), { rows }]
    const given = Promise.resolve(list)
    holdLater(given)
    while (rows.listenerCount('error') === 0) await turn()
    releaseLater(given, releaseRefused)
    for (let turns = 0; turns < 5; turns++) await turn()
    expect(rows.destroyed).to.equal(false)
    releaseLater(given)
    while (!rows.destroyed) await turn()
  })

  it('releaseLater() leaves what an instance of a class holds alone', () => {
    const [own, foreign] = [new Readable({ read: () => undefined }), new Readable({ read: () => undefined })]
    releaseLater({
      own,
      instance: new (class {
        connection = foreign
      })(),
    })
    expect([own.destroyed, foreign.destroyed]).to.deep.equal([true, false])
  })
})
