import { AssertionError } from 'node:assert'
import { expect } from 'chai'
import type { ChannelStore, ChannelSubscription, StoredEvent } from '../../src/index.js'
import { MemoryStore } from '../../src/shared/streams/channel/memory-store.js'
import { checkChannelStore } from '../../src/testing/index.js'

type Deliver = (event: StoredEvent) => void

/** A store that is right but for what `faults` replaces. */
class BrokenStore implements ChannelStore {
  readonly memory = new MemoryStore(1000)
  readonly faults: Partial<ChannelStore>

  constructor(faults: (memory: MemoryStore) => BrokenStore['faults']) {
    this.faults = faults(this.memory)
    const { keeps } = this.faults
    if (keeps !== undefined) this.keeps = keeps
  }

  keeps?: NonNullable<ChannelStore['keeps']>

  append(event: { readonly id: string | undefined; readonly fields: string }) {
    return this.faults.append?.(event) ?? this.memory.append(event)
  }

  subscribe(deliver: Deliver, fail: (error: Error) => void) {
    return this.faults.subscribe?.(deliver, fail) ?? this.memory.subscribe(deliver)
  }

  since(id: string) {
    return this.faults.since?.(id) ?? this.memory.since(id)
  }
}

/** What a feed does with every event before it delivers it. */
const feedThat = (change: (deliver: Deliver, event: StoredEvent, count: number) => void) => (memory: MemoryStore) => ({
  subscribe(deliver: Deliver): ChannelSubscription {
    let count = 0
    return memory.subscribe((event) => change(deliver, event, ++count))
  },
})

const later = (task: () => void): void => void setTimeout(task, 30)

/** Rule, what breaks it, and the store. */
const BROKEN: readonly (readonly [
  rule: string,
  fault: string,
  faults: (memory: MemoryStore) => BrokenStore['faults'],
])[] = [
  ['append() resolves to the event', 'gives no id', () => ({ append: ({ fields }) => ({ id: '', fields }) })],
  [
    'append() resolves to the event',
    'gives an id with a line break',
    () => ({ append: ({ fields }) => ({ id: 'a\nb', fields }) }),
  ],
  [
    'subscribe() resolves to',
    'has no position',
    (memory) => ({ subscribe: (deliver) => ({ ...memory.subscribe(deliver), position: '' }) }),
  ],
  [
    'subscribe() resolves to',
    'has no close',
    (memory) => ({ subscribe: (deliver) => ({ ...memory.subscribe(deliver), close: undefined as never }) }),
  ],
  [
    'a feed gives every event',
    'gives each event twice',
    feedThat((deliver, event) => {
      deliver(event)
      deliver(event)
    }),
  ],
  [
    'a feed gives every event',
    'loses an event',
    feedThat((deliver, event, count) => {
      if (count !== 7) deliver(event)
    }),
  ],
  [
    'a feed gives every event',
    'gives events of the past',
    (memory) => ({
      subscribe(deliver) {
        const subscription = memory.subscribe(deliver)
        for (const event of memory.since('no such id')) deliver(event)
        return subscription
      },
    }),
  ],
  [
    'ids are unique',
    'gives two events of one moment the same id',
    (memory) => {
      let before: string | undefined
      return {
        append({ fields }) {
          const event = memory.append({ id: fields === 'data: 99\n' ? before : undefined, fields })
          before = event.id
          return event
        },
      }
    },
  ],
  [
    'have one order',
    'delivers later what came together',
    feedThat((deliver, event, count) => {
      if (count > 50 && count % 2 === 0) later(() => deliver(event))
      else deliver(event)
    }),
  ],
  [
    'appended while a feed opens',
    'reads its position before it listens',
    (memory) => ({
      subscribe: async (deliver) => {
        const position = memory.subscribe(() => undefined).position
        await new Promise((resolve) => setTimeout(resolve, 5))
        return { ...memory.subscribe(deliver), position }
      },
    }),
  ],
  [
    'since() gives the events after an id',
    'begins with the event itself',
    (memory) => ({
      since(id) {
        const all = [...memory.since('no such id')]
        const index = all.findIndex((event) => event.id === id)
        return index === all.length - 1 ? all.slice(index) : memory.since(id)
      },
    }),
  ],
  [
    'since() sees at once',
    'reads from a replica that lags',
    (memory) => {
      const copied = new Set<string>()
      memory.subscribe(({ id }) => later(() => copied.add(id)))
      // Only the events of that rule have this text, so no other rule sees the lag.
      const isThere = ({ id, fields }: StoredEvent): boolean => fields !== 'data: after\n' || copied.has(id)
      return { since: (id) => [...memory.since(id)].filter(isThere) }
    },
  ],
  [
    'if it does not know the id',
    'gives nothing',
    (memory) => ({
      since: (id) =>
        [...memory.since('no such id')].some((event) => event.id === id) || /-0$/.test(id) ? memory.since(id) : [],
    }),
  ],
  [
    'if it does not know the id',
    'fails',
    (memory) => ({
      since(id) {
        if (id === '') throw new Error('syntax error')
        return memory.since(id)
      },
    }),
  ],
  [
    'if it does not know the id',
    'keeps too little',
    (memory) => ({ since: (id) => [...memory.since(id)].slice(-120) }),
  ],
  [
    'since() gives a long replay whole',
    'gives one page',
    (memory) => ({ since: (id) => [...memory.since(id)].slice(0, 500) }),
  ],
  ['keeps(), if there is one', 'says yes to all', () => ({ keeps: () => true })],
  ['keeps(), if there is one', 'says no to all', () => ({ keeps: () => false })],
  [
    'the text of an event comes back',
    'keeps text up to a NUL',
    (memory) => ({ append: ({ id, fields }) => memory.append({ id, fields: fields.split('\0', 1)[0] ?? '' }) }),
  ],
  [
    'the text of an event comes back',
    'cuts long text',
    (memory) => ({ append: ({ id, fields }) => memory.append({ id, fields: fields.slice(0, 8000) }) }),
  ],
  [
    'a feed that is closed',
    'does not close',
    (memory) => ({ subscribe: (deliver) => ({ ...memory.subscribe(deliver), close: () => undefined }) }),
  ],
]

describe('checkChannelStore', function () {
  this.timeout(60_000)

  it('passes the memory of a process', () => checkChannelStore(new MemoryStore(1000)))

  for (const [rule, fault, faults] of BROKEN) {
    it(`refuses a store that ${fault}: ${rule}`, async () => {
      const checked = checkChannelStore(new BrokenStore(faults), { patience: '300ms' })
      const error: unknown = await checked.then(
        () => undefined,
        (reason: unknown) => reason,
      )
      expect(error).to.be.instanceOf(AssertionError)
      expect(String(error)).to.include('checkChannelStore: ').and.to.include(rule)
    })
  }

  it('tells two processes apart: a store that brings events to its own process only fails', async () => {
    const checked = checkChannelStore(new MemoryStore(1000), { other: new MemoryStore(1000), patience: '300ms' })
    expect(String(await checked.catch((reason: unknown) => reason))).to.include('whichever process appends it')
  })

  it('refuses options that it does not know', async () => {
    const checked = checkChannelStore(new MemoryStore(10), { patiense: 1 } as object)
    expect(await checked.catch((error) => error.code)).to.equal('INVALID_OPTION')
  })
})
