import { Readable } from 'node:stream'
import {
  back,
  bytes,
  created,
  csv,
  defineRoutes,
  download,
  empty,
  file,
  html,
  json,
  jsonArray,
  jsonStream,
  ndjson,
  negotiate,
  notModified,
  problem,
  type ResponseKitOptions,
  type ResponseMethods,
  redirect,
  redirectLocal,
  redirectTo,
  sse,
  streaming,
  template,
  text,
  zip,
} from '../../src/index.js'
import { createRandom } from './content.js'

/** What a handler does with a response: a few calls that stage something, and one call that ends it. */
export interface Program {
  /** The names of the calls, in their order. */
  readonly title: string
  /** The place of its options in `kits`. */
  readonly kit: number
  run(target: ResponseMethods): Promise<void>
}

export interface Files {
  readonly text: string
  readonly empty: string
  readonly missing: string
  readonly directory: string
}

/** Options that every step of a program can work with. */
const KIT: ResponseKitOptions = {
  cookies: { secrets: 'a secret of the tests, of 32 bytes or more' },
  routes: defineRoutes({ user: '/users/:id' }),
  templates: (name: string, { a }: Readonly<Record<string, unknown>>) => `<p>${name} ${String(a)}`,
}

/** Each program runs with one of these. */
export const kits: readonly ResponseKitOptions[] = [
  KIT,
  { ...KIT, etag: 'strong', files: { cache: {} }, viewHelpers: true },
  {
    ...KIT,
    etag: false,
    idleLimit: 5,
    cookies: { ...KIT.cookies, defaults: { secure: true, sameSite: 'strict' } },
    flash: { name: 'my' },
  },
  {
    ...KIT,
    shutdown: AbortSignal.abort(),
    grace: 0,
    forwardedPrefix: true,
    back: { fallback: '/home', field: 'from' },
  },
]

type Pick = <Item>(items: readonly Item[]) => Item
type Step = (target: ResponseMethods) => unknown
/** Chooses the arguments of a call. */
type Call = (pick: Pick, files: Files) => Step

const DATE = 'Sun, 09 Sep 2001 01:46:40 GMT'
const FIELDS: Readonly<Record<string, readonly (string | number | string[])[]>> = {
  ETag: ['"a"', 'W/"a"', 'not quoted'],
  'Last-Modified': [DATE, 'no date'],
  'Cache-Control': ['no-store', 'public, max-age=60'],
  'Content-Type': ['text/plain', 'application/json', 'text/html; charset=latin1', 'image/png'],
  'Content-Length': ['5', '0', '100000', 5],
  Vary: ['Accept', '*', 'accept, X'],
  'Set-Cookie': ['a=1', ['a=1', 'b=2']],
  'Content-Disposition': ['inline', 'attachment; filename="x"'],
  'Content-Encoding': ['identity', 'br'],
  'Content-Language': ['en'],
  'Content-Range': ['bytes 0-1/2'],
  'Accept-Ranges': ['none', 'bytes'],
  'Transfer-Encoding': ['chunked'],
  Trailer: ['X-T'],
  Link: ['</a>; rel=next'],
  Location: ['/x'],
  'Retry-After': ['5'],
  Allow: ['GET'],
  Date: [DATE],
  'X-A': ['1', ['1', '2'], 3],
}

function pickField(pick: Pick): [name: string, value: any] {
  const name = pick(Object.keys(FIELDS))
  return [name, pick(FIELDS[name] ?? [])]
}

/** A call that only reads: what it gives is staged, so that the answers tell a difference. */
const show =
  (read: (target: ResponseMethods) => unknown): Step =>
  (target) =>
    target.setHeader('X-Read', encodeURIComponent(`${JSON.stringify(read(target))}`))

