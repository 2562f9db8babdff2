import { expect } from 'chai'
import {
  checkProblemHandlerOptions,
  type ProblemHandlerOptions,
} from '../../../../src/shared/bodies/problem-handler/problem-handler-options.js'
import { thrown } from '../../../support/thrown.js'

describe('the options of problemHandler()', () => {
  it('are copied: a later change of the object has no effect', () => {
    const options = { showInternals: true }
    const checked = checkProblemHandlerOptions(options)
    options.showInternals = false
    expect(checked).to.deep.equal({ showInternals: true })
  })

  for (const options of [
    {},
    { showInternals: false, onError: () => {}, details: () => ({ status: 500 }), page: () => '' },
    { showInternals: undefined, onError: undefined, details: undefined, page: undefined },
  ]) {
    it(`may be ${Object.keys(options).join(', ') || 'none'}`, () => {
      expect(checkProblemHandlerOptions(options as ProblemHandlerOptions)).to.deep.equal(options)
    })
  }

  for (const [key, value] of [
    ['onError', 'log'],
    ['details', {}],
    ['page', '<h1>'],
    ['showInternals', 1],
    ['showInternals', 'false'],
    ['showInternal', true],
  ] as const) {
    it(`may not be ${key}: ${JSON.stringify(value)}`, () => {
      const error = thrown(() => checkProblemHandlerOptions({ [key]: value } as never))
      expect(error.message)
        .to.match(/^problemHandler/)
        .and.include(key)
      expect(error.code).to.equal('INVALID_OPTION')
    })
  }
})
