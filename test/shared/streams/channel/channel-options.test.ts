import { expect } from 'chai'
import { readChannelOptions } from '../../../../src/shared/streams/channel/channel-options.js'
import { MemoryStore } from '../../../../src/shared/streams/channel/memory-store.js'

describe('readChannelOptions', () => {
  it('keeps events in memory if no store is given', () => {
    expect(readChannelOptions({}).store).to.be.instanceOf(MemoryStore)
    expect(readChannelOptions({ replay: 0 }).store).to.be.instanceOf(MemoryStore)
  })

  it('takes a store with three methods, and a function for its failures', () => {
    const store = {
      append: () => ({ id: '', fields: '' }),
      subscribe: () => ({ position: '', close() {} }),
      since: () => [],
    }
    const onError = (): void => undefined
    const maxClients = Number.POSITIVE_INFINITY
    expect(readChannelOptions({ store, onError })).to.deep.equal({ name: '', store, maxClients, onError })
  })

  const wrong: [title: string, options: unknown, words: string][] = [
    ['an unknown key', { replays: 5 }, "'replays'"],
    ['a negative replay', { replay: -1 }, "'replay'"],
    ['a fraction as replay', { replay: 1.5 }, "'replay'"],
    ['a replay above 1,000,000', { replay: 1_000_001 }, "'replay'"],
    ['a replay beside a store', { replay: 5, store: { append() {}, subscribe() {}, since() {} } }, "'replay'"],
    ['a store without since', { store: { append() {}, subscribe() {} } }, "'store'"],
    ['null as a store', { store: null }, "'store'"],
    ['text as a store', { store: 'redis://:password@host' }, "'store'"],
    ['an onError that is no function', { onError: true }, "'onError'"],
    ['a number as a name', { name: 7 }, "'name'"],
    ['no room at all', { maxClients: 0 }, "'maxClients'"],
    ['a fraction of a client', { maxClients: 1.5 }, "'maxClients'"],
    ['text as a limit', { maxClients: '5' }, "'maxClients'"],
    ['NaN as a limit', { maxClients: Number.NaN }, "'maxClients'"],
  ]
  for (const [title, options, words] of wrong) {
    it(`refuses ${title}, and names the option`, () => {
      let refusal: any
      try {
        readChannelOptions(options as any)
      } catch (error) {
        refusal = error
      }
      expect(refusal).to.include({ code: 'INVALID_OPTION' })
      expect(refusal.message).to.include(words).and.not.include('password')
    })
  }
})
