import { expect } from 'chai'
import { readZipOptions } from '../../../../src/shared/files/zip/zip-options.js'
import { thrown } from '../../../support/thrown.js'

describe('readZipOptions', () => {
  it('has defaults', () => {
    expect(readZipOptions('zip()')).to.deep.equal({ compress: true, duplicates: 'error', missing: 'cut', paths: {} })
  })

  it('keeps what says which paths may be opened', () => {
    const { paths } = readZipOptions('zip()', { root: '/a', dotfiles: 'allow' })
    expect(paths).to.deep.equal({ root: '/a', dotfiles: 'allow' })
  })

  for (const [key, value] of [
    ['compress', 'yes'],
    ['compress', null],
    ['duplicates', true],
    ['duplicates', 'Rename'],
    ['missing', 'skip'],
    ['missing', null],
    ['missng', 'cut'],
  ] as const) {
    it(`refuses ${key}: ${JSON.stringify(value)}, and names the call and the option`, () => {
      const error = thrown(() => readZipOptions('zip()', { [key]: value } as never))
      expect(error.message)
        .to.match(/^zip\(\): /)
        .and.include(key)
      expect(error.code).to.equal('INVALID_OPTION')
    })
  }
})
