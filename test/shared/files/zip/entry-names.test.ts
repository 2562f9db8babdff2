import { expect } from 'chai'
import fc from 'fast-check'
import { EntryNames, safeEntryName } from '../../../../src/shared/files/zip/entry-names.js'

const LONG = 100_000

/** Names as a caller gives them, and as they stand in the archive. */
const KEPT: readonly (readonly [title: string, given: string, safe: string])[] = [
  ['a plain name', 'report.txt', 'report.txt'],
  ['a path', 'a/b/c.txt', 'a/b/c.txt'],
  ['a directory', 'a/b/', 'a/b/'],
  ['a name that begins with a dot', '.env', '.env'],
  ['spaces inside', 'my  report 1.txt', 'my  report 1.txt'],
  ['other scripts', 'größe/报告/отчёт €.txt', 'größe/报告/отчёт €.txt'],
  ['a colon after more than one letter', 'at 10:30.txt', 'at 10:30.txt'],
  ['a right-to-left override', 'exe.\u202efdp', 'exe.fdp'],
  ['bidi isolates and marks', '\u2066a\u2069\u200e\u200f\u061c.txt', 'a.txt'],
  ['zero-width characters', 'in\u200bvo\u200cice\u200d\u2060\ufeff.pdf', 'invoice.pdf'],
  ['a soft hyphen and fillers', 'a\u00ad\u115f\u3164\uffa0.txt', 'a.txt'],
  ['tag characters', 'a\u{e0041}.txt', 'a.txt'],
  ['line and paragraph separators', 'a\u2028b\u2029.txt', 'ab.txt'],
  ['dots at the end of a segment', 'a../b.txt...', 'a/b.txt'],
  ['spaces at the end of a segment', 'a /b.txt  ', 'a/b.txt'],
  ['dots and spaces at the end in turn', 'a. . .', 'a'],
  ['a device', 'CON', '_CON'],
  ['a device with an extension', 'dir/nul.txt', 'dir/_nul.txt'],
  ['a device after its dots are gone', 'com1. .', '_com1'],
  ['a device with a zero-width character in it', 'c\u200bon.txt', '_con.txt'],
  ['a device as a directory', 'aux/x', '_aux/x'],
  ['what only begins like a device', 'console.log', 'console.log'],
  ['256 segments', `${'a/'.repeat(255)}a`, `${'a/'.repeat(255)}a`],
]

const REFUSED: readonly (readonly [title: string, given: string])[] = [
  ['an empty name', ''],
  ['a lone slash', '/'],
  ['an absolute path', '/etc/passwd'],
  ['a path of Windows', 'c:\\x'],
  ['a drive', 'C:x'],
  ['a drive after a zero-width character', '\u200bC:x'],
  ['a network path', '\\\\host\\share'],
  ['a leading ..', '../x'],
  ['an inner ..', 'a/../x'],
  ['a trailing ..', 'a/..'],
  ['.. as a directory', 'a/../'],
  ['.. with a zero-width character', '.\u200b./x'],
  ['.. with a bidi control', '\u202e../x'],
  ['.. with a space after it, which Windows drops', '.. /x'],
  ['.. with dots after it', '..../x'],
  ['a lone dot', './x'],
  ['an empty segment', 'a//b'],
  ['a segment of spaces', 'a/  /b'],
  ['a segment that no reader sees', 'a/\u200b/b'],
  ['a name that no reader sees', '\u200b\u2060'],
  ['a file that no reader sees in a directory', 'a/\u3164'],
  ['a control character', 'a\nb'],
  ['NUL', 'a\0.txt'],
  ['an escape sequence', '\u001b[2Jx'],
  ['a lone surrogate', 'a\ud800'],
  ['a name longer than the format allows', 'a'.repeat(LONG)],
  // Linux: PATH_MAX is 4,096 bytes.
  ['more segments than a path may have', `${'a/'.repeat(10_000)}a`],
  ['257 segments', `${'a/'.repeat(256)}a`],
  ['a directory of 257 segments', 'a/'.repeat(257)],
]

describe('safeEntryName', () => {
  for (const [title, given, safe] of KEPT) {
    it(`takes ${title}`, () => expect(safeEntryName(given)).to.equal(safe))
  }

  for (const [title, given] of REFUSED) {
    it(`refuses ${title}`, () => expect(safeEntryName(given)).to.equal(undefined))
  }

  it('gives only names that stay in their directory on every system, and that it takes again unchanged', () => {
    const character = fc.constantFrom('.', '/', ' ', 'a', '\\', ':', 'c', 'o', 'n', '\u200b', '\u202e', '\0', 'é', '1')
    fc.assert(
      fc.property(fc.string({ unit: character, maxLength: 12 }), (given) => {
        const safe = safeEntryName(given)
        if (safe === undefined) return
        expect(safe).not.to.match(/^[/\\]|^[a-z]:|\\|\/\/|\p{Cc}|\p{Cf}/iu)
        for (const segment of safe.replace(/\/$/, '').split('/')) {
          expect(segment).not.to.equal('')
          expect(segment).not.to.match(/[. ]$|^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i)
        }
        expect(safeEntryName(safe)).to.equal(safe)
      }),
      { numRuns: 5000 },
    )
  })
})

