import { expect } from 'chai'
import { quoteString } from '../../../src/shared/fields/quoted-string.js'

describe('quoteString (RFC 9110 §5.6.4)', () => {
  it('escapes quotes and backslashes alone', () => {
    expect(quoteString('a "b" \\ c, d')).to.equal('"a \\"b\\" \\\\ c, d"')
  })
})
