import { expect } from 'chai'
import {
  problemHandler as expressProblems,
  verifySignedUrl as expressVerify,
  responseKit,
} from '../../src/express/index.js'
import {
  channel,
  defineRoutes,
  download,
  file,
  json,
  problem,
  redirect,
  redirectTo,
  sse,
  text,
  zip,
} from '../../src/index.js'
import { contract } from '../support/contract.js'
import { request } from '../support/request.js'

const routes = defineRoutes(
  { home: '/', page: '/page/:id' },
  { secrets: ['a secret of thirty-two bytes or more'], origin: 'https://app.example' },
)
const kit = { routes, templates: () => 'page', cookies: { secrets: ['a secret of thirty-two bytes or more'] } }
const bytes = Buffer.from('x')

type Call = (target: any, options: any) => unknown

const FILE = [
  'name',
  'inline',
  'type',
  'followSymlinks',
  'extensions',
  'index',
  'dotfiles',
  'etag',
  'lastModified',
  'cacheControl',
  'maxAge',
  'immutable',
  'acceptRanges',
  'deleteAfterSend',
  'autoClose',
  'digest',
  'precompressed',
  'onProgress',
  'headers',
]
const INIT = ['status', 'headers', 'cookies', 'type']
const ZIP = ['compress', 'duplicates', 'missing', 'followSymlinks', 'dotfiles']
const JSON_NAMES = ['stringify', 'replacer', 'space', 'escapeHtml', 'schema']
const URL_NAMES = ['query', 'hash', 'mergeQuery', 'absolute']

/** Each call that takes options, and their names. `root: null` is the one `null` that means something. */
const CALLS: readonly (readonly [name: string, call: Call, names: readonly string[]])[] = [
  ['file', (target, options) => target.file(bytes, options), FILE],
  ['download', (target, options) => target.download(bytes, 'a.txt', options), FILE],
  ['zip', (target, options) => target.zip([], 'a.zip', options), ZIP],
  ['bytes', (target, options) => target.bytes(bytes, options), ['type']],
  ['streaming', (target, options) => target.streaming(['x'], options), ['type']],
  ['sse', (target, options) => target.sse(['x'], options), ['heartbeat', 'retry', 'lastEventId']],
  ['template', (target, options) => target.template('x', {}, options), ['status']],
  [
    'redirectTo',
    (target, options) => target.redirectTo('home', {}, options),
    ['query', 'hash', 'mergeQuery', 'status'],
  ],
  ['redirectLocal', (target, options) => target.redirectLocal('/', '/', options), ['status']],
  ['back', (target, options) => target.back(options), ['fallback', 'status']],
  ['toIntended', (target, options) => target.toIntended(options), ['fallback', 'status']],
  ['route', (target, options) => target.route('home', {}, options), URL_NAMES],
  ['notModified', (target, options) => target.notModified(options), ['etag', 'lastModified']],
  ['withInput', (target, options) => target.withInput(options), ['hide', 'allow']],
  [
    "cookie 'a'",
    (target, options) => target.setCookie('a', '1', options),
    [
      'maxAge',
      'expires',
      'path',
      'domain',
      'secure',
      'httpOnly',
      'sameSite',
      'priority',
      'partitioned',
      'signed',
      'encrypted',
      'encode',
    ],
  ],
  ["cookie 'a'", (target, options) => target.deleteCookie('a', options), ['path', 'domain', 'secure', 'partitioned']],
  ['getCookie', (target, options) => target.getCookie('a', options), ['signed', 'encrypted']],
  [
    'cacheControl',
    (target, options) => target.cacheControl(options),
    ['maxAge', 'public', 'noStore', 'staleWhileRevalidate'],
  ],
  [
    'deprecation',
    (target, options) => target.deprecation({ since: new Date(), ...options }),
    ['since', 'sunset', 'link'],
  ],
  ['serverTiming', (target, options) => target.serverTiming('db', options), ['durationMs', 'description']],
  // Made at once, or sent.
  ['Reply', (_target, options) => text('x', options), INIT],
  ['Reply', (target, options) => target.reply(problem({ status: 404 }, options)), INIT],
  ['json', (target, options) => target.reply(json({}, options)), JSON_NAMES],
  ['Reply', (target, options) => target.reply(json({}, options)), ['status', 'headers', 'cookies']],
  ['file', (target, options) => target.reply(file(bytes, options)), FILE],
  ['download', (target, options) => target.reply(download(bytes, 'a', options)), FILE],
  ['zip', (target, options) => target.reply(zip([], 'a', options)), ZIP],
  ['sse', (target, options) => target.reply(sse(['x'], options)), ['heartbeat', 'retry', 'lastEventId']],
  ['redirect', (target, options) => target.reply(redirect('/', options)), ['status']],
  ['redirectTo', (target, options) => target.reply(redirectTo('home', {}, options)), ['query', 'hash', 'status']],
]

