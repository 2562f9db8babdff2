import { resolve, sep } from 'node:path'
import { expect } from 'chai'
import { resolvePath } from '../../../../src/shared/files/disk/resolve-path.js'

const ROOT = resolve('/srv/files')

function statusOf(path: string, root: string | undefined, dotfiles: 'ignore' | 'deny' | 'allow' = 'ignore'): unknown {
  try {
    return resolvePath(path, root, dotfiles)
  } catch (error) {
    return (error as { status?: number }).status
  }
}

describe('resolvePath()', () => {
  for (const [path, expected] of [
    ['a.txt', `${ROOT}${sep}a.txt`],
    ['a/./b//c.txt', [ROOT, 'a', 'b', 'c.txt'].join(sep)],
    ['a/../b.txt', `${ROOT}${sep}b.txt`],
    ['a..b/c', [ROOT, 'a..b', 'c'].join(sep)],
    ['../a.txt', 403],
    ['a/../../b.txt', 403],
    ['/etc/passwd', 403],
    ['a\\..\\b', 403],
    ['c:/windows', 403],
    ['C:a', 403],
    ['./c:/windows', 403],
    ['.//C:a', 403],
    ['a/../c:/windows', 403],
    ['c:/../a.txt', 403],
    ['a/c:', [ROOT, 'a', 'c:'].join(sep)],
    ['ab:c', `${ROOT}${sep}ab:c`],
    ['\\\\server\\share', 403],
    ['//server/share', 403],
    ['con', 403],
    ['a/NUL.txt', 403],
    ['a/COM1 .log', 403],
    ['a/lpt9', 403],
    ['console', `${ROOT}${sep}console`],
    ['a\0.txt', 400],
    ['', 404],
    ['.', 404],
    ['a/', 404],
    ['a/..', 404],
    ['.env', 404],
    ['a/.git/config', 404],
  ] as const) {
    it(`below a root: ${JSON.stringify(path)} is ${expected}`, () => {
      expect(statusOf(path, ROOT)).to.equal(expected)
    })
  }

  it('decides on a dotfile as the option says', () => {
    expect(statusOf('.env', ROOT, 'deny')).to.equal(403)
    expect(statusOf('.env', ROOT, 'allow')).to.equal(`${ROOT}${sep}.env`)
  })

  it('without a root takes the path of the developer, but no dotfile in it', () => {
    expect(statusOf('/srv/a.txt', undefined)).to.equal(resolve('/srv/a.txt'))
    expect(statusOf('/srv/.hidden/a.txt', undefined)).to.equal(404)
    expect(statusOf('/srv/a\0', undefined)).to.equal(400)
  })
})
