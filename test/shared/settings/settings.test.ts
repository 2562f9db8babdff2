import { expect } from 'chai'
import { responseKit as expressKit } from '../../../src/express/index.js'
import { responseKit as koaKit } from '../../../src/koa/index.js'
import { createSettings, inheritSettings } from '../../../src/shared/settings/settings.js'

/** What a factory throws; a failure of the test if it throws nothing. */
function thrown(run: () => unknown): { name: string; code?: string; message: string } {
  try {
    run()
  } catch (error) {
    return error as Error
  }
  throw new Error('nothing was thrown')
}

const misspelt: readonly [options: object, message: string][] = [
  [{ ruotes: {} }, "responseKit(): unknown option 'ruotes' (did you mean 'routes'?)"],
  [{ onEror() {} }, "responseKit(): unknown option 'onEror' (did you mean 'onError'?)"],
  [{ somethingElse: 1 }, "responseKit(): unknown option 'somethingElse'"],
  [{ back: { falback: '/' } }, "option 'back': unknown option 'falback' (did you mean 'fallback'?)"],
  [{ cookies: { secret: 'x' } }, "option 'cookies': unknown option 'secret' (did you mean 'secrets'?)"],
  [{ files: { rot: '/' } }, "option 'files': unknown option 'rot' (did you mean 'root'?)"],
  [{ files: { cache: { maxByte: 1 } } }, "option 'files.cache': unknown option 'maxByte' (did you mean 'maxBytes'?)"],
]

const wrong: readonly [options: unknown, names: string, shows: string][] = [
  [null, 'responseKit()', 'null'],
  ['x', 'responseKit()', 'a value of type String'],
  [{ flash: { claims: 'redis://:pw@host' } }, "'flash.claims'", 'a value of type String'],
  [{ routes: {} }, "'routes'", '{}'],
  [{ routes: 'x' }, "'routes'", "'x'"],
  [{ back: null }, "'back'", 'null'],
  [{ back: { fallback: 1 } }, "'back.fallback'", '1'],
  [{ back: { fallback: '//evil.example' } }, "'back.fallback'", "'//evil.example'"],
  [{ back: { fallback: '/a\nb' } }, "'back.fallback'", "'/a\\nb'"],
  [{ back: { field: 1 } }, "'back.field'", '1'],
  [{ back: { session: 1 } }, "'back.session'", '1'],
  [{ back: { record: true } }, "'back.session' must be a property's name beside 'back.record'", 'undefined'],
  [{ back: { record: 'yes', session: 'a' } }, "'back.record' must be false or true", "'yes'"],
  [{ forwardedPrefix: 'yes' }, "'forwardedPrefix' must be false or true", "'yes'"],
  [{ back: { origins: 'https://a.example' } }, "'back.origins'", "'https://a.example'"],
  [{ back: { origins: ['a.example'] } }, "'back.origins'", "'a.example'"],
  [{ back: { origins: ['https://a.example/path'] } }, "'back.origins'", "'https://a.example/path'"],
  [{ back: { origins: ['ftp://a.example'] } }, "'back.origins'", "'ftp://a.example'"],
  [{ cookies: null }, "'cookies'", 'null'],
  [{ files: null }, "'files'", 'null'],
  [{ files: { followSymlinks: 'yes' } }, "'files.followSymlinks'", "'yes'"],
  [{ files: { cache: { maxBytes: '1' } } }, "'files.cache.maxBytes'", "'1'"],
  [{ files: { cache: { maxAge: 'soon' } } }, "'files.cache.maxAge'", "'soon'"],
  [{ templates: 'ejs' }, "'templates'", "'ejs'"],
  [{ etag: true }, "'etag' must be false or 'weak' or 'strong'", 'true'],
  [{ heartbeat: '15 parsecs' }, "'heartbeat'", "'15 parsecs'"],
  [{ heartbeat: -1 }, "'heartbeat'", '-1'],
  [{ heartbeat: Number.NaN }, "'heartbeat'", 'NaN'],
  [{ idleLimit: {} }, "'idleLimit'", '{}'],
  [{ grace: '5x' }, "'grace'", "'5x'"],
  [{ grace: '30d' }, "'grace'", "'30d'"], // longer than a timer can wait
  [{ shutdown: {} }, "'shutdown'", '{}'],
  [{ override: 'html' }, "'override'", "'html'"],
  [{ override: [1] }, "'override'", '[ 1 ]'],
  [{ onError: 1 }, "'onError'", '1'],
]

