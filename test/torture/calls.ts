import * as root from '../../src/index.js'
import { jsonMethod } from '../../src/shared/methods/bodies.js'
import { responseMethods } from '../../src/shared/methods/response-methods.js'

/** What the right arguments of a call may name. */
export interface Examples {
  readonly filePath: string
}

type Arguments = (examples: Examples) => readonly unknown[]

const rows = [{ a: 1 }, { a: 2 }]
const fileOptions = {
  name: 'name',
  inline: true,
  type: 'text/plain',
  root: undefined,
  dotfiles: 'allow',
  etag: 'strong',
  lastModified: true,
  cacheControl: true,
  maxAge: 1000,
  immutable: false,
  acceptRanges: true,
  deleteAfterSend: false,
  digest: undefined,
  precompressed: [],
  onProgress: () => {},
  headers: { 'X-A': 'a' },
}
const cookieAttributes = {
  maxAge: 10,
  expires: new Date(0),
  path: '/',
  domain: undefined,
  secure: true,
  httpOnly: true,
  sameSite: 'lax',
  priority: 'low',
  partitioned: false,
  signed: false,
  encrypted: false,
  encode: undefined,
}
const init = { status: 200, headers: { 'X-A': 'a' }, cookies: { a: 'b' } }

/** Right arguments of every method, as many as it takes. */
export const methodArguments: Readonly<Record<string, Arguments>> = {
  setStatus: () => [201],
  setHeader: () => ['X-A', 'a'],
  appendHeader: () => ['X-A', 'a'],
  setHeaders: () => [{ 'X-A': 'a' }],
  deleteHeader: () => ['X-A'],
  getHeader: () => ['X-A'],
  cacheControl: () => [{ public: true, maxAge: '1h', immutable: true, staleWhileRevalidate: 5 }],
  link: () => ['/a', { rel: 'next', title: 'a', type: 'text/css', hreflang: 'en', media: 'all' }],
  preload: () => ['/a', { as: 'font', crossorigin: true, type: 'font/woff2' }],
  earlyHints: () => [],
  serverTiming: () => ['db', { durationMs: 5, description: 'a' }],
  contentLanguage: () => ['en', 'de'],
  retryAfter: () => ['5s'],
  allow: () => ['GET', 'HEAD'],
  clearSiteData: () => ['cache', 'cookies'],
  setLastModified: () => [new Date(0)],
  setEtag: () => ['a', { weak: true }],
  setCookie: () => ['a', 'b', cookieAttributes],
  deleteCookie: () => ['a', { path: '/', domain: 'a.example' }],
  getCookie: () => ['a', { signed: false, encrypted: false }],
  text: () => ['text'],
  html: () => ['<p>html'],
  json: () => [{ a: 1 }, { space: 2, stringify: JSON.stringify }],
  bytes: () => [Buffer.from('bytes'), { type: 'text/plain' }],
  empty: () => [204],
  file: ({ filePath }) => [filePath, fileOptions],
  // a callback would take each failure from the framework, and give no answer
  download: ({ filePath }) => [filePath, 'name.txt', fileOptions, undefined],
  zip: ({ filePath }) => [[{ name: 'a', source: filePath, compress: true }], 'all.zip'],
  redirectTo: () => ['user', { id: 1 }, { query: { a: 1 }, hash: 'a', status: 302 }],
  back: () => [{ fallback: '/', status: 302 }],
  route: () => ['user', { id: 1 }, { query: undefined, mergeQuery: { a: 1 }, hash: 'a', absolute: false }],
  backField: () => [],
  withFlash: () => [{ a: 1 }],
  withInput: () => [],
  withErrors: () => [{ a: 'wrong' }],
  flash: () => [],
  reflash: () => [],
  redirectLocal: () => ['/a', '/', { status: 302 }],
  localUrl: () => ['/a'],
  created: () => ['user', { id: 1 }, { a: 1 }],
  csv: () => [rows, { columns: ['a'], header: true, delimiter: ',', bom: false, filename: 'a.csv', guard: true }],
  jsonStream: () => [{ a: rows }],
  notModified: () => [{ etag: 'a', lastModified: new Date(0) }],
  defaultHeader: () => ['X-A', 'a'],
  deprecation: () => [{ since: new Date(0), sunset: new Date(0), link: '/a' }],
  intended: () => [],
  toIntended: () => ['/'],
  reply: () => [{ a: 1 }],
  problem: () => [{ status: 400, title: 'a', detail: 'b', type: '/c', instance: '/d', more: 1 }],
  negotiate: () => [{ html: '<p>', json: { a: 1 }, text: () => 'text', default: 'text' }],
  template: () => ['page', { a: 1 }, { status: 200 }],
  afterSend: () => [() => {}],
  streaming: () => [['a', 'b'], { type: 'text/plain' }],
  ndjson: () => [rows],
  jsonArray: () => [rows],
  sse: () => [[{ data: 1, event: 'a', id: '1', retry: 5, comment: 'c' }], { heartbeat: 5, retry: 5 }],
}

