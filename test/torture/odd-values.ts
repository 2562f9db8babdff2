import { Readable, Writable } from 'node:stream'
import { runInNewContext } from 'node:vm'
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

/** A value that code in another realm makes, as each test file of Jest is one. */
function ofAnotherRealm(expression: string): unknown {
  return runInNewContext(`(${expression})`)
}

/** A value without the private state of its class: each method of the class refuses it. */
function withoutState(creator: { readonly prototype: object }): unknown {
  return Object.create(creator.prototype)
}

/** Only the tag of a class. */
function tagged(name: string): unknown {
  return { [Symbol.toStringTag]: name }
}

/** A view of bytes that are gone, because its buffer has shrunk. */
function outOfBounds(): unknown {
  const Resizable = ArrayBuffer as unknown as new (
    length: number,
    options: object,
  ) => ArrayBuffer & { resize(length: number): void } // ES2024
  const buffer = new Resizable(8, { maxByteLength: 16 })
  const view = new Uint8Array(buffer, 4, 4)
  buffer.resize(2)
  return view
}

class OddDate extends Date {
  override getTime(): number {
    return fail()
  }
  override valueOf(): number {
    return fail()
  }
  override toISOString(): string {
    return 'odd'
  }
}

class OddList extends Array<unknown> {
  override map(): never {
    return fail()
  }
  override [Symbol.iterator](): never {
    return fail()
  }
}

