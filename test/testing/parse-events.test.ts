import { expect } from 'chai'
import { parseEvents } from '../../src/testing/parse-events.js'

/** The examples of HTML §9.2.6. */
describe('parseEvents()', () => {
  const data = (text: string) => parseEvents(text).map((each) => each.data)

  it('joins data lines with line feeds', () => {
    expect(data('data: YHOO\ndata: +2\ndata: 10\n\n')).to.deep.equal(['YHOO\n+2\n10'])
  })

  it('skips comments, resets the id if it is empty, drops one space, and does not dispatch what is cut off', () => {
    const text = ': test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n'
    expect(parseEvents(text).map((each) => [each.data, each.id])).to.deep.equal([
      ['first event', '1'],
      ['second event', ''],
    ])
    expect(data(`${text}\n`).at(-1)).to.equal(' third event')
  })

  it('data without a value is data', () => {
    expect(data('data\n\ndata\ndata\n\ndata:')).to.deep.equal(['', '\n'])
  })

  it('the space after the colon makes no difference', () => {
    expect(data('data:test\n\ndata: test\n\n')).to.deep.equal(['test', 'test'])
  })

  it('lines end at CRLF, LF and CR; a byte order mark is skipped', () => {
    expect(data('\ufeffdata: a\r\n\r\ndata: b\r\rdata: c\n\n')).to.deep.equal(['a', 'b', 'c'])
  })

  it('an id with NUL and a retry that is no number are ignored; an event without a name is a message', () => {
    expect(
      parseEvents('id: a\0b\nretry: 1s\ndata: x\n\nevent: y\nretry: 7\ndata: z\n\nevent: no data\n\n'),
    ).to.deep.equal([
      { event: 'message', data: 'x', id: '', retry: undefined },
      { event: 'y', data: 'z', id: '', retry: 7 },
    ])
  })
})
