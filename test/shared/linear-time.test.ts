import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect } from 'chai'
import { html, jsonArray, jsonStream, Reply } from '../../src/index.js'
import { createFragment } from '../../src/shared/bodies/html-fragment.js'
import { serializeJson } from '../../src/shared/bodies/json.js'
import { problemOf } from '../../src/shared/bodies/problem-handler/problem-of.js'
import { problemPage } from '../../src/shared/bodies/problem-handler/problem-page.js'
import { checkKeys } from '../../src/shared/checks/check-keys.js'
import { durationMs, durationSeconds, fileMaxAgeSeconds } from '../../src/shared/checks/duration.js'
import { equalInConstantTime } from '../../src/shared/checks/equal-in-constant-time.js'
import { invalidRange, invalidType, toError, toThrown } from '../../src/shared/checks/errors.js'
import { didYouMean, nearestNames } from '../../src/shared/checks/nearest.js'
import { deriveKey, isLongSecret, readSecrets, warnOfShortSecrets } from '../../src/shared/checks/secrets.js'
import { showValue } from '../../src/shared/checks/show-value.js'
import { decodeValue, encodeValue, parseValue, stringifyValue, unquote } from '../../src/shared/cookies/cookie-value.js'
import { readCookie } from '../../src/shared/cookies/cookies.js'
import { deriveSealingKeys, seal, unseal } from '../../src/shared/cookies/encrypted.js'
import { signPair, signText, verifyPair, verifyText } from '../../src/shared/cookies/signed.js'
import type { NodeFacts } from '../../src/shared/exchange/node-exchange.js'
import { mergeHead } from '../../src/shared/exchange/send.js'
import {
  cacheControlField,
  isCacheControl,
  restrictionsOf,
  serializeCacheControl,
} from '../../src/shared/fields/cache-control.js'
import {
  quoteFilename,
  removeInvisible,
  serializeContentDisposition,
  toSafeFilename,
} from '../../src/shared/fields/content-disposition.js'
import { serializeDeprecation } from '../../src/shared/fields/deprecation.js'
import {
  entityTagOf,
  isEntityTag,
  parseEntityTagList,
  quoteEntityTag,
  stronglyEqual,
  weaklyEqual,
} from '../../src/shared/fields/entity-tag.js'
import { fieldsOfError, isFieldOfErrorPage } from '../../src/shared/fields/error-fields.js'
import {
  checkedFields,
  checkField,
  fieldEntries,
  fieldLines,
  isFieldName,
  isFieldText,
} from '../../src/shared/fields/field-entries.js'
import { escapeHtml, HTML_PARTS } from '../../src/shared/fields/html-text.js'
import { parseHttpDate } from '../../src/shared/fields/http-date.js'
import { parseLinkList, serializeLink } from '../../src/shared/fields/link.js'
import { serializeLocation } from '../../src/shared/fields/location.js'
import {
  checkMediaType,
  extensionOf,
  isMediaType,
  mediaTypeOf,
  wholeExtensionOf,
  withCharset,
} from '../../src/shared/fields/media-type.js'
import { addMember, addVary, skipEmptyMembers } from '../../src/shared/fields/member-list.js'
import { readOrigin } from '../../src/shared/fields/origin.js'
import { evaluatePreconditions, isConditional } from '../../src/shared/fields/preconditions.js'
import { acceptableCodings, preferredCodings, preferredType } from '../../src/shared/fields/preferences.js'
import { serializeQuery } from '../../src/shared/fields/query-string.js'
import { isQuotable, isToken, quoteString } from '../../src/shared/fields/quoted-string.js'
import { selectRanges } from '../../src/shared/fields/range.js'
import { serializeServerTiming } from '../../src/shared/fields/server-timing.js'
import {
  isCookieDomain,
  isCookieName,
  isCookiePath,
  isCookieValue,
  isKeptCookieName,
  isSameCookie,
  parseSetCookieLine,
  pathMatches,
  prefixDemands,
  setsCookie,
} from '../../src/shared/fields/set-cookie.js'
import { resolvePath } from '../../src/shared/files/disk/resolve-path.js'
import { readFileOptions } from '../../src/shared/files/file-options.js'
import { readFileSettings } from '../../src/shared/files/file-settings.js'
import { friendlyFilename } from '../../src/shared/files/friendly-name.js'
import { escapeJsonForHtml } from '../../src/shared/json/escape-for-html.js'
import { describeJsonFailure } from '../../src/shared/json/json-failure.js'
import { checkJsonOptions } from '../../src/shared/json/json-options.js'
import { backCandidates, backField, localUrl, parseCandidate, returnTarget } from '../../src/shared/redirects/back.js'
import { formInput } from '../../src/shared/redirects/form-input.js'
import { isNavigation } from '../../src/shared/redirects/intended.js'
import { clientUrl } from '../../src/shared/routes/client-url.js'
import { defineRoutes } from '../../src/shared/routes/define-routes.js'
import { parsePath } from '../../src/shared/routes/path-pattern.js'
import { resolveRoute } from '../../src/shared/routes/resolve-route.js'
import { createSignedUrl, deriveSigningKeys, verifySignature } from '../../src/shared/routes/signed-url.js'
import { FormulaGuard } from '../../src/shared/streams/formula-guard.js'
import { JsonPartWriter } from '../../src/shared/streams/json-parts.js'
import { serializeEvent, serializeId } from '../../src/shared/streams/serialize-event.js'
import { collectGarbage } from '../support/collect-garbage.js'
import { findSuperlinear } from '../support/linear-time.js'
import { nodeExchange } from '../support/node-exchange.js'

