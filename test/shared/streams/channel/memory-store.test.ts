import { expect } from 'chai'
import { MemoryStore } from '../../../../src/shared/streams/channel/memory-store.js'

const dataOf = (events: Iterable<{ fields: string }>): string[] => [...events].map(({ fields }) => fields)

function storeWith(limit: number, count: number): { store: MemoryStore; ids: string[] } {
  const store = new MemoryStore(limit)
  const ids = Array.from({ length: count }, (_, index) => store.append({ id: undefined, fields: `${index}` }).id)
  return { store, ids }
}

describe('MemoryStore', () => {
  it('gives what came after an id, in order', () => {
    const { store, ids } = storeWith(10, 5)
    expect(dataOf(store.since(ids[2] ?? ''))).to.deep.equal(['3', '4'])
    expect(dataOf(store.since(ids[4] ?? ''))).to.deep.equal([])
  })

  for (const count of [3, 4, 7, 8, 9, 100]) {
    it(`keeps the last 4 of ${count} events, and gives all of them for an id it does not know`, () => {
      const { store, ids } = storeWith(4, count)
      const kept = Array.from({ length: Math.min(4, count) }, (_, index) => `${Math.max(0, count - 4) + index}`)
      expect(dataOf(store.since('unknown'))).to.deep.equal(kept)
      expect(dataOf(store.since(ids[0] ?? ''))).to.deep.equal(count > 4 ? kept : kept.slice(1))
    })
  }

  it('goes on after the last event of an id that was used twice', () => {
    const store = new MemoryStore(10)
    for (const id of ['a', 'b', 'a', 'c']) store.append({ id, fields: id })
    expect(dataOf(store.since('a'))).to.deep.equal(['c'])
  })

  it('finds an id that was used again after its first event was dropped', () => {
    const store = new MemoryStore(2)
    for (const id of ['a', 'b', 'a', 'c', 'd', 'e', 'f']) store.append({ id, fields: id })
    expect(dataOf(store.since('e'))).to.deep.equal(['f'])
    expect(dataOf(store.since('a'))).to.deep.equal(['e', 'f'])
    store.append({ id: 'a', fields: 'a' })
    store.append({ id: 'g', fields: 'g' })
    expect(dataOf(store.since('a'))).to.deep.equal(['g'])
  })

  it('finds an id as fast among 200,000 events as among few', () => {
    const { store } = storeWith(200_000, 200_000)
    const started = process.cpuUsage()
    for (let count = 0; count < 10_000; count++) store.since(`unknown ${count}`)
    expect(process.cpuUsage(started).user / 1000).to.be.below(500) // a search takes more than 1 ms each
  })

  it('a feed begins after its position, and ends when it is closed', () => {
    const { store, ids } = storeWith(10, 2)
    const seen: string[] = []
    const { position, close } = store.subscribe(({ fields }) => void seen.push(fields))
    expect(position).to.equal(ids[1])
    store.append({ id: 'x', fields: 'after' })
    close()
    store.append({ id: 'y', fields: 'closed' })
    expect(seen).to.deep.equal(['after'])
    expect(dataOf(store.since(position))).to.deep.equal(['after', 'closed'])
  })

  it('the position of an empty store stands before the first event', () => {
    const store = new MemoryStore(10)
    const { position } = store.subscribe(() => undefined)
    store.append({ id: undefined, fields: 'first' })
    expect(position).not.to.equal('')
    expect(dataOf(store.since(position))).to.deep.equal(['first'])
  })

  it('a replay is not changed by events that come while it is read', () => {
    const { store } = storeWith(4, 4)
    const replay = store.since('unknown')[Symbol.iterator]()
    replay.next()
    for (let index = 0; index < 20; index++) store.append({ id: undefined, fields: 'later' })
    expect(dataOf({ [Symbol.iterator]: () => replay })).to.deep.equal(['1', '2', '3'])
  })

  it('says whether it keeps all events after an id', () => {
    const store = new MemoryStore(3)
    const { position } = store.subscribe(() => undefined)
    expect(store.keeps(position)).to.equal(true)
    for (let count = 1; count <= 10; count++) {
      store.append({ id: `${count}`, fields: '' })
      for (let id = 1; id <= count; id++) {
        const missed = Array.from({ length: count - id }, (_, index) => `${id + index + 1}`)
        const replayed = Array.from(store.since(`${id}`), (event) => event.id)
        expect(store.keeps(`${id}`), `${id} of ${count}`).to.equal(`${replayed}` === `${missed}`)
        expect(store.keeps(`${id}`)).to.equal(missed.length <= 3)
      }
      expect(store.keeps(position)).to.equal(count <= 3)
    }
    expect(store.keeps('of another process')).to.equal(false)
  })

  it('a store that keeps nothing keeps all for a client that has missed nothing', () => {
    const store = new MemoryStore(0)
    store.append({ id: 'a', fields: '' })
    expect(store.keeps('a')).to.equal(true)
    store.append({ id: 'b', fields: '' })
    expect(store.keeps('a')).to.equal(false)
  })

  it('a store that keeps nothing has no position', () => {
    const { store } = storeWith(0, 3)
    expect(dataOf(store.since('unknown'))).to.deep.equal([])
    expect(new MemoryStore(0).subscribe(() => undefined).position).to.equal('')
  })
})
