import { expect } from 'chai'
import { fileError } from '../../../../src/shared/files/disk/file-error.js'

describe('fileError()', () => {
  for (const [code, status, message] of [
    ['ENOENT', 404, 'File not found'],
    ['ENOTDIR', 404, 'File not found'],
    ['ENAMETOOLONG', 404, 'File not found'],
    ['ELOOP', 404, 'File not found'],
    ['EISDIR', 404, 'File not found'],
    ['ENXIO', 404, 'File not found'],
    ['EACCES', 403, 'The file may not be read'],
    ['EPERM', 403, 'The file may not be read'],
    ['EMFILE', 503, 'Too many files are open'],
    ['ENFILE', 503, 'Too many files are open'],
    ['EIO', 500, 'The file could not be read'],
  ] as const) {
    it(`gives ${code} the status ${status}, and a text that names no path`, () => {
      const cause = Object.assign(new Error(`${code}: open '/srv/secret'`), { code, syscall: 'open' })
      const error = fileError(cause)
      expect(error).to.include({ code, status, message })
      expect(error.cause).to.equal(cause)
    })
  }

  it('returns any other failure as it is', () => {
    const own = Object.assign(new Error('of the source'), { code: 'E_OWN', status: 502 })
    expect(fileError(own)).to.equal(own)
  })
})