type Read = (text: string) => unknown

const NAMES = Array.from({ length: 1000 }, (_, index) => `route.name.${index}.${'x'.repeat(index % 40)}`)
const KEYS = deriveSealingKeys(['a secret of thirty-two bytes or more'])
const conditional = (text: string) => ({ method: 'GET', field: () => text })
const circle: Record<string, unknown> = {}
circle.self = circle

/**
 * Each function that may see text from a client, with beginnings that lead deeper into its grammar. A new parser is
 * one more line; the last test of this file names those that are missing.
 */
const TABLE: Readonly<Record<string, Read | readonly [Read, ...prefixes: string[]]>> = {
  isFieldOfErrorPage: (text) => isFieldOfErrorPage(text, [text]),
  fieldsOfError: (text) => fieldsOfError(Object.assign(new Error('x'), { headers: { [text]: text, 'X-A': [text] } })),
  // checks
  checkKeys: (text) => checkKeys('call()', { [text]: 1 }, NAMES),
  didYouMean: (text) => didYouMean(text, NAMES),
  nearestNames: (text) => nearestNames(text.slice(0, 80), NAMES),
  'nearestNames, of long known names': (text) => nearestNames('a'.repeat(80), [text, ...NAMES]),
  durationMs: [(text) => durationMs(text, 'x'), '1'],
  durationSeconds: [(text) => durationSeconds(text, 'x'), '1'],
  fileMaxAgeSeconds: [(text) => fileMaxAgeSeconds(text, 'x'), '1'],
  equalInConstantTime: (text) => equalInConstantTime(text, 'secret'),
  invalidRange: (text) => invalidRange('x', 'y', text),
  invalidType: (text) => invalidType('x', 'y', { [text]: text }),
  toError: (text) => toError({ [text]: text }),
  toThrown: (text) => toThrown(text),
  readSecrets: (text) => readSecrets('x', text, 32),
  isLongSecret,
  warnOfShortSecrets: (text) => warnOfShortSecrets('x', [text]),
  deriveKey: (text) => deriveKey(text, 'purpose'),
  showValue,
  'showValue, of a key': (text) => showValue({ [text]: 1 }),
  'showValue, of a list': (text) => showValue([text, text, [text], { [text]: text }, text]),
  'showValue, of many keys': (text) => showValue(Object.fromEntries(NAMES.map((name) => [name, text]))),
  'showValue, of an error': (text) => showValue(Object.assign(new Error(text), { name: text })),
  'showValue, of a Map': (text) => showValue(new Map([[text, { [text]: text }]])),
  'showValue, of a getter': (text) => showValue(Object.defineProperty({}, text, { get: () => text, enumerable: true })),
  'showValue, of a class': (text) => showValue(Object.assign(new (class Record {})(), { [text]: text })),

  // fields
  serializeCacheControl: [serializeCacheControl, 'max-age=1,', 'a="'],
  isCacheControl: [isCacheControl, 'max-age=1,', 'a="', 'a'],
  restrictionsOf: [restrictionsOf, 'no-store,', 'private="', 'private', 'a, ', ' '],
  serializeContentDisposition: (text) => serializeContentDisposition('attachment', text),
  quoteFilename: [quoteFilename, 'attachment; filename=', 'attachment; filename="'],
  removeInvisible,
  toSafeFilename: [toSafeFilename, 'a.', 'a/'],
  entityTagOf: (text) => entityTagOf(text, 'weak'),
  quoteEntityTag: [quoteEntityTag, '"', 'W/"'],
  isEntityTag: [isEntityTag, '"', 'W/"'],
  parseEntityTagList: [parseEntityTagList, '"a"', '"a",', 'W/', '"'],
  stronglyEqual: (text) => stronglyEqual(text, `${text}x`),
  weaklyEqual: (text) => weaklyEqual(text, `W/${text}x`),
  checkField: (text) => checkField('x', text, text),
  'checkField, of a value': (text) => checkField('x', 'X-A', [text]),
  isMediaType: [isMediaType, 'a/b;', 'a/', 'a/b '],
  checkMediaType: [(text) => checkMediaType('x', text), 'a/b;', 'a/', 'a/b '],
  fieldEntries: (text) => [...fieldEntries({ [text]: text }, 'setHeaders: fields')],
  checkedFields: (text) => checkedFields({ [text]: text }, 'setHeaders'),
  escapeHtml,
  parseHttpDate: [parseHttpDate, 'Sun, 06 Nov 1994 08:49:37 GMT', 'Sun', 'Sunday, 06'],
  cacheControlField: [(text) => cacheControlField({ target: text }), 'a-', 'CDN-Cache-Control'],
  serializeDeprecation: (text) => serializeDeprecation({ since: new Date(0), link: text }),
  serializeLink: (text) => serializeLink('link', text, { rel: 'next', title: text }),
  'serializeLink, of a relation': [(text) => serializeLink('link', '/', { rel: text }), 'a:', 'a'],
  parseLinkList: [parseLinkList, '<', '<a>', '<a>;', '<a>; rel="', '<a>,'],
  serializeLocation: [serializeLocation, '/', 'http://a/'],
  extensionOf: [extensionOf, 'a.'],
  wholeExtensionOf: [wholeExtensionOf, 'a.', 'a.tar.'],
  mediaTypeOf: [mediaTypeOf, 'a.'],
  withCharset: [withCharset, 'text/a', 'text/plain;'],
  addMember: (text) => addMember(text, `${text}x`),
  'addMember, of a long member': (text) => addMember(text, `x${text.slice(text.length / 2)}`),
  addVary: (text) => addVary(text, text),
  'addVary, of many names': (text) =>
    addVary([...text.slice(0, text.length / 8)].map((each, at) => `${each}${at}`).join(), text),
  isFieldName: [isFieldName, 'a'],
  isFieldText: [isFieldText, 'a'],
  skipEmptyMembers: [(text) => skipEmptyMembers(text, 0), ', '],
  readOrigin: [(text) => readOrigin('http', text), 'a', '[::', 'a:'],
  evaluatePreconditions: [
    (text) => evaluatePreconditions(conditional(text), { entityTag: '"a"', lastModified: 0 }),
    '"a",',
    '*',
  ],
  isConditional: (text) => isConditional({ 'if-match': text }),
  preferredType: [
    (text) => preferredType(text, ['text/html', 'application/json']),
    'text/html',
    'text/html;q=',
    'a/b;"',
  ],
  acceptableCodings: [(text) => acceptableCodings(text, ['br', 'gzip']), 'br', 'gzip;q='],
  preferredCodings: [(text) => preferredCodings(text, ['br', 'gzip']), 'br', 'gzip;q='],
  serializeQuery: (text) => serializeQuery({ [text]: text }),
  'serializeQuery, of a list under a long name': (text) => serializeQuery({ [text]: NAMES }),
  'serializeQuery, of names under a long name': (text) => serializeQuery({ [text]: { ...NAMES } }),
  fieldLines: (text) => fieldLines(text, [text, text]),
  'readFileOptions, of a field with a long name and many values': ({ length }) =>
    readFileOptions('x', { headers: { ['x'.repeat(length)]: new Array(length >> 4).fill('a') } }, FILE_SETTINGS),
  isToken,
  isQuotable,
  quoteString,
  selectRanges: [(text) => selectRanges(text, 1000), 'bytes=', 'bytes=0-0,', 'bytes=-'],
  serializeServerTiming: (text) => serializeServerTiming('a', { description: text }),
  'serializeServerTiming, of a name': (text) => serializeServerTiming(text),
  isCookieDomain: [isCookieDomain, 'a', 'a.', 'a-'],
  isCookieName: [isCookieName, 'a'],
  isCookiePath: [isCookiePath, '/'],
  isCookieValue: [isCookieValue, 'a'],
  isKeptCookieName: [isKeptCookieName, 'a'],
  pathMatches: (text) => pathMatches(text, text.slice(0, text.length / 2)),
  prefixDemands: [prefixDemands, '__', '__Host-'],
  isSameCookie: [(text) => isSameCookie(text, undefined, '/'), 'a=b; ', 'a=b; Domain=', 'a=b; Expires='],
  parseSetCookieLine: [parseSetCookieLine, 'a=b; ', 'a=b; Domain=', 'a=b; Expires=', 'a=b; Max-Age='],
  setsCookie: (text) => setsCookie(text, 'a'),

  // json
  checkJsonOptions: (text) => checkJsonOptions('json()', { [text]: text } as object),
  escapeJsonForHtml,
  'describeJsonFailure, of a key': (text) => describeJsonFailure({ [text]: 1n }, new Error(text)),
  'describeJsonFailure, of a long list': (text) => describeJsonFailure([...text.slice(0, text.length / 4), 1n], text),
  'describeJsonFailure, of a deep value': (text) => describeJsonFailure(nested(text), new Error(text)),
  describeJsonFailure: (text) => describeJsonFailure({ text, circle }, new Error(text)),

  // cookies
  decodeValue,
  'encodeValue, of a text': (text) => encodeValue('a', text),
  parseValue: [parseValue, 'j:', 'j:"', 'j:{"a":'],
  stringifyValue: [(text) => stringifyValue('a', text), 'j:'],
  unquote: [unquote, '"'],
  'readCookie, of a Cookie field': [
    (text) => readCookie(nodeExchange({ cookie: text }).facts, 'a'),
    'a=',
    'a=b; ',
    'a="',
  ],
  seal: (text) => seal('a', text, KEYS),
  unseal: [(text) => unseal('a', text, KEYS), 'v1.', `v1.${KEYS[0].id}.`],
  signText: (text) => signText(text, ['key']),
  verifyText: (text) => verifyText(text, ['key', 'older']),
  signPair: (text) => signPair(text, ['key']),
  verifyPair: (text) => verifyPair(text, text, ['key', 'older']),
}