class OddMap extends Map<unknown, unknown> {
  override get(): never {
    return fail()
  }
  override entries(): never {
    return fail()
  }
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
  'a Boolean object': () => new Boolean(false),
  'a BigInt object': () => Object(10n),
  'a Symbol object': () => Object(Symbol('odd')),
  'an array of another realm': ({ canaryPath }) => ofAnotherRealm(JSON.stringify([canaryPath])),
  'an object of another realm': () => ofAnotherRealm('{ a: 1 }'),
  'a String object of another realm': () => ofAnotherRealm("new String('odd')"),
  'a Date of another realm': () => ofAnotherRealm('new Date(0)'),
  'an invalid Date of another realm': () => ofAnotherRealm('new Date(NaN)'),
  'a Map of another realm': () => ofAnotherRealm("new Map([['a', 'b']])"),
  'a Set of another realm': () => ofAnotherRealm("new Set(['odd'])"),
  'bytes of another realm': () => ofAnotherRealm('new Uint8Array(4)'),
  'a buffer of another realm': () => ofAnotherRealm('new ArrayBuffer(4)'),
  'a promise of another realm': () => ofAnotherRealm("Promise.resolve('odd')"),
  'a function of another realm': () => ofAnotherRealm("() => 'odd'"),
  'a generator of another realm': () => ofAnotherRealm("(function* () { yield 'odd' })()"),
  'an async generator of another realm': () => ofAnotherRealm("(async function* () { yield 'odd' })()"),
  'a generator of another realm that throws': () =>
    ofAnotherRealm("(function* () { yield 'odd'; throw Object.assign(new TypeError('odd'), { code: 'ODD' }) })()"),
  'a Date without state': () => withoutState(Date),
  'a Map without state': () => withoutState(Map),
  'a Set without state': () => withoutState(Set),
  'a Buffer without state': () => withoutState(Buffer),
  'an ArrayBuffer without state': () => withoutState(ArrayBuffer),
  'a promise without state': () => withoutState(Promise),
  'a URL without state': () => withoutState(URL),
  'URLSearchParams without state': () => withoutState(URLSearchParams),
  'Headers without state': () => withoutState(Headers),
  'a Response without state': () => withoutState(Response),
  'a Blob without state': () => withoutState(Blob),
  'a web stream without state': () => withoutState(ReadableStream),
  'a Node stream without state': () => withoutState(Readable),
  'an Error without state': () => withoutState(Error),
  'an array without state': () => withoutState(Array),
  'an AbortSignal without state': () => withoutState(AbortSignal),
  'a String without state': () => withoutState(String),
  'a function without state': () => withoutState(Function),
  'the tag of a Map': () => tagged('Map'),
  'the tag of bytes': () => tagged('Uint8Array'),
  'the tag of a buffer': () => tagged('ArrayBuffer'),
  'the tag of a promise': () => tagged('Promise'),
  'the tag of an array': () => tagged('Array'),
  'the tag of a text': () => tagged('String'),
  'the tag of an error': () => tagged('Error'),
  'the tag of a file': () => tagged('File'),
  'the tag of Headers': () => tagged('Headers'),
  'the tag of URLSearchParams': () => tagged('URLSearchParams'),
  'the tag of a signal': () => tagged('AbortSignal'),
  'the tag of a web stream': () => tagged('ReadableStream'),
  'the tag of an object': () => Object.defineProperty(new Map([['a', 1]]), Symbol.toStringTag, { value: 'Object' }),
  'a tag that throws': () => Object.defineProperty({}, Symbol.toStringTag, { get: fail }),
  'a tag that is no text': () => ({ [Symbol.toStringTag]: 5 }),
  'a proxy of a Date': () => new Proxy(new Date(0), {}),
  'a proxy of a Map': () => new Proxy(new Map([['a', 'b']]), {}),
  'a proxy of a Buffer': () => new Proxy(Buffer.from('odd'), {}),
  'a proxy of a promise': () => new Proxy(Promise.resolve('odd'), {}),
  'a proxy of a function': () => new Proxy(() => 'odd', {}),
  'a proxy of a URL': () => new Proxy(new URL('https://elsewhere.example/x'), {}),
  'a proxy of Headers': () => new Proxy(new Headers({ a: 'b' }), {}),
  'a proxy of a Blob': () => new Proxy(new Blob(['odd']), {}),
  'a proxy of a Response': () => new Proxy(new Response('odd'), {}),
  'a proxy of a web stream': () => new Proxy(new Blob(['odd']).stream(), {}),
  'a proxy of a generator': () =>
    new Proxy(
      (function* () {
        yield 'odd'
      })(),
      {},
    ),
  'a proxy of an error': () => new Proxy(new OddError('odd'), {}),
  'a Date of a class of its own': () => new OddDate(0),
  'an array of a class of its own': () => OddList.of('odd'),
  'a Map of a class of its own': () => new OddMap([['a', 'b']]),
  'a view that is out of bounds': outOfBounds,
  'bytes with a length of their own': () => Object.defineProperty(new Uint8Array(4), 'byteLength', { value: 1e9 }),
  'a Float64Array': () => new Float64Array(2),
  'a BigInt64Array': () => new BigInt64Array(2),
  'a DataView': () => new DataView(new ArrayBuffer(4)),
  // biome-ignore lint/suspicious/noThenProperty: that is what is odd about it
  'an object with then that throws': () => ({ then: fail }),
  'a getter then that throws': () => Object.defineProperty({}, 'then', { get: fail }),
  'an object with then that rejects': () => ({
    // biome-ignore lint/suspicious/noThenProperty: that is what is odd about it
    then: (_: unknown, reject: (reason: unknown) => void) => reject(new OddError('odd')),
  }),
  arguments: (): unknown =>
    (function (..._given: unknown[]) {
      // biome-ignore lint/complexity/noArguments: that is what is odd about it
      return arguments
    })('odd'),
  'an iterator of a list': () => ['odd'].values(),
  'an iterator of a Map': () => new Map([['a', 'b']]).entries(),
  'a Blob': () => new Blob(['odd']),
  'a Response': () => new Response('odd'),
  'a Response that failed': () => new Response('odd', { status: 500 }),
  'a Response of an error': () => Response.error(),
  'a Response that is being read': () => {
    const response = new Response('odd')
    response.body?.getReader()
    return response
  },
  'a Request': () => new Request('https://elsewhere.example/x'),
  'a web stream that fails': () => new ReadableStream({ pull: fail }),
  'a web stream of wrong chunks': () =>
    new ReadableStream({
      start(controller) {
        controller.enqueue({ odd: true })
        controller.close()
      },
    }),
  'an object stream': () => Readable.from([{ odd: true }, Symbol('odd'), 'odd']),
  FormData: () => new FormData(),
  'a signal that has fired': () => AbortSignal.abort(),
  'a symbol of the registry': () => Symbol.for('response-kit.reply'),
  'a list of a list of itself': () => {
    const list: unknown[] = []
    list.push(list)
    return list
  },
  'a tree that is too deep': () => {
    let tree: unknown = 'odd'
    for (let depth = 0; depth < 20_000; depth++) tree = [tree]
    return tree
  },
  'a name of many spaces': () => ({ [' '.repeat(100_000)]: ' '.repeat(100_000) }),
  globalThis: () => globalThis,
}