const STAGING: Readonly<Record<string, Call>> = {
  setStatus(pick) {
    const status = pick([200, 201, 202, 204, 205, 206, 299, 301, 304, 400, 404, 416, 500, 503, 999])
    return (target) => target.setStatus(status)
  },
  setHeader(pick) {
    const field = pickField(pick)
    return (target) => target.setHeader(...field)
  },
  setHeaders(pick) {
    const fields = Object.fromEntries([pickField(pick), pickField(pick)])
    return (target) => target.setHeaders(fields)
  },
  appendHeader(pick) {
    const [name, value] = pickField(pick)
    return (target) => target.appendHeader(name, Array.isArray(value) ? value : `${value}`)
  },
  defaultHeader(pick) {
    const field = pickField(pick)
    return (target) => target.defaultHeader(...field)
  },
  deleteHeader(pick) {
    const [name] = pickField(pick)
    return (target) => target.deleteHeader(name)
  },
  getHeader(pick) {
    const [name] = pickField(pick)
    return show((target) => target.getHeader(name))
  },
  cacheControl(pick) {
    const options = pick([{ public: true, maxAge: '1h' }, { noStore: true }, { private: true, maxAge: 0 }])
    return (target) => target.cacheControl(options)
  },
  setCookie(pick) {
    const attributes = pick([{}, { maxAge: 5 }, { path: '/x', sameSite: 'none', secure: true }] as const)
    return (target) => target.setCookie('c', 'v w', attributes)
  },
  getCookie(pick) {
    const name = pick(['c', 'a', 'plain', 'none'])
    return show((target) => target.getCookie(name))
  },
  localUrl(pick) {
    const url = pick(['/a', '//evil.example', '/\\evil.example', 'http://a.example/x', '/a?b#c', ''])
    return show((target) => target.localUrl(url))
  },
  route(pick) {
    const options = pick([
      {},
      { absolute: true },
      { query: { a: ['1', '2'] } },
      { mergeQuery: { z: 1 } },
      { hash: 'é' },
    ])
    return show((target) => target.route('user', { id: 'ä/b' }, options))
  },
  notModified(pick) {
    const validators = pick([{ etag: 'a' }, { lastModified: new Date(DATE) }, { etag: 'other' }])
    return (target) => target.notModified(validators)
  },
  setEtag(pick) {
    const weak = pick([true, false])
    return (target) => target.setEtag('a', { weak })
  },
  setLastModified: () => (target) => target.setLastModified(new Date(DATE)),
  deleteCookie: () => (target) => target.deleteCookie('c'),
  link: () => (target) => target.link('/n', { rel: 'next' }),
  preload: () => (target) => target.preload('/f', { as: 'font', crossorigin: true }),
  earlyHints: () => (target) => target.earlyHints(),
  serverTiming: () => (target) => target.serverTiming('db', { durationMs: 5 }),
  contentLanguage: () => (target) => target.contentLanguage('de'),
  retryAfter: () => (target) => target.retryAfter('5s'),
  allow: () => (target) => target.allow('GET', 'HEAD'),
  clearSiteData: () => (target) => target.clearSiteData('cache'),
  deprecation: () => (target) => target.deprecation({ since: new Date(0), link: '/d' }),
  withFlash: () => (target) => target.withFlash({ a: 1 }),
  withErrors: () => (target) => target.withErrors({ email: 'wrong' }),
  flash: () => show((target) => target.flash()),
  withInput: () => (target) => target.withInput(),
  reflash: () => (target) => target.reflash(),
  afterSend: () => (target) => target.afterSend(() => undefined),
  intended: () => (target) => target.intended(),
  backField: () => show((target) => target.backField()),
}

const LATE_FAILURE = 'a late failure'
const TEXTS = ['', 'x', 'héllo', 'a'.repeat(3000)]