const ROUTES = defineRoutes(Object.fromEntries(NAMES.map((name) => [name, `/${name}/:id{/:more}`])))
const FILE_SETTINGS = readFileSettings(undefined)
const PATTERNS = defineRoutes({ wildcard: '/files/*path', expression: '/:id(\\\\d+)', parts: '/:a-:b', view: '/:a' })

const SIGNING_KEYS = deriveSigningKeys(['a secret of thirty-two bytes or more'])
const SIGNER = {
  keys: SIGNING_KEYS,
  base: '',
  expressions: ['/:a-:b', '/*rest'].flatMap((path) => parsePath(path, '').matchers.map(({ regexp }) => regexp)),
}

/** The facts of a request that has these properties. */
function factsOf(request: object): NodeFacts {
  const { facts } = nodeExchange({ host: 'app.example' }, { routes: PATTERNS })
  Object.assign(facts.req, request)
  return facts
}

const BELOW_BASE = defineRoutes({ compare: '/*/x/*/y/*/z' }, { base: '/app' })

/** The facts of a request below the base of a table, which the proxy may have kept. */
function factsBelowBase(url: string): NodeFacts {
  const { facts } = nodeExchange({ host: 'app.example' }, { routes: BELOW_BASE })
  facts.req.url = `/app${url}`
  return facts
}

