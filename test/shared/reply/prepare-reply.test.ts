import { expect } from 'chai'
import { empty, json, notModified, Reply, text } from '../../../src/index.js'
import { prepareReply } from '../../../src/shared/reply/prepare-reply.js'
import { stateOf } from '../../../src/shared/reply/reply-brand.js'
import { isBlank, type ReplyState } from '../../../src/shared/reply/reply-state.js'
import { nodeExchange } from '../../support/node-exchange.js'

const state = (reply: Reply) => stateOf(reply) as ReplyState

describe('isBlank()', () => {
  it('is true until the reply says anything', () => {
    expect(isBlank(state(new Reply()))).to.equal(true)
    for (const reply of [
      new Reply('a'),
      new Reply().setStatus(201),
      new Reply().setHeader('X-A', 'a'),
      new Reply().deleteCookie('a'),
      new Reply().afterSend(() => {}),
    ]) {
      expect(isBlank(state(reply))).to.equal(false)
    }
  })
})

describe('prepareReply()', () => {
  it('tells what failed also if other code has sent the head meanwhile', async () => {
    const exchange = nodeExchange()
    const failing = (): never => {
      exchange.facts.res.flushHeaders()
      throw new Error('the database is away')
    }
    const reply = new Reply(undefined, { headers: { 'X-A': 'a' } }).setNotModified({ etag: 'v1' }, failing)
    const described = Promise.resolve(prepareReply(exchange, state(reply)))
    expect(await described.catch((error) => error.message)).to.equal('the database is away')
  })

  it('stages status, fields and cookies before the body is described: they count for its preconditions', async () => {
    const exchange = nodeExchange({ 'if-none-match': '"v1"' })
    const described = await prepareReply(exchange, state(text('a', { headers: { ETag: '"v1"' } })))
    expect(described.status).to.equal(304)
    const failed = nodeExchange({ 'if-none-match': '"v1"' })
    expect((await prepareReply(failed, state(text('a', { status: 404, headers: { ETag: '"v1"' } })))).status).to.equal(
      undefined,
    )
    expect(failed.facts.res.statusCode).to.equal(404)
  })

  it('without a body: the status of the reply, else the staged one, else 204', async () => {
    const staged = nodeExchange()
    staged.facts.res.statusCode = 202
    expect((await prepareReply(nodeExchange(), state(new Reply()))).status).to.equal(204)
    expect((await prepareReply(staged, state(new Reply()))).status).to.equal(202)
    expect((await prepareReply(nodeExchange(), state(new Reply(null, { status: 409 })))).status).to.equal(409)
    expect((await prepareReply(nodeExchange(), state(empty(undefined, { status: 205 })))).status).to.equal(205)
  })

  for (const [name, reply] of [
    ['the body', json(1n, { status: 201, headers: { 'X-A': 'new', 'X-B': 'b', 'Set-Cookie': 'c=1', Vary: 'Accept' } })],
    [
      'a cookie without keys',
      text('a', { status: 201, headers: { 'X-A': 'new', 'X-B': 'b', Vary: 'Accept' } }).setCookie('s', '1', {
        signed: true,
      }),
    ],
  ] as const) {
    it(`a failure of ${name} takes all of it back`, () => {
      const exchange = nodeExchange()
      const { res } = exchange.facts
      res.statusCode = 202
      res.setHeader('X-A', 'staged')
      res.setHeader('Vary', 'Origin')
      res.setHeader('Set-Cookie', ['a=1'])
      const before = structuredClone({ ...res.getHeaders() }) // Node appends to the list that it gives
      expect(() => prepareReply(exchange, state(reply))).to.throw()
      expect({ ...res.getHeaders() }).to.deep.equal(before)
      expect(res.statusCode).to.equal(202)
      expect(res.listenerCount('close')).to.equal(nodeExchange().facts.res.listenerCount('close'))
    })
  }

  it('a task runs only for a reply that could be described', () => {
    const exchange = nodeExchange()
    const none = exchange.facts.res.listenerCount('close')
    expect(() => prepareReply(exchange, state(json(1n).afterSend(() => {})))).to.throw()
    expect(exchange.facts.res.listenerCount('close')).to.equal(none)
  })

  it('a content of notModified() that fails takes its validators back', async () => {
    const exchange = nodeExchange()
    exchange.facts.res.setHeader('Last-Modified', 'before')
    const reply = notModified({ etag: 'a', lastModified: new Date(0) }, () => json(1n))
    const failure = await Promise.resolve(prepareReply(exchange, state(reply))).catch((reason) => reason)
    expect(failure.code).to.equal('INVALID_ARGUMENT')
    expect(exchange.facts.res.hasHeader('ETag')).to.equal(false)
    expect(exchange.facts.res.getHeader('Last-Modified')).to.equal('before')
  })
})
