import { expect } from 'chai'
import type { ResponseDescription } from '../../../src/shared/exchange/response-description.js'
import {
  changeFields,
  isBodiless,
  mergeHead,
  removeContentFields,
  send,
  takeBackHead,
} from '../../../src/shared/exchange/send.js'
import { writeField } from '../../../src/shared/exchange/write-field.js'
import { nodeExchange } from '../../support/node-exchange.js'

type Head = Partial<ResponseDescription>

const responseWith = (staged: Record<string, string | string[]> = {}) => {
  const { res } = nodeExchange().facts
  for (const [name, value] of Object.entries(staged)) res.setHeader(name, value)
  return res
}
const describeHead = (head: Head): ResponseDescription => ({ fields: [], defaults: [], body: undefined, ...head })

describe('mergeHead: explicit > staged > inferred', () => {
  for (const [title, staged, head, expected] of [
    ['an explicit field replaces a staged one', { 'X-A': 's' }, { fields: [['x-a', 'e']] }, { 'x-a': 'e' }],
    ['a staged field replaces an inferred one', { 'X-A': 's' }, { defaults: [['x-a', 'd']] }, { 'x-a': 's' }],
    [
      'an explicit field replaces an inferred one',
      {},
      { fields: [['x-a', 'e']], defaults: [['X-A', 'd']] },
      { 'x-a': 'e' },
    ],
    ['an inferred field stands alone', {}, { defaults: [['X-A', 'd']] }, { 'x-a': 'd' }],
    // RFC 6265 §3: cookies are lines of their own.
    [
      'Set-Cookie adds a line',
      { 'Set-Cookie': 'a=1' },
      { fields: [['set-cookie', 'b=2']] },
      { 'set-cookie': ['a=1', 'b=2'] },
    ],
    // RFC 9110 §12.5.5
    ['Vary adds names', { Vary: 'Origin' }, { fields: [['vary', 'Accept']] }, { vary: 'Origin, Accept' }],
    ['a name that Vary has is not added', { Vary: 'accept' }, { fields: [['Vary', 'Accept']] }, { vary: 'accept' }],
    ['a removed field is gone', { ETag: '"a"', 'X-A': '1' }, { removed: ['etag'] }, { 'x-a': '1' }],
    [
      'an inferred field may follow a removed one',
      { 'X-A': 's' },
      { removed: ['X-A'], defaults: [['x-a', 'd']] },
      { 'x-a': 'd' },
    ],
    [
      'text that names no charset is UTF-8',
      { 'Content-Type': 'text/plain' },
      {},
      { 'content-type': 'text/plain; charset=utf-8' },
    ],
    [
      'a given charset stays',
      { 'Content-Type': 'text/plain; charset=latin1' },
      {},
      { 'content-type': 'text/plain; charset=latin1' },
    ],
    [
      'a type may be kept as it is',
      { 'Content-Type': 'text/plain' },
      { keepsType: true },
      { 'content-type': 'text/plain' },
    ],
    // RFC 9110 §8.6: the length is a number.
    ['a length that is no number is gone', { 'Content-Length': '3,3' }, {}, {}],
    ['so is one that is removed anyway', { 'Content-Length': '3,3' }, { removed: ['Content-Length'] }, {}],
    [
      'a name that two explicit lines have keeps the last',
      { 'X-A': 's' },
      {
        fields: [
          ['X-A', '1'],
          ['X-A', '2'],
        ],
      },
      { 'x-a': '2' },
    ],
    // RFC 9112 §6.2: a sender must not send a Content-Length beside a Transfer-Encoding.
    ['a measured body has no Transfer-Encoding', { 'Transfer-Encoding': 'chunked' }, { body: 'x' }, {}],
  ] as readonly [string, Record<string, string>, Head, Record<string, unknown>][]) {
    it(title, () => {
      const res = responseWith(staged)
      const before = structuredClone({ ...res.getHeaders() })
      const merged = mergeHead(res, describeHead(head))
      expect({ ...res.getHeaders() }).to.deep.equal(expected)
      takeBackHead(res, merged)
      expect({ ...res.getHeaders() }, 'taken back').to.deep.equal(before)
    })
  }

  it('leaves the head as it was if Node refuses one line', () => {
    const res = responseWith({ 'X-A': 's', Vary: 'Origin' })
    const fields = [
      ['X-A', 'e'],
      ['Vary', 'Accept'],
      ['X-B', 'a\r\nb'],
    ] as const
    expect(() => mergeHead(res, describeHead({ fields }))).to.throw(TypeError)
    expect({ ...res.getHeaders() }).to.deep.equal({ 'x-a': 's', vary: 'Origin' })
  })
})