function* chunksOf(text: string): Iterable<[string, string]> {
  for (let at = 0; at < text.length; at += 100) yield [`${text.slice(at, at + 100)}${at}`, 'x']
}

/** The same for the other rooms: values that handlers pass on, and fields of a request. */
const OTHER_ROOMS: typeof TABLE = {
  'url() of a value': (text) => ROUTES.url(NAMES[0] as never, { id: text } as never),
  'url() of an unknown name': (text) => ROUTES.url(text as never),
  'url() of an unknown parameter': (text) => ROUTES.url(NAMES[0] as never, { id: 1, [text]: 1 } as never),
  'url() of a wildcard': (text) => PATTERNS.url('wildcard', { path: [text, text.slice(0, 100)] }),
  'url() of a long wildcard': (text) => PATTERNS.url('wildcard', { path: text.slice(0, text.length / 20).split('') }),
  'url() of an expression': [(text) => PATTERNS.url('expression', { id: text }), '1'],
  'url() of two parts': (text) => PATTERNS.url('parts', { a: text, b: text }),
  'url() of a query and a hash': (text) => PATTERNS.url('view', { a: 'x' }, { query: { [text]: text }, hash: text }),
  parseCandidate: [(text) => parseCandidate(text, 'http://app.example'), '/', 'http://', 'http://app.example/?'],
  returnTarget: [
    (text) => returnTarget(nodeExchange({ host: 'app.example' }).facts, [text, { text }, [text], text]),
    '/',
    'http://app.example/',
  ],
  backField: (text) => backField(nodeExchange({ host: text }).facts),
  formInput: (text) =>
    formInput(Object.assign(Object.create(nodeExchange().facts), { form: { [text]: text, deep: { [text]: [text] } } })),
  'formInput, of many names': (text) => formInput(factsOf({ body: Object.fromEntries(chunksOf(text)) })),
  'formInput, of a list': (text) => formInput(factsOf({ body: { a: text.split('') } })),
  isNavigation: (text) => isNavigation(nodeExchange({ accept: text }).facts),
  localUrl: [(text) => localUrl(text, 'http://app.example'), '/', 'http://app.example/', '/?', '/#'],
  backCandidates: (text) => [...backCandidates(factsOf({ url: `/?${text}`, body: { __back: text } }))],
  clientUrl: (text) => clientUrl(factsOf({ url: `/${text}` })),
  'clientUrl, of the absolute form': (text) => clientUrl(factsOf({ url: `http://${text}` })),
  'clientUrl, below the base of a table with wildcards': (text) =>
    clientUrl(factsBelowBase('/x/y'.repeat(text.length / 4))),
  resolveRoute: (text) => resolveRoute(factsOf({ url: `/?${text}` }), 'view', { a: 1 }, { query: true }),
  'resolveRoute, with changes': (text) =>
    resolveRoute(factsOf({ url: `/?${text}` }), 'view', { a: 1 }, { mergeQuery: { [text]: text } }),
  verifySignature: [
    (text) => verifySignature(text, 0, SIGNER, () => false),
    '/',
    '/@',
    '/a?',
    '/a?signature=',
    '/a?signature=x&a=',
  ],
  createSignedUrl: (text) => createSignedUrl('/a', { query: { a: text } }, SIGNING_KEYS),
  guardText: [(text) => new FormulaGuard(',').guardText(text), '\ufeff', 'sep'],
  guardRow: [(text) => new FormulaGuard(',').guardRow([text, '(']), ';', ';"', ';-', '\0', '\t"'],
  serializeEvent: (text) => serializeEvent({ data: text, comment: text }, 'x'),
  'serializeEvent, of its names': (text) => serializeEvent({ data: '', event: text, id: text }, 'x'),
  serializeId: (text) => serializeId(text, 'x'),
  createFragment: (text) => String(createFragment([text, text], [[text, { toString: () => text }]])),
  'createFragment, of bytes': (text) => String(createFragment(['', ''], [Buffer.from(text)])),
  JsonPartWriter: (text) =>
    new JsonPartWriter('x', { space: 2 }).write({ [text]: [text].values(), list: [text, { text }] }),
  'JsonPartWriter, of many keys': (text) =>
    new JsonPartWriter('x', { replacer: ['a'] }).write(Object.fromEntries(chunksOf(text))),
  serializeJson: (text) => serializeJson('json', { [text]: text }, { escapeHtml: true }),
  'mergeHead, of many fields': (text) => {
    const fields = Array.from(text.slice(0, text.length / 5), (_, index) => [`x-${index}`, 'x'] as const)
    mergeHead(nodeExchange().facts.res, { status: 200, fields, defaults: [], body: '' })
  },
  problemPage: (text) => problemPage({ status: 400, title: text, detail: text, stack: [text] }),
  problemOf: (text) => problemOf(Object.assign(new Error(text), { status: 400, stack: text }), true),
  friendlyFilename: [(text) => friendlyFilename(text, 'a.pdf'), 'a.'],
  'friendlyFilename, of a file': [(text) => friendlyFilename('a', text), 'a.'],
  resolvePath: [(text) => resolvePath(text, '/srv', 'ignore'), 'a/', '/'],
}