const ENDING: Readonly<Record<string, Call>> = {
  text(pick) {
    const body = pick(TEXTS)
    return (target) => target.text(body)
  },
  html(pick) {
    const body = pick(TEXTS)
    return (target) => target.html(body)
  },
  bytes(pick) {
    const [body, options] = [Buffer.from(pick(TEXTS)), pick([undefined, { type: 'text/plain' }, { type: 'image/png' }])]
    return (target) => target.bytes(body, options)
  },
  empty(pick) {
    const status = pick([undefined, 204, 205, 304, 200, 202, 404])
    return (target) => target.empty(status)
  },
  file(pick, files) {
    const path = pick([files.text, files.text, files.empty, files.missing, files.directory])
    const options = pick([
      {},
      { etag: 'strong' },
      { acceptRanges: false },
      { maxAge: '1d', immutable: true },
      { type: 'text/html' },
      { lastModified: false, etag: false },
      { headers: { ETag: '"own"', 'Content-Type': 'image/gif', 'Set-Cookie': ['f=1'] } },
    ] as const)
    return (target) => target.file(path, options)
  },
  download(pick, files) {
    const source = pick([
      () => files.text,
      () => Buffer.from('0123456789'.repeat(20)),
      () => new Blob(['blob']),
      () => Readable.from(['ab', 'cd']),
      () => ['x', 'y'].values(),
    ])
    const options = pick([{}, { type: 'text/plain' }, { etag: 'content' }, { digest: 'sha-256' }] as const)
    const name = pick(['é "x".txt', 'a.csv'])
    return (target) => target.download(source(), name, options)
  },
  zip(pick) {
    const name = pick([undefined, 'ä.zip'])
    const mtime = new Date(DATE)
    const entries = [
      { name: 'a.txt', source: Buffer.from('abc'), mtime },
      { name: 'd/', mtime },
    ]
    return (target) => target.zip(entries, name)
  },
  redirectTo(pick) {
    const options = pick([{}, { status: 303 }, { query: { a: 'ö' } }] as const)
    return (target) => target.redirectTo('user', { id: 'a b' }, options)
  },
  back(pick) {
    const options = pick([{ fallback: '/f' }, { fallback: '/f', status: 302 }] as const)
    return (target) => target.back(options)
  },
  redirectLocal(pick) {
    const url = pick(['/a', '//evil.example', 'http://evil.example/', '/é', 'x'])
    return (target) => target.redirectLocal(url, '/f')
  },
  csv(pick) {
    const options = pick([{}, { filename: 'é.csv' }, { bom: true }])
    return (target) => target.csv([{ a: '=1', b: 2 }, { a: 'x"y' }], options)
  },
  ndjson(pick) {
    const rows = pick([[], [1, 2], [{ a: 1 }]])
    return (target) => target.ndjson(rows)
  },
  jsonArray(pick) {
    const rows = pick([[], [1, 2], [{ a: 1 }]])
    return (target) => target.jsonArray(rows)
  },
  streaming(pick) {
    const [chunks, options] = [pick([[], ['a'], ['a', Buffer.from('b')]]), pick([{}, { type: 'text/plain' }])]
    return (target) => target.streaming(chunks, options)
  },
  problem(pick) {
    const details = pick([{ status: 400 }, { status: 422, title: 'T', detail: 'é', more: [1] }, { status: 503 }])
    return (target) => target.problem(details)
  },
  template(pick) {
    const status = pick([200, 404])
    return (target) => target.template('page', { a: 1 }, { status })
  },
  reply(pick, files) {
    const make = pick<() => unknown>([
      () => text('x', { status: 201, headers: { 'X-R': '1' } }),
      () => json({ a: 1 }),
      () => redirect('/r'),
      () => problem({ status: 400 }),
      () => html('<b>', { cookies: { a: 'b' } }),
      () => bytes(Buffer.from('q')),
      () => streaming(['a']),
      () => empty(),
      () => file(files.text, { status: 202, cookies: { a: 'b' } }),
      () => download(files.text, 'é.txt', { headers: { ETag: '"own"' } }),
      () => zip([{ name: 'a', source: Buffer.from('abc'), mtime: new Date(DATE) }], 'z.zip', { compress: false }),
      () => csv([{ a: 1 }], { filename: 'a.csv', status: 203 }),
      () => ndjson([1, 2], { headers: { 'Last-Modified': DATE } }),
      () => jsonArray([1].values()),
      () => jsonStream({ a: Promise.resolve(1) }),
      () => sse(['a'], { headers: { 'X-R': '1' } }),
      () => notModified({ etag: 'a' }, () => file(files.text)),
      () => negotiate({ html: () => html('<b>'), json: () => file(files.text) }),
      () => created('user', { id: 2 }, ['a']),
      () => redirectTo('user', { id: 2 }, { status: 303 }),
      () => back({ fallback: '/f' }),
      () => redirectLocal('/a', '/f', { cookies: { a: 'b' } }),
      () => template('page', { a: 1 }, { status: 404 }),
      () => new Response('web', { status: 201, headers: { 'Set-Cookie': 'w=1', ETag: '"a"' } }),
      () => new Blob(['blob'], { type: 'text/plain' }),
      () => ({ plain: 1 }),
    ])
    return (target) => target.reply(make())
  },
  'an error': (pick) => {
    const status = pick([undefined, 400, 404, 503])
    return () => {
      throw Object.assign(new Error('boom'), status && { status, expose: status < 500 })
    }
  },
  [LATE_FAILURE]: () => (target) =>
    target.streaming(
      (function* () {
        yield 'a'
        throw new Error('late')
      })(),
    ),
  jsonStream: () => (target) => target.jsonStream({ a: [1, { x: 2 }].values(), b: Promise.resolve(3) }),
  created: () => (target) => target.created('user', { id: 1 }, { a: 1 }),
  toIntended: () => (target) => target.toIntended('/home'),
  sse: () => (target) => target.sse([{ data: 1, event: 'a', id: '1' }, 'x', { comment: 'c' }]),
  negotiate: () => (target) => target.negotiate({ html: '<p>', json: { a: 1 }, text: () => 'text' }),
}