describe('EntryNames', () => {
  const subject = (): string => 'entry'

  /** The names that all of these get. */
  function addAll(duplicates: 'error' | 'rename', given: readonly string[]): (string | undefined)[] {
    const names = new EntryNames(duplicates)
    return given.map((name) => names.add(name, subject))
  }

  for (const [title, given, message] of [
    ['the same name', ['x', 'x'], 'unlike the names before it'],
    ['names that differ in case', ['X.txt', 'x.TXT'], 'unlike the names before it'],
    ['names that differ in normal form', ['\u00e9', 'e\u0301'], 'unlike the names before it'],
    [
      'names that differ in case, of which only one has a composed form',
      ['J\u030c', '\u01f0'],
      'unlike the names before it',
    ],
    ['names that differ in a final sigma', ['\u039f\u03a3', '\u03bf\u03c3'], 'unlike the names before it'],
    ['names that differ in what no reader sees', ['a', 'a\u200b'], 'unlike the names before it'],
    ['names that differ in a dot at the end', ['a', 'a.'], 'unlike the names before it'],
    ['parents that differ in case', ['A/x', 'a/X'], 'unlike the names before it'],
    ['the same directory', ['d/', 'd/'], 'unlike the names before it'],
    ['a file below a file', ['a', 'a/b'], 'not below the name of a file'],
    ['a file deep below a file', ['a', 'A/b/c/d'], 'not below the name of a file'],
    ['a file in place of a parent', ['a/b', 'a'], 'unlike the name of a file or a directory before it'],
    ['a file in place of a directory', ['a/', 'a'], 'unlike the name of a file or a directory before it'],
    ['a directory in place of a file', ['a', 'a/'], 'unlike the name of a file or a directory before it'],
  ] as const) {
    it(`refuses ${title}`, () => {
      expect(() => addAll('error', given)).to.throw(RangeError, message)
    })
  }

  it('takes a directory before and after what is in it', () => {
    expect(addAll('error', ['d/', 'd/x', 'e/x', 'e/'])).to.deep.equal(['d/', 'd/x', 'e/x', 'e/'])
  })

  it("'rename' numbers files before their extension, and skips numbers that are taken", () => {
    const given = ['d/a.txt', 'd/a (2).txt', 'd/a.txt', 'D/A.TXT', 'b', 'b', '.env', '.env']
    const names = ['d/a.txt', 'd/a (2).txt', 'd/a (3).txt', 'D/A (4).TXT', 'b', 'b (2)', '.env', '.env (2)']
    expect(addAll('rename', given)).to.deep.equal(names)
  })

  it("'rename' leaves a second directory out, and still refuses a file beside a directory", () => {
    expect(addAll('rename', ['d/', 'd/'])).to.deep.equal(['d/', undefined])
    expect(() => addAll('rename', ['a', 'a/b'])).to.throw(RangeError)
    expect(() => addAll('rename', ['a/b', 'a'])).to.throw(RangeError)
  })

  it('finds a free name without taking it', () => {
    const names = new EntryNames('error')
    expect(names.freeName('missing.txt')).to.equal('missing.txt')
    names.add('Missing.txt', subject)
    names.add('missing (2).txt/x', subject)
    expect(names.freeName('missing.txt')).to.equal('missing (3).txt')
    expect(names.freeName('missing.txt')).to.equal('missing (3).txt')
  })

  for (const [title, make] of [
    ['different names', (count: number) => Array.from({ length: count }, (_, index) => `file-${index}`)],
    ['the same name', (count: number) => Array.from({ length: count }, () => 'a.txt')],
    [
      'deep names',
      (count: number) => Array.from({ length: count / 1000 }, (_, index) => `${index}/${'a/'.repeat(200)}x`),
    ],
    ['dots', (count: number) => Array.from({ length: count / 1000 }, (_, index) => `${'.'.repeat(1000)}x${index}`)],
    ['spaces', (count: number) => Array.from({ length: count / 1000 }, (_, index) => `${'a '.repeat(500)}x${index}`)],
  ] as const) {
    it(`needs time in proportion to the length of what it gets: ${title}`, function () {
      this.timeout(20_000)
      const cpuMs = (count: number): number => {
        const given = make(count)
        return Math.min(
          // The shortest of seven: garbage is collected in other threads, whose time counts too.
          ...Array.from({ length: 7 }, () => {
            const before = process.cpuUsage()
            addAll('rename', given)
            const { user, system } = process.cpuUsage(before)
            return (user + system) / 1000
          }),
        )
      }
      cpuMs(10_000)
      // Four times as much takes four times as long, or sixteen times if the time grows with the square.
      expect(cpuMs(40_000)).to.be.below(8 * cpuMs(10_000) + 20)
    })
  }
})
