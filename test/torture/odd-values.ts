import { Readable, Writable } from 'node:stream'
import { transferred } from '../support/transferred.js'

/** Thrown by an odd value itself: passing it on is a clear answer. */
export class OddError extends Error {
  readonly code = 'ODD'
}

const fail = (): never => {
  throw new OddError('thrown by an odd value')
}

/** Where the server keeps a file that only a string may name. */
export interface OddPlaces {
  readonly canaryPath: string
}

class Instance {
  readonly name = 'instance'
}

function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

/** Some calls write any value as JSON, and do not look for promises in it: such a promise stays the app's own. */
function handled(promise: Promise<unknown>): Promise<unknown> {
  promise.catch(() => {})
  return promise
}

/** Another value each time, the first one a right one for many places. */
function changing(): unknown {
  const values: unknown[] = ['/a', 5, '../../x', { toString: fail }, null]
  let reads = 0
  const get = (): unknown => values[reads++ % values.length]
  const names = ['name', 'type', 'root', 'size', 'status', 'path', 'etag', 'lastModified', 'source', 'data']
  return Object.defineProperties({}, Object.fromEntries(names.map((name) => [name, { enumerable: true, get }])))
}

/** An error of which nothing can be read. */
function unreadableError(): Error {
  const getters = ['message', 'code', 'status', 'statusCode', 'expose', 'name', 'headers']
  const error = new OddError('unreadable')
  return Object.defineProperties(error, Object.fromEntries(getters.map((name) => [name, { get: fail }])))
}

/** A value as a database driver gives one: an object with private state, getters and a toJSON. */
class Document {
  readonly #fields = { _id: '1', name: 'document' }
  get _id(): string {
    return this.#fields._id
  }
  toObject(): object {
    return this.#fields
  }
  toJSON(): object {
    return this.#fields
  }
}

