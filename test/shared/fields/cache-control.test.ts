import { expect } from 'chai'
import { isCacheControl } from '../../../src/shared/fields/cache-control.js'

describe('isCacheControl (RFC 9111 §5.2)', () => {
  for (const value of [
    'no-store',
    'public, max-age=60',
    'private="Set-Cookie, X-A", no-cache',
    'max-age="60"',
    'a,b',
  ]) {
    it(`takes ${value}`, () => expect(isCacheControl(value)).to.equal(true))
  }
  for (const value of ['', ' ', ',', 'a,', 'a, ', 'a b', 'a;b', 'a=', 'a="b', 'a=b c', 'a\r\nb', 'ü', 'a="ü"']) {
    it(`refuses ${JSON.stringify(value)}`, () => expect(isCacheControl(value)).to.equal(false))
  }
})