/** Right arguments of every factory of a `Reply`. */
export const factoryArguments: Readonly<Record<string, Arguments>> = {
  text: () => ['text', init],
  html: () => ['<p>', init],
  json: () => [{ a: 1 }, { ...init, space: 2 }],
  bytes: () => [Buffer.from('bytes'), init],
  problem: () => [{ status: 400 }, init],
  streaming: () => [['a'], init],
  file: ({ filePath }) => [filePath, fileOptions],
  download: ({ filePath }) => [filePath, 'name.txt', fileOptions],
  zip: ({ filePath }) => [[{ name: 'a', source: filePath }], 'all.zip'],
  redirect: () => ['/a', { status: 302 }],
  redirectTo: () => ['user', { id: 1 }, { query: { a: 1 } }],
  template: () => ['page', { a: 1 }, init],
  back: () => [{ fallback: '/', status: 302 }],
  toIntended: () => ['/'],
  redirectLocal: () => ['/a', '/', { status: 302 }],
  created: () => ['user', { id: 1 }, { a: 1 }],
  csv: () => [rows, { columns: ['a'], header: true, delimiter: ',', bom: false, filename: 'a.csv', guard: true }],
  jsonStream: () => [{ a: rows }],
  empty: () => [204, init],
  negotiate: () => [{ html: '<p>', json: { a: 1 }, text: () => 'text', default: 'text' }, init],
  notModified: () => [{ etag: 'a', lastModified: new Date(0) }, 'content', init],
  ndjson: () => [rows, init],
  jsonArray: () => [rows, init],
  sse: () => [[{ data: 1 }], { ...init, heartbeat: 5, retry: 5 }],
}

/** Functions of the root entry that make no `Reply`. */
const NO_FACTORIES = new Set(['channel', 'channels', 'defineRoutes', 'group', 'localUrl', 'sendReply'])

/** Calls of the kit that have no right arguments here: the test names them. */
export const callsWithoutArguments: readonly string[] = [
  ...[...Object.keys(responseMethods), ...Object.keys(jsonMethod)].filter((name) => !(name in methodArguments)),
  ...Object.keys(root).filter((name) => /^[a-z]/.test(name) && !(name in factoryArguments) && !NO_FACTORIES.has(name)),
]

/** One call with one odd value: at an argument, or at a key of an argument that is an object. */
export interface Trial {
  readonly how: 'method' | 'factory'
  readonly call: string
  readonly argument: number
  readonly key: string | undefined
  readonly value: string
}

/** Where an odd value can stand in a call. */
export function placesOf(how: Trial['how'], call: string): Pick<Trial, 'argument' | 'key'>[] {
  const given = argumentsOf(how, call)({ filePath: '/x' })
  return given.flatMap((each, argument) => [
    { argument, key: undefined },
    ...keysOf(each).map((key) => ({ argument, key })),
  ])
}

/** The keys of an options object, or of the first entry of a list. */
function keysOf(value: unknown): string[] {
  if (Array.isArray(value)) return typeof value[0] === 'object' ? Object.keys(value[0]) : []
  const isPlain = typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
  return isPlain ? Object.keys(value) : []
}

function argumentsOf(how: Trial['how'], call: string): Arguments {
  const found = (how === 'method' ? methodArguments : factoryArguments)[call]
  if (found === undefined) throw new Error(`no arguments for ${how} ${call}`)
  return found
}

/** The arguments of a trial, the odd value in its place. */
export function argumentsWith(trial: Trial, examples: Examples, odd: unknown): unknown[] {
  const list = [...argumentsOf(trial.how, trial.call)(examples)]
  const { argument, key } = trial
  const given = list[argument]
  if (key === undefined) list[argument] = odd
  else if (Array.isArray(given)) list[argument] = [{ ...given[0], [key]: odd }, ...given.slice(1)]
  else list[argument] = { ...(given as object), [key]: odd } // an object, since it has keys
  return list
}

/** `deleteAfterSend` is the literal `true`, and stands among the options. */
export function asksForDeletion({ call, argument, key, value }: Trial): boolean {
  if (key === 'deleteAfterSend') return value === 'true'
  const isOptions = (call === 'file' && argument === 1) || (call === 'download' && argument === 2)
  return isOptions && key === undefined && value === 'options that delete'
}

/** Every call that is tried: what this version has of the tables. */
export const callNames: readonly (readonly [Trial['how'], string])[] = [
  ...Object.keys(methodArguments)
    .filter((name) => name in responseMethods || name in jsonMethod)
    .map((name) => ['method', name] as const),
  ...Object.keys(factoryArguments)
    .filter((name) => name in root)
    .map((name) => ['factory', name] as const),
]
