import { PassThrough, type Readable } from 'node:stream'
import { expect } from 'chai'
import type { ResponseMethods } from '../../src/index.js'
import { jsonMethod } from '../../src/shared/methods/bodies.js'
import { responseMethods } from '../../src/shared/methods/response-methods.js'
import { contract } from '../support/contract.js'
import { methodArguments } from '../torture/calls.js'

/** The longest form of each method, written by hand from the docs. The others take any number. */
const longest = {
  setStatus: [201],
  setHeader: ['X-A', 'a'],
  appendHeader: ['X-A', 'a'],
  setHeaders: [{ 'X-A': 'a' }],
  deleteHeader: ['X-A'],
  defaultHeader: ['X-A', 'a'],
  getHeader: ['X-A'],
  cacheControl: ['no-store', { target: 'CDN-Cache-Control' }],
  link: ['/a', { rel: 'next' }],
  preload: ['/a', { as: 'font' }],
  earlyHints: [],
  serverTiming: ['db', { durationMs: 5 }],
  retryAfter: ['5s'],
  setLastModified: [new Date(0)],
  setEtag: ['a', { weak: true }],
  deprecation: [{ since: new Date(0) }],
  setCookie: ['a', 'b', {}],
  deleteCookie: ['a', {}],
  getCookie: ['a', {}],
  text: ['x'],
  html: ['x'],
  bytes: [Buffer.from('x'), {}],
  json: [{}, {}],
  empty: [204],
  notModified: [{ etag: 'a' }],
  created: ['/a', {}, {}],
  file: [Buffer.from('x'), {}, () => {}],
  download: [Buffer.from('x'), 'a.txt', {}, () => {}],
  zip: [[], 'a.zip', {}],
  streaming: [['x'], {}],
  ndjson: [[1]],
  jsonArray: [[1]],
  jsonStream: [{}, {}],
  csv: [[[1]], {}],
  sse: [['x'], {}],
  template: ['a', {}, {}],
  problem: [{ status: 400 }],
  negotiate: [{ json: {} }],
  reply: ['x'],
  afterSend: [() => {}],
  redirectTo: ['a', {}, {}],
  redirectLocal: ['/a', '/b', {}],
  localUrl: ['/a'],
  route: ['a', {}, {}],
  backField: [],
  back: ['/a'],
  toIntended: ['/a'],
  withFlash: [{ a: 1 }],
  withInput: [{}],
  withErrors: [{ a: 1 }],
  flash: [],
  reflash: [],
  intended: [],
} satisfies Partial<Record<keyof ResponseMethods | 'json', readonly unknown[]>>

const ANY_NUMBER = ['contentLanguage', 'allow', 'clearSiteData']
/** Express keeps Node's own. */
const NATIVE_IN_EXPRESS = ['setHeader', 'appendHeader', 'getHeader', 'json']

type Call = (...given: unknown[]) => unknown

contract('an argument too many', ({ framework, serve, ask, answer, askForError }) => {
  const own = Object.keys(longest).filter(
    (name) => !(framework.family === 'express' && NATIVE_IN_EXPRESS.includes(name)),
  )

  for (const name of own) {
    it(`is refused by ${name}(), and nothing is written`, async () => {
      for (const extra of [301, 'x', {}, null, () => {}]) {
        const given = longest[name as keyof typeof longest]
        const app = await serve((target) => (target as unknown as Record<string, Call>)[name]?.(...given, extra))
        const { status, headers } = await askForError(app, { method: 'POST' })
        expect(status).to.equal(500)
        expect(headers).not.to.have.any.keys('x-a', 'location', 'set-cookie', 'cdn-cache-control')
        expect(app.errors).to.have.length(1)
        expect(app.errors[0]).to.be.instanceOf(TypeError).with.property('code', 'INVALID_ARGUMENT')
        expect(app.errors[0]?.message).to.match(
          new RegExp(`^${name}\\(\\) takes (?:no arguments|one argument|at most \\d)`),
        )
      }
    })
  }

  it('says nothing if it is undefined', async () => {
    const { text } = await answer((target) => (target.text as Call).call(target, 'x', undefined, undefined))
    expect(text).to.equal('x')
  })

  it('names the option that is meant', async () => {
    const app = await serve((target) => (target.back as Call).call(target, '/x', 301))
    await askForError(app)
    expect(app.errors[0]?.message).to.equal(
      'back() takes one argument, got one too many: 301: write back({ fallback, status })',
    )
  })

  for (const name of [
    'file',
    'download',
    'streaming',
    'ndjson',
    'jsonArray',
    'csv',
    'sse',
    'reply',
    'created',
    'zip',
  ] as const) {
    it(`closes the stream that ${name}() was given`, async () => {
      const streams: Readable[] = []
      const app = await serve((target) => {
        const stream = new PassThrough()
        streams.push(stream)
        const rest = longest[name].slice(1)
        const given =
          name === 'created'
            ? ['/a', {}, stream]
            : name === 'zip'
              ? [[{ name: 'a', source: stream }], ...rest]
              : [stream, ...rest]
        return (target as unknown as Record<string, Call>)[name]?.(...given, 'too many')
      })
      expect((await askForError(app)).status).to.equal(500)
      expect(streams.map(({ destroyed }) => destroyed)).to.deep.equal([true])
    })
  }

  it('leaves the request unanswered, so that the handler may answer it', async () => {
    const app = await serve((target) => {
      try {
        ;(target.text as Call).call(target, 'a', 'b')
      } catch {
        target.text('after all')
      }
    })
    expect((await ask(app)).text).to.equal('after all')
  })
})

describe('the table of longest forms', () => {
  it('has every method', () => {
    const names = [...Object.keys(responseMethods), ...Object.keys(jsonMethod)]
    expect([...Object.keys(longest), ...ANY_NUMBER]).to.have.members(names)
  })

  it('holds no less than the calls of the torture test', () => {
    for (const [name, create] of Object.entries(methodArguments)) {
      if (!(name in longest)) continue
      expect(longest[name as keyof typeof longest].length, name).to.be.at.least(create({ filePath: '/a' }).length)
    }
  })
})
