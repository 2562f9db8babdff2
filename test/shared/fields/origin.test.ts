import { expect } from 'chai'
import { parseOrigin, readOrigin } from '../../../src/shared/fields/origin.js'

describe('the origin of a request (RFC 9110 §7.2, RFC 6454 §4)', () => {
  for (const [scheme, host, expected] of [
    ['http', 'app.example', 'http://app.example'],
    ['https', 'app.example:443', 'https://app.example'],
    ['http', 'app.example:80', 'http://app.example'],
    ['http', 'app.example:443', 'http://app.example:443'],
    ['http', 'APP.example:3000', 'http://app.example:3000'],
    ['http', '127.0.0.1:8080', 'http://127.0.0.1:8080'],
    ['http', '[::1]:8080', 'http://[::1]:8080'],
    ['http', 'my_app.local', 'http://my_app.local'],
    ['ftp', 'app.example', ''],
    ['javascript', 'app.example', ''],
    ['http', undefined, ''],
    ['http', '', ''],
    ['http', 'evil@app.example', ''],
    ['http', 'app.example/path', ''],
    ['http', 'app.example?x', ''],
    ['http', 'app.example#x', ''],
    ['http', 'app.example\\evil', ''],
    ['http', 'app example', ''],
    ['http', 'app.example:', ''],
    ['http', 'app.example:99999', ''],
    ['http', 'app.example:80:80', ''],
    ['http', 'a.example, b.example', ''],
    ['http', '[::1', ''],
    ['http', '[1.2.3]', ''],
  ] as const) {
    it(`${scheme} and ${JSON.stringify(host)}: ${expected === '' ? 'none' : expected}`, () => {
      expect(readOrigin(scheme, host)).to.equal(expected)
    })
  }
})

describe('the origin that a developer writes (RFC 6454 §4)', () => {
  for (const [text, expected] of [
    ['https://shop.example', 'https://shop.example'],
    ['https://shop.example/', 'https://shop.example'],
    ['HTTPS://Shop.Example:8443', 'https://shop.example:8443'],
    ['https://shop.example:443', undefined],
    ['https://shop.example/path', undefined],
    ['https://shop.example//', undefined],
    ['https://shop.example?x', undefined],
    ['https://shop.example#x', undefined],
    ['https://user@shop.example', undefined],
    ['ftp://shop.example', undefined],
    ['javascript:alert(1)', undefined],
    ['shop.example', undefined],
    ['', undefined],
    [undefined, undefined],
    [['https://shop.example'], undefined],
  ] as const) {
    it(`${JSON.stringify(text)}: ${expected}`, () => expect(parseOrigin(text)).to.equal(expected))
  }
})
