import { expect } from 'chai'
import { friendlyFilename } from '../../../src/shared/files/friendly-name.js'

/** The name of the call, the name of the file, and the name that the browser gets. */
const NAMES: readonly (readonly [name: string, file: string | undefined, expected: string])[] = [
  ['invoice-2021-01', 'x/invoice.pdf', 'invoice-2021-01.pdf'],
  ['invoice.pdf', 'x/invoice.pdf', 'invoice.pdf'],
  ['Invoice.PDF', 'x/invoice.pdf', 'Invoice.PDF'],
  ['invoice', 'x/INVOICE.PDF', 'invoice.PDF'],
  // What follows the last dot of a text may be the name of another type.
  ['Invoice example.com', 'x/17.pdf', 'Invoice example.com.pdf'],
  ['Intro to Node.js', 'x/17.pdf', 'Intro to Node.js.pdf'],
  ['allegro.pl', 'x/17.pdf', 'allegro.pl.pdf'],
  ['Notes on vim.md', 'notes.txt', 'Notes on vim.md.txt'],
  ['v1.2', 'release.zip', 'v1.2.zip'],
  ['photo.jpg', 'photo.jpeg', 'photo.jpg.jpeg'],
  ['xpdf', 'a.pdf', 'xpdf.pdf'],
  // Two extensions that are one.
  ['backup', 'x/site.tar.gz', 'backup.tar.gz'],
  ['backup.tar.gz', 'x/site.tar.gz', 'backup.tar.gz'],
  ['Backup.TAR.GZ', 'x/site.tar.gz', 'Backup.TAR.GZ'],
  ['backup', 'x/site.tar.zst', 'backup.tar.zst'],
  ['backup', 'x/.tar.gz', 'backup.gz'],
  ['page', 'x/page.min.js', 'page.js'],
  // No extension at all.
  ['notes', 'x/archive.', 'notes'],
  ['notes', 'x/archive', 'notes'],
  ['notes.txt', 'x/archive', 'notes.txt'],
  ['settings', 'x/.bashrc', 'settings'],
  ['settings', 'x/.d/bashrc', 'settings'],
  ['minutes', 'x/Minutes of 3.5 hours', 'minutes'],
  ['notes', `x/a.${'b'.repeat(40)}`, 'notes'],
  // A dotfile has no extension, a path is not the name, and the end of a name is not its extension.
  ['.pdf', 'a.pdf', '.pdf.pdf'],
  ['reports/2021/', 'a.pdf', '2021.pdf'],
  ['Acme Inc.', 'a.pdf', 'Acme Inc.pdf'],
  ['Acme Inc.pdf. ', 'a.pdf', 'Acme Inc.pdf'],
  ['...', 'a.pdf', 'a.pdf'],
  ['invoice.pdf\u200b', 'a.pdf', 'invoice.pdf'],
  ['Zu\u0308rich', 'a.pdf', 'Z\u00fcrich.pdf'],
  ['allegro.pl', undefined, 'allegro.pl'],
]

describe('the friendly name of a file', () => {
  for (const [name, file, expected] of NAMES) {
    it(`${JSON.stringify(name)} for ${file} is ${JSON.stringify(expected)}`, () => {
      expect(friendlyFilename(name, file)).to.equal(expected)
    })
  }
})