/** What never sees text from a client, and why. */
const EXEMPT: Readonly<Record<string, string>> = {
  hasClassTag: 'reads no text',
  isOfErrorClass: 'reads no text',
  checkStatus: 'takes a number',
  isBytes: 'takes bytes',
  toBuffer: 'takes bytes',
  viewBytes: 'takes bytes',
  isIterator: 'reads no text',
  isIteratorResult: 'reads no text',
  itemsInMemory: 'reads no text',
  textsIn: 'looks at the types alone',
  isRecord: 'reads no text',
  isWithoutNames: 'reads no text',
  isPlainObject: 'reads no text',
  timeOf: 'takes a Date',
  checkHttpDate: 'takes a Date',
  parseOrigin: 'takes the text of the developer',
  statusOfError: 'reads no text',
  isExpired: 'reads no text',
  itemsOf: 'reads no text',
  checkFieldName: 'looks at the type alone',
  keptQuery: 'keeps the pairs as they are; serializeQuery reads them',
  isError: 'reads no text',
  isThenable: 'reads no text',
  hasToJson: 'reads no text',
  checkAwaited: 'shows a promise alone',
  invalidSecretType: 'shows the type of a value alone',
  adoptPromise: 'reads no text',
  whenGiven: 'reads no text',
  callHook: 'reads no text',
  notConfigured: 'takes names from the code of the kit',
  formatHttpDate: 'takes a number',
  lengthOf: 'takes numbers',
  serializeContentRange: 'takes numbers',
  warnOnce: 'takes texts from the code of the kit',
  compileSerializer: 'takes the schema of the app',
  isClaims: 'reads no text',
  loadOptionalPackage: 'takes names from the code of the kit',
  requireFromApp: 'takes names from the code of the kit',
  filenameOf: 'reads what a store or another server says',
}

