import { expect } from 'chai'
import { checkMediaType, extensionOf, mediaTypeOf, withCharset } from '../../../src/shared/fields/media-type.js'

describe('media types (RFC 9110 §8.3.1)', () => {
  for (const type of [
    'text/html',
    'TEXT/HTML;Charset="utf-8"',
    'text/html ; charset=utf-8',
    'application/vnd.api+json;ext="https://a.example/x y"',
    'multipart/mixed; boundary="a\\"b"',
    'text/plain;',
    'a/b;;c=d ;',
    '*/*', // a token may be a star
  ]) {
    it(`${type} is one`, () => {
      expect(checkMediaType('x', type)).to.equal(type)
    })
  }

  for (const type of [
    'nonsense',
    '',
    'text/',
    '/html',
    'text/html/x',
    'text /html',
    'text/html charset=utf-8',
    'text/html\r\nX: y',
    'text/html; a="\r\n"',
    'text/html; a=\ud800',
    'text/h\u00e4ml',
    'text/html, text/plain',
    undefined,
    null,
    5,
    ['text/html'],
  ]) {
    it(`${JSON.stringify(type)?.slice(0, 30)} is no media type`, () => {
      expect(() => checkMediaType("bytes: option 'type'", type))
        .to.throw(TypeError, /^bytes: option 'type' must be a media type such as .*, got /)
        .with.property('code', 'INVALID_OPTION')
    })
  }

  for (const [type, expected] of [
    ['text/csv', 'text/csv; charset=utf-8'],
    ['text/html;', 'text/html; charset=utf-8'],
    ['text/markdown; variant=GFM', 'text/markdown; variant=GFM; charset=utf-8'],
    ['TEXT/Plain', 'TEXT/Plain; charset=utf-8'],
    ['application/json', 'application/json; charset=utf-8'],
    ['text/html; charset=iso-8859-1', 'text/html; charset=iso-8859-1'],
    ['text/html;CHARSET="x"', 'text/html;CHARSET="x"'],
    ['text/event-stream', 'text/event-stream'],
    ['application/octet-stream', 'application/octet-stream'],
    ['application/problem+json', 'application/problem+json'],
    ['image/png', 'image/png'],
    ['nonsense', 'nonsense'],
  ] as const) {
    it(`${type} is sent as ${expected}`, () => expect(withCharset(type)).to.equal(expected))
  }
})

describe('the media type of a name', () => {
  for (const [name, extension, type] of [
    ['a.pdf', '.pdf', 'application/pdf'],
    ['A.PDF', '.pdf', 'application/pdf'],
    ['a.txt', '.txt', 'text/plain; charset=utf-8'],
    ['a.b/c', '', undefined],
    ['a\\.pdf', '', undefined],
    ['.pdf', '', undefined],
    ['a.nonsense', '.nonsense', undefined],
    ['a.', '.', undefined],
    ['', '', undefined],
  ] as const) {
    it(`${JSON.stringify(name)}: ${extension} ${type}`, () => {
      expect(extensionOf(name)).to.equal(extension)
      expect(mediaTypeOf(name)).to.equal(type)
    })
  }
})
