import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { JsonMethod, ResponseMethods } from '../../../src/index.js'
import * as root from '../../../src/index.js'
import { jsonMethod } from '../../../src/shared/methods/bodies.js'
import {
  type FinishingName,
  type PreparingName,
  responseMethods,
} from '../../../src/shared/methods/response-methods.js'

/** `reply` takes a Reply itself. */
type WithoutFactory = 'reply'
type Sent = Exclude<FinishingName, WithoutFactory>

// A method without a factory or without a setter does not compile here. To name a method that sends nothing, add it to
// PreparingName in src/shared/methods/response-methods.ts.
const FACTORIES = {
  text: root.text,
  html: root.html,
  json: root.json,
  bytes: root.bytes,
  empty: root.empty,
  created: root.created,

  negotiate: root.negotiate,
  notModified: root.notModified,
  problem: root.problem,
  template: root.template,
  streaming: root.streaming,
  ndjson: root.ndjson,
  jsonArray: root.jsonArray,
  jsonStream: root.jsonStream,
  csv: root.csv,
  sse: root.sse,
  file: root.file,
  download: root.download,
  zip: root.zip,
  redirectTo: root.redirectTo,
  redirectLocal: root.redirectLocal,
  back: root.back,
  toIntended: root.toIntended,
} satisfies Record<Sent, (...given: never[]) => root.Reply>

const SETTERS = {
  text: 'setText',
  html: 'setHtml',
  json: 'setJson',
  bytes: 'setBytes',
  empty: 'setEmpty',
  created: 'setCreated',

  negotiate: 'setNegotiate',
  notModified: 'setNotModified',
  problem: 'setProblem',
  template: 'setTemplate',
  streaming: 'setStreaming',
  ndjson: 'setNdjson',
  jsonArray: 'setJsonArray',
  jsonStream: 'setJsonStream',
  csv: 'setCsv',
  sse: 'setSse',
  file: 'setFile',
  download: 'setDownload',
  zip: 'setZip',
  redirectTo: 'setRedirectTo',
  redirectLocal: 'setRedirectLocal',
  back: 'setBack',
  toIntended: 'setToIntended',
} satisfies { readonly [Name in Sent]: `set${Capitalize<Name>}` & keyof root.Reply }

const PREPARING: Record<PreparingName, true> = {
  setStatus: true,
  setHeader: true,
  appendHeader: true,
  setHeaders: true,
  deleteHeader: true,
  getHeader: true,
  cacheControl: true,
  defaultHeader: true,
  deprecation: true,
  link: true,
  preload: true,
  earlyHints: true,
  serverTiming: true,
  contentLanguage: true,
  retryAfter: true,
  allow: true,
  clearSiteData: true,
  setLastModified: true,
  setEtag: true,
  setCookie: true,
  deleteCookie: true,
  getCookie: true,
  afterSend: true,
  route: true,
  backField: true,
  localUrl: true,
  flash: true,
  withFlash: true,
  withInput: true,
  withErrors: true,
  reflash: true,
  intended: true,
}

const repository = join(import.meta.dirname, '../../..')
const readAll = (folder: string, end: string): string =>
  readdirSync(join(repository, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(end))
    .map((name) => readFileSync(join(repository, folder, name), 'utf8'))
    .join('\n')

describe('a finishing method', () => {
  const names = [...Object.keys(responseMethods), ...Object.keys(jsonMethod)] as (keyof (ResponseMethods &
    JsonMethod))[]
  const finishing = names.filter((name) => !(name in PREPARING))
  const cases = readAll('test/contract', '.test.ts')
  const docs = `${readAll('docs', '.md')}\n${readFileSync(join(repository, 'README.md'), 'utf8')}`

  it('is every method that does not only prepare the response', () => {
    expect(finishing).to.have.members([...Object.keys(FACTORIES), 'reply'])
    expect(names).to.include.members(Object.keys(PREPARING))
  })

  for (const name of Object.keys(FACTORIES) as Sent[]) {
    it(`${name}: the setter puts the body of the factory on a Reply`, () => {
      expect(root.Reply.prototype[SETTERS[name]]).to.be.a('function')
      expect(root.Reply.prototype[SETTERS[name]]).to.have.property('name', SETTERS[name])
    })
  }

  const documented = `${readAll('src/shared/methods', '.ts')}\n${readAll('src/shared/reply', 'factories.ts')}`
  for (const [place, list, start] of [
    ['method', finishing, '\\n {2}'],
    ['factory', Object.keys(FACTORIES), '\\nexport (?:function|const) '],
  ] as const) {
    for (const name of list) {
      it(`${name}: the JSDoc of the ${place} has @throws and an @example`, () => {
        const comment = new RegExp(`\\n *\\/\\*\\*((?:(?!\\*\\/)[\\s\\S])*)\\*\\/${start}${name}[(<:]`).exec(
          documented,
        )?.[1]
        expect(comment).to.include('@throws').and.include('@example')
      })
    }
  }

  for (const name of finishing) {
    it(`${name}: has a contract case and stands in the docs`, () => {
      expect(cases).to.match(new RegExp(`\\.${name}\\(`))
      expect(docs).to.match(new RegExp(`\\b${name}\\(|\`${name}\``))
    })
  }
})