describe('text functions take linear time for any text', function () {
  this.timeout(60_000)

  for (const [name, entry] of Object.entries({ ...TABLE, ...OTHER_ROOMS })) {
    const [read, ...prefixes] = typeof entry === 'function' ? [entry] : entry
    it(name, () => expect(findSuperlinear(read, ['', ...prefixes])).to.equal(undefined))
  }

  for (const [what, read] of Object.entries<Read>({
    'adjacent repeats': (text) => /^[ \t]*("a")?[ \t]*(?:,|$)/.test(text),
    'a repeat before the end': (text) => text.replace(/[/\\]+$/, ''),
    'a search for each member': (text) => {
      const seen: string[] = []
      for (const each of text.split('').map((character, at) => character + at))
        if (!seen.includes(each)) seen.push(each)
    },
  })) {
    it(`the check itself finds: ${what}`, () =>
      expect(findSuperlinear(read)).to.match(/characters takes|times as long/))
  }

  it('every exported function of these rooms is in the table, or never sees text from a client', async () => {
    const named = new Set([...Object.keys(TABLE).map((name) => name.split(',', 1)[0]), ...Object.keys(EXEMPT)])
    const missing: string[] = []
    for (const room of ['checks', 'fields', 'json']) {
      const folder = join(import.meta.dirname, '../../src/shared', room)
      for (const file of readdirSync(folder).filter((each) => each.endsWith('.ts'))) {
        const exported: Record<string, unknown> = await import(pathToFileURL(join(folder, file)).href)
        for (const [name, value] of Object.entries(exported)) {
          const isClass = typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value))
          if (typeof value === 'function' && !isClass && !named.has(name)) missing.push(`${room}/${file}: ${name}`)
        }
      }
    }
    expect(missing).to.deep.equal([])
  })
})

