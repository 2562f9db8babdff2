import { expect } from 'chai'
import { type FileOptions, readFileOptions } from '../../../src/shared/files/file-options.js'
import { readFileSettings } from '../../../src/shared/files/file-settings.js'

const settings = readFileSettings(undefined)
const read = (options: unknown, filename?: unknown) =>
  readFileOptions('file()', options as FileOptions, settings, filename as string) // also what a type would refuse

/** An option, a value that it does not take, and what the error has to show. */
const refused: readonly (readonly [key: string, value: unknown])[] = [
  ['name', 7],
  ['inline', 'yes'],
  ['inline', 'true'],
  ['type', 'nonsense'],
  ['type', 'text/plain\r\nX: y'],
  ['type', ['text/html']],
  ['root', 7],
  ['root', ''],
  ['root', 'a\0b'],
  ['root', ['/etc']],
  ['dotfiles', 'no'],
  ['etag', 'v1'],
  ['etag', ['"v1"']],
  ['etag', '"a"b"'],
  ['maxAge', 'soon'],
  ['maxAge', {}],
  ['maxAge', Number.NaN],
  ['deleteAfterSend', '1'],
  ['deleteAfterSend', 1],
  ['digest', 'md5'],
  ['precompressed', ['deflate']],
  ['precompressed', 'br'],
  ['precompressed', [['br']]],
  ['precompressed', new Array(2)],
  ['precompressed', Object.assign([{}], { every: () => true })],
  ['extensions', Object.assign(['../x'], { every: () => true })],
  ['index', new Array(2)],
  ['headers', { X: [['a']] }],
  ['onProgress', {}],
  ['headers', 'X: y'],
  ['headers', [['X', 'y']]],
  ['headers', { 'X\r\nY': 'z' }],
  ['headers', { X: 'y\r\nZ: 1' }],
  ['headers', { X: { a: 1 } }],
  ['headers', { 'Content-Length': '1, 2' }],
  ['headers', { 'content-length': '-1' }],
]

describe('readFileOptions()', () => {
  for (const [key, value] of refused) {
    it(`refuses ${key}: ${JSON.stringify(value) ?? value}, and names the call and the option`, () => {
      expect(() => read({ [key]: value }))
        .to.throw(new RegExp(`^file\\(\\): option '${key}'`))
        .with.property('code', 'INVALID_OPTION')
    })
  }

  it('refuses an unknown option, and shows the nearest one', () => {
    expect(() => read({ filenme: 'x' })).to.throw(/^file\(\).*'filenme'/)
    expect(() => read({ inlin: true })).to.throw("did you mean 'inline'")
  })

  it('refuses options that are no object, and a filename that is no text', () => {
    for (const options of ['x', 7, [], true]) expect(() => read(options)).to.throw(/^file\(\)/)
    for (const filename of [7, [], {}]) expect(() => read({}, filename)).to.throw('file(): filename must be a string')
  })

  it('has the defaults of Express', () => {
    expect(read(undefined)).to.include({
      root: undefined,
      dotfiles: 'ignore',
      lastModified: true,
      acceptRanges: true,
      cacheControl: 'public, max-age=0',
      isCacheControlGiven: false,
      deleteAfterSend: false,
    })
    expect(read({ maxAge: '1d', immutable: true }).cacheControl).to.equal('public, max-age=86400, immutable')
    expect(read({ maxAge: 1500 }).cacheControl).to.equal('public, max-age=1')
  })

  it('tells a root of the call from a root of the app', () => {
    const ofApp = readFileSettings({ root: '/srv' })
    const read = (options: FileOptions) => readFileOptions('file()', options, ofApp)
    expect(read({})).to.include({ root: '/srv', isRootOfCall: false })
    expect(read({ root: '/tmp' })).to.include({ root: '/tmp', isRootOfCall: true })
  })

  it('sends two cookies as two lines, and leaves a Content-Disposition to the call (RFC 6265 §3)', () => {
    const headers = { 'set-cookie': ['a=1', 'b=2'], 'Content-Disposition': 'inline', 'X-A': ['1', '2'] }
    expect(read({ headers }).headers).to.deep.equal([
      ['Set-Cookie', 'a=1'],
      ['Set-Cookie', 'b=2'],
      ['X-A', '1, 2'],
    ])
  })
})
