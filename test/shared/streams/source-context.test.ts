import { expect } from 'chai'
import { RequestContext } from '../../../src/shared/streams/source-context.js'
import { nodeExchange } from '../../support/node-exchange.js'

const contextOf = (headers = {}) => new RequestContext(nodeExchange(headers).facts, () => {})

describe('what a source function gets', () => {
  it('the position of the client: its field, else the one that the handler gives', () => {
    const context = contextOf()
    expect(context.lastEventId).to.equal(undefined)
    context.startAfter('7')
    expect(context.lastEventId).to.equal('7')
    const returning = contextOf({ 'last-event-id': '9' })
    returning.startAfter('7')
    expect(returning.lastEventId, 'the field is newer').to.equal('9')
  })

  it('the position in UTF-8 (HTML §9.2.4), which Node reads as Latin-1', () => {
    expect(contextOf({ 'last-event-id': Buffer.from('ä€').toString('latin1') }).lastEventId).to.equal('ä€')
  })

  it('a signal that fires with the first reason', () => {
    const context = contextOf()
    const { signal } = context
    const reason = new Error('first')
    context.abort(reason)
    context.abort(new Error('second'))
    expect(signal.aborted).to.equal(true)
    expect([signal.reason, context.abortReason]).to.deep.equal([reason, reason])
  })

  it('a signal that has fired already if it is asked for too late', () => {
    const context = contextOf()
    expect(context.signalWasTaken).to.equal(false)
    context.abort(new Error('left'))
    expect(context.signal.aborted).to.equal(true)
    expect(context.signalWasTaken).to.equal(true)
  })
})