/** Express and Node have their own methods of these names, which stay. */
const nativeInExpress = [
  ['json', " (did you mean 'ndjson'?)"],
  ['setHeader', " (did you mean 'setHeaders'?)"],
  ['appendHeader', ''],
  ['getHeader', " (did you mean 'setHeaders'?)"],
] as const

for (const [framework, responseKit, more, foreign] of [
  ['Express', expressKit, [], nativeInExpress],
  ['Koa', koaKit, nativeInExpress.map(([name]) => name), []],
] as const) {
  describe(`the options of responseKit(): ${framework}`, () => {
    for (const [options, message] of misspelt) {
      it(`${message}`, () => {
        const error = thrown(() => responseKit(options))
        expect([error.name, error.code, error.message]).to.deep.equal(['TypeError', 'INVALID_OPTION', message])
      })
    }

    for (const [options, names, shows] of wrong) {
      it(`${names} got ${shows} is an error that names both`, () => {
        const error = thrown(() => responseKit(options as object))
        expect(error.name).to.be.oneOf(['TypeError', 'RangeError'])
        expect(error.code).to.equal('INVALID_OPTION')
        expect(error.message).to.contain(names)
        expect(error.message.endsWith(`got ${shows}`), error.message).to.equal(true)
      })
    }

    it('undefined is the default, for each of them', () => {
      const keys = 'routes back cookies files templates etag heartbeat idleLimit shutdown grace override onError'.split(
        ' ',
      )
      expect(responseKit(Object.fromEntries(keys.map((key) => [key, undefined])))).to.be.a('function')
    })

    for (const duration of [0, 0.5, '100ms', '15s', '30m', '12h', '7d', '1.5s']) {
      it(`${JSON.stringify(duration)} is a duration`, () => {
        const options = { heartbeat: duration, grace: duration, idleLimit: duration }
        expect(responseKit({ ...options, files: { cache: { maxAge: duration } } })).to.be.a('function')
      })
    }

    it('override takes the names of all methods that the kit adds on this framework', () => {
      expect(responseKit({ override: ['html', 'back', 'zip', 'download', 'setHeaders', ...more] })).to.be.a('function')
    })

    for (const [wrong, hint] of [
      ['htlm', " (did you mean 'html'?)"],
      ['somethingElse', ''],
      ['toString', ''],
      ...foreign,
    ] as const) {
      it(`override refuses '${wrong}', which it could not take over`, () => {
        const error = thrown(() => responseKit({ override: ['html', wrong] }))
        const message = `option 'override': '${wrong}' is no method that the kit adds on ${framework}${hint}`
        expect([error.name, error.code, error.message]).to.deep.equal(['TypeError', 'INVALID_OPTION', message])
      })
    }
  })
}

describe('inheritSettings', () => {
  it('an inner kit has the very settings that it is not given: its files share the cache of the outer kit', () => {
    const outer = createSettings({ files: { root: '/srv', cache: {} }, etag: 'strong', grace: 7 })
    const inner = createSettings({ etag: false, grace: undefined as never })
    const both = inheritSettings(outer, inner)
    expect(both.files.cache).to.equal(outer.files.cache)
    expect([both.etag, both.grace]).to.deep.equal([false, 5000])
    expect(both.given).to.deep.equal({ ...outer.given, ...inner.given })
  })
})