/** The same for what is set up once. No message shows a secret, not even a wrong one. */
const SET_UP: readonly (readonly [name: string, call: (options: any) => unknown, names: readonly string[]])[] = [
  ['defineRoutes', (options) => defineRoutes({ home: '/' }, options), ['secrets', 'base', 'origin', 'defaults']],
  ['url', (options) => routes.url('home', undefined, options), ['query', 'hash', 'absolute']],
  ['signedUrl', (options) => routes.signedUrl('home', undefined, options), ['query', 'expiresIn', 'absolute', 'once']],
  ['channel', (options) => channel(options), ['replay', 'store', 'onError']],
  ['problemHandler', (options) => expressProblems(options), ['onError', 'showInternals', 'details', 'page']],
  ['verifySignedUrl', (options) => expressVerify(options), ['claim', 'ignore', 'onInvalid']],
  [
    '',
    (options) => responseKit(options),
    [
      'routes',
      'back',
      'flash',
      'viewHelpers',
      'cookies',
      'files',
      'templates',
      'etag',
      'override',
      'onError',
      'heartbeat',
      'idleLimit',
      'shutdown',
      'grace',
    ],
  ],
  ['files', (files) => responseKit({ files }), ['root', 'followSymlinks', 'cache', 'offload']],
  ['files.cache', (cache) => responseKit({ files: { cache } }), ['maxBytes', 'maxFileSize', 'maxAge']],
  ['back', (back) => responseKit({ back }), ['fallback', 'field', 'origins', 'session']],
  ['flash', (flash) => responseKit({ flash }), ['name', 'path']],
  ['viewHelpers', (viewHelpers) => responseKit({ viewHelpers }), ['route', 'backField', 'flash']],
  ['cookies', (cookies) => responseKit({ cookies }), ['defaults', 'secrets', 'encryptionKeys']],
]

const show = (name: string, option: string): string => `${name || 'responseKit'}: ${option}: null`

function complaint(name: string, option: string, error: any): string {
  const { code = '', message = '' } = error ?? {}
  const isNamed =
    message.includes(name) && message.includes(option) && (/\bnull\b/.test(message) || SECRET.test(option))
  return /^INVALID_/.test(code) && isNamed ? '' : `${show(name, option)}: ${code} ${message}`
}

const SECRET = /^(?:secrets|encryptionKeys)$/

contract('null is no value of an option', ({ serve, ask }) => {
  for (const [name, call, options] of CALLS) {
    it(`${name}: each of ${options.join(', ')} is refused with an error that names it and the value`, async () => {
      const complaints: string[] = []
      const app = await serve(
        async (target, { url }) => {
          if (url === '/') return target.text('still here')
          const option = url.slice(1)
          let caught: unknown
          try {
            await call(target, { [option]: null })
          } catch (error) {
            caught = error
          }
          if (caught === undefined) return // it is told to the framework
          complaints.push(complaint(name, option, caught))
          return target.text('still here')
        },
        { kit },
      )
      for (const option of options) {
        const [toldBefore, thrownBefore] = [app.errors.length, complaints.length]
        await request(app.port, { path: `/${option}` })
        if (complaints.length === thrownBefore) complaints.push(complaint(name, option, app.errors[toldBefore]))
      }
      expect(complaints.filter((each) => each !== '')).to.deep.equal([])
      await ask(app)
    })
  }
})

describe('null is no value of what is set up once', () => {
  for (const [name, call, options] of SET_UP) {
    it(`${name || 'responseKit'}: each of ${options.join(', ')} is refused`, () => {
      const complaints = options.map((option) => {
        try {
          call({ [option]: null })
        } catch (error) {
          return complaint(name, option, error)
        }
        return show(name, option)
      })
      expect(complaints.filter((each) => each !== '')).to.deep.equal([])
    })
  }
})
