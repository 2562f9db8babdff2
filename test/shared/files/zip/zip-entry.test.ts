import { expect } from 'chai'
import { EntryNames } from '../../../../src/shared/files/zip/entry-names.js'
import { checkZipEntry } from '../../../../src/shared/files/zip/zip-entry.js'
import { readZipOptions, type ZipOptions } from '../../../../src/shared/files/zip/zip-options.js'
import { thrown } from '../../../support/thrown.js'

const check = (entry: unknown, options: ZipOptions = {}) => {
  const settings = readZipOptions('zip()', options)
  return checkZipEntry(entry, 3, settings, new EntryNames(settings.duplicates))
}
const BYTES = Buffer.from('a')

describe('checkZipEntry', () => {
  it('takes a file with the defaults of the call', () => {
    expect(check({ name: 'a.txt', source: BYTES }, { compress: false })).to.deep.equal({
      name: 'a.txt',
      source: BYTES,
      compress: false,
      mtime: undefined,
      mode: undefined,
      comment: '',
    })
  })

  it('takes a directory, which has no source', () => {
    expect(check({ name: 'a/' })).to.include({ name: 'a/', source: undefined })
  })

  for (const [title, given, expected] of [
    ['permissions', 0o640, 0o640],
    // S_IFREG of fs.Stats (POSIX <sys/stat.h>): the file type is not a permission.
    ['a mode of fs.Stats', 0o100755, 0o755],
    ['setuid', 0o4755, 0o4755],
  ] as const) {
    it(`${title}: mode 0o${expected.toString(8)}`, () => {
      expect(check({ name: 'a', source: BYTES, mode: given })?.mode).to.equal(expected)
    })
  }

  it('takes a date as a Date or as milliseconds', () => {
    for (const mtime of [new Date(1000), 1000]) {
      expect(check({ name: 'a', source: BYTES, mtime })?.mtime?.getTime()).to.equal(1000)
    }
  })

  for (const [title, entry, words] of [
    ['no object', 7, 'an object { name, source }'],
    ['a name that is no text', { name: 7, source: BYTES }, 'name'],
    ['a path out of the archive', { name: '../a', source: BYTES }, 'name'],
    ['a source that gives no bytes', { name: 'a', source: 7 }, 'source'],
    ['a file without a source', { name: 'a' }, 'source'],
    ['a directory with a source', { name: 'a/', source: BYTES }, 'directory'],
    ['compress that is no boolean', { name: 'a', source: BYTES, compress: 1 }, 'compress'],
    ['an invalid date', { name: 'a', source: BYTES, mtime: new Date(Number.NaN) }, 'mtime'],
    ['a date as text', { name: 'a', source: BYTES, mtime: '2020-01-01' }, 'mtime'],
    ['a mode above 16 bits', { name: 'a', source: BYTES, mode: 0x10000 }, 'mode'],
    ['a mode with a fraction', { name: 'a', source: BYTES, mode: 0.5 }, 'mode'],
    ['a mode as text', { name: 'a', source: BYTES, mode: '644' }, 'mode'],
    ['a comment that is no text', { name: 'a', source: BYTES, comment: 7 }, 'comment'],
    // APPNOTE §4.4.12: the length has 16 bits.
    ['a comment of 65,536 bytes', { name: 'a', source: BYTES, comment: 'ä'.repeat(32_768) }, 'at most 65535 bytes'],
    ['a comment with an escape sequence', { name: 'a', source: BYTES, comment: 'a\u001b[2J' }, 'control characters'],
  ] as const) {
    it(`refuses ${title}, and says which entry it is`, () => {
      const { message } = thrown(() => check(entry))
      expect(message)
        .to.match(/^zip: entry 3 \(counted from 0\)/)
        .and.include(words)
    })
  }

  it('takes a comment with line breaks', () => {
    expect(check({ name: 'a', source: BYTES, comment: 'a\r\n\tb' })?.comment).to.equal('a\r\n\tb')
  })

  for (const [title, paths] of [
    ['below a root', { root: '/a' }],
    ['without a root of the call', {}],
  ] as const) {
    it(`takes no array for the bytes of a file ${title}: a query makes arrays`, () => {
      const { code, message } = thrown(() => check({ name: 'a', source: ['a', 'b'] }, paths))
      expect(code).to.equal('INVALID_ARGUMENT')
      expect(message).to.include('an iterable other than an array')
    })
  }
})