/** The methods that programs call. */
export const methodsOfPrograms: readonly string[] = [...Object.keys(STAGING), ...Object.keys(ENDING)]

/** The program of a seed. */
export function createProgram(seed: number, files: Files): Program {
  const random = createRandom(seed)
  const pick = createPick(random)
  const staging = Array.from({ length: pick([0, 1, 2, 3, 4]) }, () => pick(Object.entries(STAGING)))
  const ending = pick(Object.entries(ENDING))
  // Each framework has its own way with an error after an answer.
  const others = Object.entries(ENDING).filter(([name]) => name !== 'an error')
  const second = pick([true, false, false, false]) ? [pick(others)] : []
  const calls = [...staging, ending, ...second]
  const names = calls.map(([name]) => name)
  const steps = calls.map(([, call]) => call(pick, files))
  const isAwaited = pick([true, false])
  return {
    kit: Math.floor(random() * kits.length),
    title: `${names.join(', ')}${isAwaited ? '' : ', without await'}`,
    async run(target) {
      for (const step of steps) {
        const result = step(target)
        if (result === true) return // `notModified` has answered
        if (isAwaited && steps.indexOf(step) >= staging.length) await result
      }
    },
  }
}

const REQUEST_FIELDS: Readonly<Record<string, readonly string[]>> = {
  'If-None-Match': ['"a"', 'W/"a"', '*', '"other", W/"a"', 'not quoted', '"own"'],
  'If-Modified-Since': [DATE, 'Sat, 01 Jan 2000 00:00:00 GMT', 'no date'],
  'If-Match': ['"a"', '*', '"other"'],
  'If-Unmodified-Since': [DATE, 'Sat, 01 Jan 2000 00:00:00 GMT'],
  Range: [
    'bytes=0-3',
    'bytes=-2',
    'bytes=0-1,4-5',
    'bytes=9999-',
    'x=1',
    'bytes=0-',
    'bytes=5-1',
    'bytes=-0',
    'BYTES=1-2',
  ],
  'If-Range': ['"a"', DATE, 'W/"a"', '"own"'],
  Accept: ['*/*', 'text/html', 'application/json', 'image/png', 'text/*;q=.5, application/problem+json'],
  'Accept-Encoding': ['gzip', 'br', 'identity;q=0'],
  Referer: ['http://a.example/before', 'http://evil.example/', '/relative', 'http://a.example:8080/z?q=1'],
  Cookie: ['c=1; c=2', 'c="q"; a=b=c', 'a=%zz', '; ;='],
}

/**
 * The text of the request that a seed makes for a program. An answer of HTTP/1.0 that fails late is reset, and a client of
 * libuv, as this one, takes a reset for an end if it comes with the last bytes: such answers cannot be compared.
 */
export function createRequest(seed: number, { title }: Program): string {
  const random = createRandom(seed)
  const pick = createPick(random)
  const method = pick(['GET', 'GET', 'GET', 'GET', 'HEAD', 'POST', 'PUT', 'OPTIONS', 'DELETE'])
  const lines = [
    `${method} /p/a?x=1 HTTP/${pick(['1.1', '1.1', '1.1', title.includes(LATE_FAILURE) ? '1.1' : '1.0'])}`,
    `Host: ${pick(['a.example', 'a.example', 'a.example:8080', 'not a host'])}`,
    'Connection: close',
    'Content-Length: 0',
  ]
  for (const [name, values] of Object.entries(REQUEST_FIELDS))
    if (random() < 0.25) lines.push(`${name}: ${pick(values)}`)
  return `${lines.join('\r\n')}\r\n\r\n`
}

function createPick(random: () => number): Pick {
  return <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item // never an empty list
}
