import { expect } from 'chai'
import { serializeEvent } from '../../../src/shared/streams/serialize-event.js'

/** The lines that HTML §9.2.6 says a parser makes of the text: field and value, without the one space after the colon. */
function fieldsOf(text: string): string[] {
  return text.split(/\r\n|\n|\r/).slice(0, -2)
}

describe('serializeEvent', () => {
  const events: [title: string, event: unknown, lines: string[]][] = [
    ['text is data', 'a', ['data: a']],
    ['empty text is an event with empty data', '', ['data: ']],
    [
      'every line end of HTML §9.2.5 begins a new line of data',
      'a\nb\rc\r\nd\n',
      ['data: a', 'data: b', 'data: c', 'data: d', 'data: '],
    ],
    ['a space at the start of a line survives the one that a parser removes', ' a', ['data:  a']],
    ['other data is JSON', { data: { a: ['b\n'] } }, ['data: {"a":["b\\n"]}']],
    ['null is JSON', { data: null }, ['data: null']],
    [
      'the fields come in one order',
      { data: 'd', event: 'e', id: 'i', retry: 5, comment: 'c' },
      [': c', 'event: e', 'id: i', 'retry: 5', 'data: d'],
    ],
    ['a name without data gets empty data, or the browser drops it', { event: 'e' }, ['event: e', 'data: ']],
    ['a number is an id', { id: 7, data: '' }, ['id: 7', 'data: ']],
    ['an id may hold spaces, and letters of every script', { id: 'a é\t😀' }, ['id: a é\t😀']],
    ['an id may be long', { id: 'é'.repeat(2048) }, [`id: ${'é'.repeat(2048)}`]],
    ['an empty id is sent: the client forgets the last one', { id: '' }, ['id: ']],
    ['a comment of two lines is two comments', { comment: 'a\nb' }, [': a', ': b']],
    ['retry may stand alone', { retry: 0 }, ['retry: 0']],
  ]
  for (const [title, event, lines] of events) {
    it(title, () => {
      const text = serializeEvent(event, 'event')
      expect(fieldsOf(text)).to.deep.equal(lines)
      expect(text.endsWith('\n\n')).to.equal(true)
    })
  }

  const wrong: [title: string, event: unknown, words: string][] = [
    ['nothing', undefined, 'event'],
    ['a number', 3, 'event'],
    ['an array', ['a'], 'event'],
    ['bytes', Buffer.from('a'), 'event'],
    ['an unknown key', { date: 'a' }, "'date'"],
    ['an object with nothing in it', {}, 'at least one of'],
    ['an object with nothing but undefined in it', { data: undefined, id: undefined }, 'at least one of'],
    ['an object of another class', new Map(), 'at least one of'],
    ['NaN as an id', { id: Number.NaN, data: '' }, 'id'],
    ['Infinity as an id', { id: Infinity, data: '' }, 'id'],
    ['an object as an id', { id: {}, data: '' }, 'id'],
    ['a line end in an id', { id: 'a\n', data: '' }, 'id'],
    ['NUL in an id', { id: '\0', data: '' }, 'NUL'],
    ['a control character in an id', { id: 'a\u0001b' }, 'control characters'],
    ['DEL in an id', { id: 'a\u007f' }, 'control characters'],
    ['half a character in an id', { id: '\ud800' }, 'half characters'],
    ['a space before an id', { id: ' a' }, 'spaces at its ends'],
    ['a tab after an id', { id: 'a\t' }, 'spaces at its ends'],
    ['an id longer than a header field may be', { id: 'é'.repeat(2049) }, 'at most 4096 bytes'],
    ['a line end in a name', { event: 'a\rb' }, 'event'],
    ['a negative retry', { retry: -1 }, 'retry'],
    ['a fraction as retry', { retry: 0.5 }, 'retry'],
    ['a function as data', { data: () => 1 }, 'data'],
    ['a comment that is no text', { comment: 1 }, 'comment'],
  ]
  for (const [title, event, words] of wrong) {
    it(`refuses ${title}`, () => {
      let refusal: any
      try {
        serializeEvent(event, 'event')
      } catch (error) {
        refusal = error
      }
      expect(refusal?.message).to.include(words)
    })
  }

  it('refuses data that JSON cannot hold, and names it', () => {
    const data: { self?: unknown } = {}
    data.self = data
    let refusal: any
    try {
      serializeEvent({ data }, 'event 3')
    } catch (error) {
      refusal = error
    }
    expect(refusal).to.include({ code: 'INVALID_CHUNK' })
    expect(refusal.message).to.include('event 3: data')
  })
})