/** What each level of a chain of promises gives, down to this depth. `look` is called each time that code reads it. */
type Chain = (depth: number, look: () => void) => Promise<unknown>

const page: Chain = async (depth, look) => {
  await null
  const fragment = html`<li>${depth > 0 ? page(depth - 1, look) : 'end'}</li>`
  const { [HTML_PARTS]: parts } = fragment
  const get = (): unknown => {
    look()
    return parts
  }
  return Object.defineProperty(fragment, HTML_PARTS, { get })
}
const row: Chain = async (depth, look) => {
  await null
  const next = depth > 0 ? row(depth - 1, look) : null
  return {
    get id() {
      look()
      return depth
    },
    next,
  }
}

const chains: Readonly<Record<string, readonly [Chain, send: (chain: Promise<unknown>) => Reply]>> = {
  'a page': [page, (chain) => new Reply(html`<ul>${chain}</ul>`)],
  'a page in a list': [page, (chain) => new Reply(html`<ul>${[chain]}</ul>`)],
  jsonStream: [row, (chain) => jsonStream({ chain })],
  'jsonStream with a replacer': [row, (chain) => jsonStream({ chain }, { replacer: (_key, value) => value })],
  jsonArray: [row, (chain) => jsonArray([chain])],
}

describe('text functions keep no more than a bounded part of what clients choose', function () {
  this.timeout(120_000)

  const COUNT = 25
  const LENGTH = 60_000
  let given = 0
  /** Calls a function with texts that it has not seen. Kept, they would take `COUNT * LENGTH` bytes. */
  const callWithNewTexts = ([read, ...prefixes]: readonly [Read, ...string[]]): void => {
    for (let index = 0; index < COUNT; index++) {
      const text = `${prefixes[index % prefixes.length] ?? ''}x${given++}`
      try {
        read(Buffer.from(text.padEnd(LENGTH, 'a')).toString('latin1')) // a text of its own, not a part of another one
      } catch {
        // Refused: it may have been kept before that.
      }
    }
  }
  const heapAfter = (work: () => void): number => {
    work()
    collectGarbage()
    return process.memoryUsage().heapUsed
  }
  /** The functions that keep what a second round of new texts gives them. The first one fills what is bounded. */
  const findKeepers = (table: Readonly<Record<string, Read | readonly [Read, ...string[]]>>): string[] => {
    const calls = Object.entries(table).map(([name, entry]) => {
      const all: readonly [Read, ...string[]] = typeof entry === 'function' ? [entry] : entry
      return [name, () => callWithNewTexts(all)] as const
    })
    const callAll = () => {
      for (const [, call] of calls) call()
    }
    const grown = -heapAfter(callAll) + heapAfter(callAll)
    if (grown < (COUNT * LENGTH) / 2) return []
    return calls.filter(([, call]) => -heapAfter(call) + heapAfter(call) > (COUNT * LENGTH) / 2).map(([name]) => name)
  }

  it('of each room', () => expect(findKeepers({ ...TABLE, ...OTHER_ROOMS })).to.deep.equal([]))

  it('the check itself finds a cache without a limit', () => {
    const cache = new Map<string, number>()
    expect(findKeepers({ escapeHtml, cached: (text) => cache.set(text, text.length) })).to.deep.equal(['cached'])
  })
})

describe('promises in what promises give take linear work, for a client may choose the depth', () => {
  const looksAt = async (make: Chain, send: (chain: Promise<unknown>) => Reply, depth: number): Promise<number> => {
    let looks = 0
    const chain = make(depth, () => {
      looks++
    })
    await (await send(chain).toWebResponse()).text()
    return looks
  }
  for (const [name, [make, send]] of Object.entries(chains)) {
    it(name, async () => {
      const once = await looksAt(make, send, 100)
      expect(await looksAt(make, send, 200))
        .to.be.at.least(200)
        .and.at.most(once * 2.5)
    })
  }
})

function nested(text: string): unknown {
  let value: unknown = 1n
  for (let depth = 0; depth < 500; depth++) value = { [text.slice(0, text.length / 500)]: value, other: [depth] }
  return value
}
