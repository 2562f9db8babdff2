import { runInNewContext } from 'node:vm'
import { expect } from 'chai'
import { text } from '../../../src/index.js'
import { toReplyState } from '../../../src/shared/reply/to-reply-state.js'
import { isFetchResponse } from '../../../src/shared/streams/fetch-response.js'
import { thrown } from '../../support/thrown.js'

const stateOf = (value: unknown) => toReplyState('reply', value)

describe('toReplyState', () => {
  it('of a Reply is its own state', () => {
    expect(stateOf(text('a', { status: 201 })).status).to.equal(201)
  })

  for (const [title, value, kind] of [
    ['a text', 'a', 'text'],
    ['bytes', Buffer.from('a'), 'bytes'],
    ['an object', { a: 1 }, 'json'],
    ['a list', [1], 'json'],
    ['a number', 7, 'json'],
    ['false', false, 'json'],
    ['a generator', (function* () {})(), 'streaming'],
    ['null', null, undefined],
  ] as const) {
    it(`of ${title}: ${kind ?? 'no body'}`, () => expect(stateOf(value).body?.kind).to.equal(kind))
  }

  it('throws an error that it is given, also one of another realm', () => {
    for (const error of [new Error('x'), runInNewContext('new RangeError("x")')]) {
      expect(thrown(() => stateOf(error))).to.equal(error)
    }
  })

  it('refuses undefined, and names the call', () => {
    expect(() => stateOf(undefined)).to.throw(TypeError, 'reply: value')
  })
})

describe('a WHATWG Response', () => {
  it('is known by its class, of any realm', () => {
    expect(isFetchResponse(new Response())).to.equal(true)
    for (const other of [{}, { status: 200, body: null, headers: {} }, null, 'Response']) {
      expect(isFetchResponse(other)).to.equal(false)
    }
  })

  it('gives status, fields and body, and its type as it is', () => {
    const headers = { 'Content-Type': 'text/plain', 'X-A': '1' }
    const state = stateOf(new Response('a', { status: 202, headers }))
    expect(state.status).to.equal(202)
    expect(state.fields.get('x-a')).to.equal('1')
    expect(state.fields.get('content-type')).to.equal('text/plain')
    expect(state.keepsType).to.equal(true)
    expect(state.body?.kind).to.equal('streaming')
  })

  it('loses the fields of the connection that it came by (RFC 9110 §7.6.1)', () => {
    const headers = {
      Connection: 'close, X-Hop ,x-other',
      'Keep-Alive': 'timeout=5',
      'Proxy-Connection': 'close',
      TE: 'trailers',
      'Transfer-Encoding': 'chunked',
      Upgrade: 'h2c',
      'X-Hop': '1',
      'X-Other': '2',
    }
    expect(
      stateOf(new Response('a', { headers }))
        .fields.keys()
        .map((name) => name.toLowerCase()),
    ).to.deep.equal(['content-type'])
  })

  /** A response as fetch() gives it: its body is decoded already (Fetch Standard, "handle content codings"). */
  const fetched = (url: string): Response => {
    const response = new Response('a', { headers: { 'Content-Encoding': 'gzip', 'Content-Length': '21' } })
    return Object.defineProperty(response, 'url', { value: url })
  }

  it('of fetch() loses the coding, and the length of the coded bytes', () => {
    const { fields } = stateOf(fetched('https://api.example/'))
    expect([fields.get('content-encoding'), fields.get('content-length')]).to.deep.equal([undefined, undefined])
  })

  it('that the app made keeps its coding', () => {
    expect(stateOf(fetched('')).fields.get('content-encoding')).to.equal('gzip')
  })

  it('whose body has been read is refused', async () => {
    const response = new Response('a')
    await response.text()
    expect(() => stateOf(response)).to.throw(TypeError, 'has not been read')
  })

  it('of a network error is refused: it has the status 0', () => {
    expect(() => stateOf(Response.error())).to.throw(TypeError, 'reply: Response')
  })
})
