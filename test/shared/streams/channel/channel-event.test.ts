import { expect } from 'chai'
import fc from 'fast-check'
import {
  type ChannelEvent,
  SharedEvent,
  serializeForStore,
} from '../../../../src/shared/streams/channel/channel-event.js'
import { serializeEvent } from '../../../../src/shared/streams/serialize-event.js'

const store = (event: unknown, except?: string): SharedEvent =>
  new SharedEvent({ id: '7', fields: serializeForStore(event, except).fields })

describe('an event of a channel', () => {
  const events: [title: string, published: unknown, wire: string, value: Omit<ChannelEvent, 'id'>][] = [
    ['text', 'hello', 'data: hello\n', { data: 'hello' }],
    ['text of several lines', 'a\r\nb\n\nc', 'data: a\ndata: b\ndata: \ndata: c\n', { data: 'a\nb\n\nc' }],
    ['text that begins with a space', ' a', 'data:  a\n', { data: ' a' }],
    ['empty text', { data: '' }, 'data: \n', { data: '' }],
    ['text that looks like JSON', '{"admin":true}', 'data: {"admin":true}\n', { data: '{"admin":true}' }],
    ['text that looks like a number', { data: '5' }, 'data: 5\n', { data: '5' }],
    ['a number', { data: 5 }, 'data: 5\n', { data: 5 }],
    ['null', { data: null }, 'data: null\n', { data: null }],
    ['an object', { data: { a: ['data: x'] } }, 'data: {"a":["data: x"]}\n', { data: { a: ['data: x'] } }],
    [
      'a date',
      { data: { at: new Date(0) } },
      'data: {"at":"1970-01-01T00:00:00.000Z"}\n',
      { data: { at: '1970-01-01T00:00:00.000Z' } },
    ],
    ['a type without data', { event: 'ping' }, 'event: ping\ndata: \n', { event: 'ping', data: '' }],
    [
      'all fields',
      { event: 'x', retry: 5, comment: 'a\nb', data: 1 },
      ': a\n: b\nevent: x\nretry: 5\ndata: 1\n',
      { event: 'x', retry: 5, comment: 'a\nb', data: 1 },
    ],
    [
      'a comment that looks like a note',
      { comment: 'except x', data: 'y' },
      ': except x\ndata: y\n',
      { comment: 'except x', data: 'y' },
    ],
  ]
  for (const [title, published, wire, value] of events) {
    it(`is written as sse writes it, and read as it was published: ${title}`, () => {
      for (const except of [undefined, 'ann', 'é\n~ &']) {
        const shared = store(published, except)
        expect(shared.fields).to.equal(wire)
        expect(`${shared.fields}\n`).to.equal(serializeEvent(published, 'event'))
        expect(shared.text).to.equal(`id: 7\n${wire}\n`)
        expect(shared.value).to.deep.equal({ id: '7', ...value })
        expect(shared.except).to.equal(except)
      }
    })
  }

  it('any JSON and any text come back as they were published', () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.string()), (data) => {
        const expected = typeof data === 'string' ? data.replace(/\r\n|\r/g, '\n') : JSON.parse(JSON.stringify(data))
        expect(store({ data }).value.data).to.deep.equal(expected)
      }),
    )
  })

  it('is frozen at every depth: all clients get the same one', () => {
    const { value } = store({ data: { list: [{ name: 'a' }] } })
    const { list } = value.data as { list: { name: string }[] }
    for (const change of [
      () => Object.assign(value, { data: 'x' }),
      () => list.push({ name: 'b' }),
      () => Object.assign(list[0] ?? {}, { name: 'c' }),
    ]) {
      expect(change).to.throw(TypeError)
    }
  })

  it('of any depth is frozen without a call in a call', () => {
    const depth = 100_000
    const shared = new SharedEvent({ id: '1', fields: `data:${'['.repeat(depth)}${']'.repeat(depth)}\n` })
    expect(() => shared.value).not.to.throw()
  })

  it('that another program wrote is what its fields say', () => {
    const foreign = (fields: string): unknown => new SharedEvent({ id: '1', fields }).value
    expect(foreign('data: {"a":1}\n')).to.deep.equal({ id: '1', data: '{"a":1}' })
    expect(foreign('data:no json\n')).to.deep.equal({ id: '1', data: 'no json' })
    expect(foreign('event:x\nunknown: y\nbare\ndata: 1\n')).to.deep.equal({ id: '1', event: 'x', data: '1' })
    expect(foreign(':except %\ndata: 1\n')).to.include({ data: '1' })
  })

  it('refuses an id that would end its line', () => {
    expect(() => new SharedEvent({ id: 'a\nb', fields: 'data: 1\n' }).frame).to.throw(RangeError, 'single line')
  })

  it('shares the frame of clients that are in step', () => {
    const shared = store('x')
    expect(shared.frameWith('~a=1')).to.equal(shared.frameWith('~a=1'))
    expect(String(shared.frameWith('~a=2').bytes)).to.equal('id: ~a=2\ndata: x\n\n')
  })
})
