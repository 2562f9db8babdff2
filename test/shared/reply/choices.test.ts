import { expect } from 'chai'
import { checkChoices } from '../../../src/shared/reply/choices.js'

describe('checkChoices()', () => {
  it('reads extensions and media types, in the order of the caller, and default apart', () => {
    const { byType, fallback } = checkChoices({ json: 1, 'application/vnd.a+json': 2, html: 3, default: 4 })
    expect([...byType]).to.deep.equal([
      ['application/json', 1],
      ['application/vnd.a+json', 2],
      ['text/html', 3],
    ])
    expect(fallback).to.equal(4)
  })

  for (const choices of [
    undefined,
    null,
    'html',
    {},
    { default: 1 },
    { nonsense: 1 },
    { 'text/': 1 },
    { 'a/b\r\n': 1 },
  ]) {
    it(`refuses ${JSON.stringify(choices)}`, () => {
      expect(() => checkChoices(choices as any))
        .to.throw(/^negotiate: /)
        .with.property('code', 'INVALID_ARGUMENT')
    })
  }
})
