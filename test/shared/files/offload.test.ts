import { expect } from 'chai'
import { offloadField, readOffload } from '../../../src/shared/files/offload.js'

const MAP = { '/srv/files': '/protected', '/srv/files/big': '/big', '/srv/other/': '/other/' }

describe('offloadField', () => {
  const settings = readOffload({ header: 'X-Accel-Redirect', map: MAP })
  if (settings === undefined) throw new Error('no settings')

  for (const [path, expected] of [
    ['/srv/files/a.txt', '/protected/a.txt'],
    ['/srv/files/big/a.txt', '/big/a.txt'], // the longest directory counts
    ['/srv/other/a.txt', '/other/a.txt'],
    // nginx decodes the value: RFC 3986 §2.1.
    ['/srv/files/a b/100%.txt', '/protected/a%20b/100%25.txt'],
    ['/srv/files/ä?#.txt', '/protected/%C3%A4%3F%23.txt'],
    // Node opens the file whose name has U+FFFD in its place.
    ['/srv/files/\ud800.txt', '/protected/%EF%BF%BD.txt'],
    ['/srv/files2/a.txt', undefined],
    ['/srv/files', undefined],
    ['/etc/passwd', undefined],
  ] as const) {
    it(`of ${path} is ${expected ?? 'none: the app sends the file'}`, () => {
      expect(offloadField(settings, path)).to.deep.equal(expected && ['X-Accel-Redirect', expected])
    })
  }
})

describe('offloadField for X-Sendfile', () => {
  // The module of Apache reads the value as it is in version 0.12, and decodes it in version 1.0, as lighttpd does.
  const map = { '/srv/files': '/srv/files', '/srv/big': '/a b', '/srv/encoded': '/a%20b' }
  for (const header of ['X-Sendfile', 'x-sendfile']) {
    const settings = readOffload({ header, map })
    for (const path of [
      '/srv/files/a.txt',
      '/srv/files/sub/a_b-c~(1).txt',
      '/srv/files/logo@2x.png',
      '/srv/files/a+b,c=d.txt',
    ]) {
      it(`of ${path} is the path: ${header}`, () => {
        expect(settings && offloadField(settings, path)).to.deep.equal([header, path])
      })
    }
    for (const path of [
      '/srv/files/a b.txt',
      '/srv/files/a%41.txt',
      '/srv/files/ä.txt',
      '/srv/files/a?b#c.txt',
      '/srv/files/a\r\nb.txt',
      '/srv/files/\ud800.txt',
      '/srv/big/a.txt',
      '/srv/encoded/a.txt',
    ]) {
      it(`does not name ${JSON.stringify(path)}, which versions of the server read differently: ${header}`, () => {
        expect(settings && offloadField(settings, path)).to.equal(undefined)
      })
    }
  }
})

describe('readOffload', () => {
  it('is absent without the option', () => expect(readOffload(undefined)).to.equal(undefined))

  for (const [title, value, words] of [
    ['no header', { map: MAP }, "option 'files.offload'.header"],
    ['a header that is no field name', { header: 'X Accel', map: MAP }, 'X Accel'],
    ['no map', { header: 'X-Sendfile' }, "option 'files.offload'.map"],
    ['a relative directory', { header: 'X-Sendfile', map: { files: '/a' } }, 'absolute directories'],
    ['a name without a slash', { header: 'X-Sendfile', map: { '/a': 'b' } }, 'absolute directories'],
    ['an unknown key', { header: 'X-Sendfile', map: {}, maps: {} }, 'maps'],
  ] as const) {
    it(`refuses ${title}`, () => expect(() => readOffload(value)).to.throw(TypeError, words))
  }
})
