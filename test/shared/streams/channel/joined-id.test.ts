import { expect } from 'chai'
import fc from 'fast-check'
import { joinedId, joinedKeys, joinedPart, parseJoinedId } from '../../../../src/shared/streams/channel/joined-id.js'

const write = (names: readonly string[], ids: readonly string[]): string => {
  const keys = joinedKeys(names)
  return joinedId(ids.map((id, index) => joinedPart(keys[index] ?? '', id)))
}

describe('the id of a joined stream', () => {
  it('names each channel and its last event', () => {
    expect(write(['news', 'alerts'], ['7', 'a-1'])).to.equal('~news=7&alerts=a-1')
    expect(write(['', ''], ['7', '8'])).to.equal('~=7&~1=8')
    expect(write(['a=b&c~d', 'é'], ['x y', '100%'])).to.equal('~a%3Db%26c%7Ed=x%20y&%C3%A9=100%25')
  })

  it('is read again, whatever the names and ids are', () => {
    const text = fc.string({ unit: 'binary' })
    const id = fc.string({ unit: 'binary', minLength: 1 })
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.oneof(text, fc.constantFrom('', 'a', '~1', 'a~1')), id), { minLength: 1 }),
        (entries) => {
          const [names, ids] = [entries.map(([name]) => name), entries.map(([, each]) => each)]
          const joined = write(names, ids)
          expect(joined).to.match(/^[\x21-\x7e]+$/) // a field holds it as it is
          expect(parseJoinedId(joined, joinedKeys(names))).to.deep.equal(ids)
        },
      ),
    )
  })

  it('finds a channel by its name if the list has changed; a channel that it does not name is new', () => {
    const joined = write(['a', 'b', 'c'], ['1', '2', '3'])
    expect(parseJoinedId(joined, joinedKeys(['c', 'new', 'a']))).to.deep.equal(['3', undefined, '1'])
  })

  it('of another form may be the id of any of the channels', () => {
    expect(parseJoinedId('17', joinedKeys(['a', 'b']))).to.deep.equal(['17', '17'])
  })

  it('that the kit did not write finds nothing, and is no error', () => {
    for (const id of ['~', '~a', '~a=%', '~a=1=2', '~&&=', '~a=']) {
      expect(parseJoinedId(id, joinedKeys(['a'])), id).to.deep.equal([undefined])
    }
  })

  it('holds a lone surrogate as U+FFFD, as UTF-8 does', () => {
    expect(parseJoinedId(write(['a'], ['\ud800']), joinedKeys(['a']))).to.deep.equal(['\ufffd'])
  })
})