/** What a call may be given by mistake, or by a query string, a JSON body or a database. */
export const oddValues: Readonly<Record<string, (places: OddPlaces) => unknown>> = {
  undefined: () => undefined,
  null: () => null,
  true: () => true,
  false: () => false,
  zero: () => 0,
  'minus zero': () => -0,
  NaN: () => Number.NaN,
  Infinity: () => Number.POSITIVE_INFINITY,
  'a negative number': () => -1,
  'a fraction': () => 1.5,
  'the largest integer': () => Number.MAX_SAFE_INTEGER,
  'a BigInt': () => 10n,
  'a symbol': () => Symbol('odd'),
  'an empty string': () => '',
  'a string with NUL': () => 'a\0b',
  'a string with CRLF': () => 'a\r\nX-Injected: yes',
  'a lone surrogate': () => 'a\ud800b',
  'a huge string': () => 'x'.repeat(200_000),
  __proto__: () => '__proto__',
  constructor: () => 'constructor',
  'a path that climbs': () => '../../../../etc/passwd',
  'an empty array': () => [],
  'an array of a path': ({ canaryPath }) => [canaryPath],
  'a nested array of a path': ({ canaryPath }) => [[canaryPath]],
  'an array of undefined': () => [undefined],
  'an array of null': () => [null],
  'a sparse array': () => new Array(3),
  'an empty object': () => ({}),
  // biome-ignore lint/suspicious/noThenProperty: that is what is odd about it
  'an object with then': () => ({ then: (resolve: (value: unknown) => void) => resolve('odd') }),
  'an object with toJSON that throws': () => ({ toJSON: fail }),
  'an object with toString': ({ canaryPath }) => ({ toString: () => canaryPath, valueOf: () => canaryPath }),
  'a String object': ({ canaryPath }) => new String(canaryPath),
  'an object with path': ({ canaryPath }) => ({ path: canaryPath, name: canaryPath, source: canaryPath }),
  'an object with size': () => ({ size: 10 }),
  'an object with size and read': () => ({ size: 10, read: () => 'odd' }),
  'an object with read that throws': () => ({ size: 10, read: fail }),
  'an object with read of a wrong type': () => ({ size: 10, read: () => 5 }),
  'an object with pipe': () => ({ pipe: () => {} }),
  'an object with pipe and on': () => ({ pipe: () => {}, on: () => {} }),
  'an object with getReader': () => ({ getReader: () => ({}) }),
  'an object with getReader that throws': () => ({ getReader: fail }),
  'an iterable of nothing': () => ({ [Symbol.iterator]: () => ({ next: () => ({ done: true }) }) }),
  'an iterable that throws': () => ({ [Symbol.iterator]: fail }),
  'an iterable that throws when it is asked': () => ({ [Symbol.iterator]: () => ({ next: fail }) }),
  'an iterable without an iterator': () => ({ [Symbol.iterator]: () => undefined }),
  'an iterator without next': () => ({ [Symbol.iterator]: () => ({}) }),
  'an async iterator without next': () => ({ [Symbol.asyncIterator]: () => ({}) }),
  'an iterator of no results': () => ({ [Symbol.iterator]: () => ({ next: () => 5 }) }),
  'an iterator of null': () => ({ [Symbol.iterator]: () => ({ next: () => null }) }),
  'an async iterator of no results': () => ({ [Symbol.asyncIterator]: () => ({ next: async () => Symbol('odd') }) }),
  'an iterator that cannot be closed': () => {
    const values = [Symbol('odd')].values()
    return { [Symbol.iterator]: () => ({ next: () => values.next(), return: 5 }) }
  },
  'an array whose iterator is broken': () => Object.assign(['odd'], { [Symbol.iterator]: () => ({}) }),
  'a Set whose iterator is broken': () => Object.assign(new Set(['odd']), { [Symbol.iterator]: () => 5 }),
  'a Map whose iterator is broken': () => Object.assign(new Map([['a', 'b']]), { [Symbol.iterator]: () => null }),
  'a stream whose iterator is broken': () =>
    Object.assign(Readable.from(['odd']), { [Symbol.asyncIterator]: () => ({ next: async () => null }) }),
  'an object with a reader of no results': () => ({
    getReader: () => ({ read: async () => undefined, cancel: async () => {} }),
    cancel: async () => {},
  }),
  'an object with an own __proto__': () => JSON.parse('{"__proto__":{"isAdmin":true},"constructor":{"prototype":{}}}'),
  'options that delete': () => ({ deleteAfterSend: true, root: '/', dotfiles: 'allow' }),
  'truthy text options': () => ({ deleteAfterSend: '1', inline: '0', signed: 'true' }),
  'an unknown option': () => ({ unknownOption: 1 }),
  'a getter that throws': () => Object.defineProperty({}, 'name', { enumerable: true, get: fail }),
  'a proxy that throws': () => new Proxy({}, { get: fail, has: fail, ownKeys: fail, getPrototypeOf: fail }),
  'a revoked proxy': revoked,
  'a circle': () => {
    const circle: Record<string, unknown> = {}
    circle.self = circle
    return circle
  },
  'a function': () => () => 'odd',
  'a function that throws': () => fail,
  'an async function that throws': () => async () => fail(),
  'a class': () => Instance,
  'an invalid Date': () => new Date(Number.NaN),
  'a Date': () => new Date(0),
  'an instance': () => new Instance(),
  'a document': () => new Document(),
  'a null-prototype object': () => Object.assign(Object.create(null), { a: 1 }),
  'a frozen object': () => Object.freeze({ a: Object.freeze([1]) }),
  'a Buffer': () => Buffer.from('odd'),
  'a SharedArrayBuffer': () => new SharedArrayBuffer(4),
  'a detached ArrayBuffer': () => transferred(new ArrayBuffer(4)),
  'a detached Uint8Array': () => transferred(new Uint8Array(4)),
  'a detached DataView': () => transferred(new DataView(new ArrayBuffer(4))),
  'a detached Buffer': () => transferred(Buffer.from(new ArrayBuffer(4))),
  'a WeakMap': () => new WeakMap(),
  'a Map': () => new Map<unknown, unknown>([[{}, 1]]),
  'a Set': () => new Set([1]),
  'a RegExp': () => /(a+)+$/,
  'an Error': () => new OddError('an error as a value'),
  'a resolved promise': () => Promise.resolve('odd'),
  'a rejected promise': () => handled(Promise.reject(new OddError('rejected'))),
  'getters that change': changing,
  'an object with Symbol.toPrimitive': ({ canaryPath }) => ({ [Symbol.toPrimitive]: () => canaryPath }),
  'an object with Symbol.toPrimitive that throws': () => ({ [Symbol.toPrimitive]: fail }),
  'a Number object': () => new Number(5),
  'a proxy of an array': ({ canaryPath }) => new Proxy([canaryPath], {}),
  'an array with methods of its own': ({ canaryPath }) =>
    Object.assign(['odd'], { join: () => canaryPath, toString: () => canaryPath, map: fail, every: () => true }),
  'an array with a getter': () => Object.defineProperty(['odd'], 0, { enumerable: true, get: fail }),
  'an object with length': () => ({ length: 1, 0: 'odd' }),
  'what only seems to be a FileHandle': () => ({ fd: -1, read: fail, stat: fail, close: fail }),
  'what only seems to be a Response': () => ({ [Symbol.toStringTag]: 'Response' }),
  'what only seems to be a Blob': () => ({ [Symbol.toStringTag]: 'Blob', stream: () => 5, slice: fail, size: 1 }),
  'what only seems to be a URL': () => ({ [Symbol.toStringTag]: 'URL', protocol: 'file:' }),
  'what only seems to be a Date': () => ({ [Symbol.toStringTag]: 'Date' }),
  'an error that cannot be read': unreadableError,
  'a generator that throws an error that cannot be read': () =>
    (function* (): Generator<string> {
      yield 'odd'
      throw unreadableError()
    })(),
  'an async generator that throws undefined': () =>
    (async function* (): AsyncGenerator<string> {
      yield 'odd'
      throw undefined
    })(),
  'a generator': () =>
    (function* () {
      yield 'odd'
    })(),
  'a generator that throws': () =>
    (function* (): Generator<string> {
      yield 'odd'
      fail()
    })(),
  'a generator of wrong chunks': () =>
    (function* () {
      yield { odd: true }
      yield Symbol('odd')
    })(),
  'an async generator that throws at once': () =>
    (async function* (): AsyncGenerator<string> {
      fail()
      yield 'odd'
    })(),
  'a destroyed stream': () => {
    const stream = Readable.from(['odd'])
    stream.destroy()
    return stream
  },
  'a stream that can only be written': () => new Writable({ write: (_chunk, _encoding, callback) => callback() }),
  'a stream that fails': () => new Readable({ read: fail }),
  'a web stream that is locked': () => {
    const stream = new Blob(['odd']).stream()
    stream.getReader()
    return stream
  },
  'a URL': () => new URL('https://elsewhere.example/x'),
  URLSearchParams: () => new URLSearchParams('a=1&a=2'),
  Headers: () => new Headers({ a: 'b' }),
}