describe('changeFields', () => {
  it('keeps the list of cookies as it is now', () => {
    const res = responseWith({ 'Set-Cookie': ['a=1'] })
    const change = changeFields(res, ['Set-Cookie'], () => writeField(res, 'Set-Cookie', 'b=2'))
    takeBackHead(res, change)
    expect(res.getHeader('Set-Cookie')).to.deep.equal(['a=1'])
  })
})

describe('content by status', () => {
  // RFC 9110 §15.2, §15.3.5, §15.3.6, §15.4.5
  for (const [status, expected] of [
    [100, true],
    [199, true],
    [200, false],
    [201, false],
    [203, false],
    [204, true],
    [205, true],
    [206, false],
    [301, false],
    [303, false],
    [304, true],
    [404, false],
    [500, false],
  ] as const) {
    it(`${status} has ${expected ? 'no content' : 'content'}`, () => expect(isBodiless(status)).to.equal(expected))
  }

  it('its fields leave a response without content; a 205 announces a length of 0', () => {
    const staged = { 'Content-Length': '7', 'Content-Type': 'a/b', 'Transfer-Encoding': 'chunked', ETag: '"a"' }
    const none = responseWith(staged)
    removeContentFields(none, 204)
    expect({ ...none.getHeaders() }).to.deep.equal({ etag: '"a"' })
    const reset = responseWith(staged)
    removeContentFields(reset, 205)
    expect({ ...reset.getHeaders() }).to.deep.equal({ etag: '"a"', 'content-length': '0' })
  })
})

describe('send', () => {
  for (const [title, method, head, expected] of [
    ['a text', 'GET', { body: 'ä' }, '2'],
    ['bytes', 'GET', { body: Buffer.alloc(3) }, '3'],
    ['nothing', 'GET', { body: undefined }, '0'],
    ['to HEAD the length of the GET (RFC 9110 §9.3.2)', 'HEAD', { body: 'abc' }, '3'],
    ['to HEAD a staged length', 'HEAD', { fields: [['Content-Length', '9']] }, '9'],
    ['no length with a 204 (RFC 9110 §8.6)', 'GET', { status: 204, body: 'x' }, undefined],
  ] as readonly [string, string, Head, string | undefined][]) {
    it(`${title}: Content-Length ${expected}`, () => {
      const { req, res } = nodeExchange().facts
      req.method = method
      send(req, res, describeHead(head))
      expect(res.getHeader('Content-Length')).to.equal(expected)
      expect(res.writableEnded).to.equal(true)
    })
  }

  for (const [method, status, isOpened] of [
    ['GET', 200, true],
    ['HEAD', 200, false],
    ['GET', 204, false],
    ['GET', 304, false],
  ] as const) {
    it(`${isOpened ? 'opens' : 'closes'} the source of a body for ${method} and ${status}`, () => {
      const { req, res } = nodeExchange().facts
      req.method = method
      const calls: string[] = []
      const body = {
        open() {
          calls.push('open')
          return new Promise<never>(() => {})
        },
        cancel: () => void calls.push('cancel'),
      }
      void send(req, res, describeHead({ status, body }))
      expect(calls).to.deep.equal([isOpened ? 'open' : 'cancel'])
    })
  }
})
