import { deepEqual, ok } from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import { checkKeys } from '../shared/checks/check-keys.js'
import { type Duration, durationMs } from '../shared/checks/duration.js'
import type { ChannelStore, ChannelSubscription, StoredEvent } from '../shared/streams/channel/channel-store.js'
import { checkRules, type Rule } from './check-rules.js'

/** Options of `checkChannelStore()`. */
export interface ChannelStoreCheckOptions {
  /** The same topic as another process has it, over a connection of its own. Default: the store itself. */
  readonly other?: ChannelStore
  /** How long an event may take from one process to another. Seconds, or a duration with its unit. Default `'5s'`. */
  readonly patience?: Duration
}

/**
 * Checks that a store of the app's own keeps the contract of `ChannelStore`: order, completeness, replay, text that comes back
 * as it was. It appends about a thousand events. The store must keep at least 200 of them.
 *
 * @param store An empty topic is best: the check takes no notice of events that were there before.
 * @param options `other`, the same topic in another process, and `patience`.
 * @returns A promise that rejects with an `AssertionError`, which names the rule that the store breaks.
 * @example it('keeps the contract', () => checkChannelStore(natsStore(connection, 'test')))
 */
export async function checkChannelStore(store: ChannelStore, options: ChannelStoreCheckOptions = {}): Promise<void> {
  checkKeys('checkChannelStore()', options, ['other', 'patience'])
  const { other = store, patience = '5s' } = options
  const patienceMs = durationMs(patience, "checkChannelStore(): option 'patience'")
  const feeds = new Set<Feed>()
  const subject: Subject = {
    store,
    other,
    append: async (to, fields) => to.append({ id: undefined, fields }),
    open: async (from) => {
      const feed = await Feed.open(from, patienceMs)
      feeds.add(feed)
      return feed
    },
  }
  try {
    await checkRules('checkChannelStore', RULES, subject)
  } finally {
    await Promise.allSettled(Array.from(feeds, (feed) => feed.close())) // a failure must not hide the rule that is broken
  }
}

/** The store that is checked, as a rule uses it. */
interface Subject {
  readonly store: ChannelStore
  readonly other: ChannelStore
  append(to: ChannelStore, fields: string): Promise<StoredEvent>
  open(from: ChannelStore): Promise<Feed>
}

/** What one subscription has given so far. */
class Feed {
  readonly events: StoredEvent[] = []
  #subscription: ChannelSubscription | undefined
  #failure: Error | undefined
  #onChange: () => void = () => undefined
  readonly #patienceMs: number

  private constructor(patienceMs: number) {
    this.#patienceMs = patienceMs
  }

  static async open(store: ChannelStore, patienceMs: number): Promise<Feed> {
    const feed = new Feed(patienceMs)
    feed.#subscription = await store.subscribe(
      (event) => {
        feed.events.push(event)
        feed.#onChange()
      },
      (error) => {
        feed.#failure = error
        feed.#onChange()
      },
    )
    return feed
  }

  get subscription(): ChannelSubscription | undefined {
    return this.#subscription
  }

  get position(): string {
    return this.#subscription?.position ?? ''
  }

  get ids(): string[] {
    return idsOf(this.events)
  }

  /** Resolves when the feed has given this event. */
  async until({ id }: StoredEvent): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.#patienceMs)
      this.#onChange = () => {
        if (this.#failure === undefined && !this.events.some((event) => event.id === id)) return
        clearTimeout(timer)
        resolve()
      }
      this.#onChange()
    })
    ok(this.#failure === undefined, `the feed broke off: ${this.#failure?.message}`)
    ok(this.ids.includes(id), `the event ${id} did not come in ${this.#patienceMs / 1000} seconds`)
  }

  async close(): Promise<void> {
    await this.#subscription?.close()
  }
}

/** How many events are appended together. */
const MANY = 100
/** More than a page of any store. */
const LONG = 600
const KEPT = 200

/** Ids that no store gives. */
const UNKNOWN_IDS = [
  'no such id',
  '',
  '-1',
  '9'.repeat(30),
  `${'9'.repeat(15)}-0`,
  'x'.repeat(1000),
  "' or 1=1; \u2028é",
]

/** What clients send and apps publish. */
const TEXTS = [
  'data: plain\n',
  '',
  'data: \u0000 NUL, \u2028 and \uFEFF\n',
  'data: Größe, 日本語, 🙂\n',
  'data: " \' \\ \\x00 %s $1 $(a) -- ;\n',
  ':a comment first\nevent: e\ndata:{"a":1}\ndata: \ndata\n',
  `data: ${'a'.repeat(7990)}\n`,
  `data: ${'é🙂'.repeat(10_000)}\n`,
]

const RULES: readonly Rule<Subject>[] = [
  [
    'append() resolves to the event, with an id that can stand in a line',
    async ({ store, append }) => {
      const event = await append(store, 'data: first\n')
      ok(typeof event?.id === 'string' && /^[^\0\r\n]+$/.test(event.id), `the id is ${JSON.stringify(event?.id)}`)
      deepEqual(event.fields, 'data: first\n')
    },
  ],
  [
    'subscribe() resolves to { position, close }, and a store that keeps events has a position',
    async ({ store, open }) => {
      const { subscription } = await open(store)
      ok(typeof subscription?.position === 'string' && subscription.position !== '', 'position must be an id')
      ok(typeof subscription.close === 'function', 'close must be a function')
    },
  ],
  [
    'a feed gives every event after its position, whichever process appends it, once and in order',
    async ({ store, other, append, open }) => {
      const feeds = [await open(store), await open(other), await open(store)]
      const events: StoredEvent[] = []
      for (let number = 0; number < 20; number++) {
        events.push(await append(number % 2 === 0 ? store : other, `data: ${number}\n`))
      }
      for (const feed of feeds) {
        for (const event of events) await feed.until(event)
        deepEqual(feed.ids.slice(-events.length), idsOf(events))
        deepEqual(feed.ids, await idsSince(store, feed.position)) // the position may be older than the first event
      }
    },
  ],
  [
    'ids are unique, also of events that processes append at the same time',
    async ({ store, other, append }) => {
      const events = await appendTogether(MANY, [store, other], append)
      deepEqual(new Set(idsOf(events)).size, MANY)
    },
  ],
  [
    'events that are appended at the same time have one order: in every feed, and in since()',
    async ({ store, other, append, open }) => {
      const feeds = [await open(store), await open(other)]
      const events = await appendTogether(MANY, [store, other], append)
      const appended = new Set(idsOf(events))
      for (const feed of feeds) {
        for (const event of events) await feed.until(event)
        const replayed = await idsSince(store, feed.position)
        deepEqual(replayed.filter((id) => appended.has(id)).length, MANY)
        deepEqual(feed.ids, replayed)
      }
    },
  ],
  [
    'an event that is appended while a feed opens is before its position or in the feed',
    async ({ store, other, append, open }) => {
      for (let round = 0; round < 10; round++) {
        const [feed] = await Promise.all([
          open(store),
          append(other, 'data: early\n'),
          turn().then(() => append(store, 'data: a turn later\n')),
        ])
        await feed.until(await append(other, 'data: last\n'))
        deepEqual(feed.ids, await idsSince(other, feed.position))
        await feed.close()
      }
    },
  ],
  [
    'since() gives the events after an id, in order, and none after the last',
    async ({ store, other, append }) => {
      const events: StoredEvent[] = []
      for (let number = 0; number < 10; number++) events.push(await append(store, `data: ${number}\n`))
      for (const [index, { id }] of events.entries()) {
        deepEqual(await idsSince(other, id), idsOf(events.slice(index + 1)))
      }
    },
  ],
  [
    'since() sees at once what append() has kept, in every process',
    async ({ store, other, append }) => {
      let before = await append(store, 'data: before\n')
      for (let round = 0; round < 20; round++) {
        const event = await append(round % 2 === 0 ? store : other, 'data: after\n')
        deepEqual(await idsSince(round % 2 === 0 ? other : store, before.id), [event.id])
        before = event
      }
    },
  ],
  [
    'since() gives all that is kept if it does not know the id',
    async ({ store, append }) => {
      const last = await append(store, 'data: last\n')
      const all = await idsSince(store, 'no such id')
      deepEqual(all.at(-1), last.id)
      ok(all.length >= KEPT, `the store keeps ${all.length} events, fewer than ${KEPT}`)
      for (const id of UNKNOWN_IDS) deepEqual(await idsSince(store, id), all, `for the id ${JSON.stringify(id)}`)
    },
  ],
  [
    'since() gives a long replay whole, and may be left before its end',
    async ({ store, other, append }) => {
      const events: StoredEvent[] = []
      for (let round = 0; round < LONG / MANY; round++) {
        events.push(...(await appendTogether(MANY, [store, other], append)))
      }
      for await (const _ of await store.since('no such id')) break
      const all = await idsSince(store, 'no such id')
      const kept = all.slice(-LONG)
      deepEqual(new Set(kept).size, kept.length)
      ok(kept.length >= KEPT, `the store keeps ${kept.length} events, fewer than ${KEPT}`)
      const appended = new Set(idsOf(events))
      deepEqual(
        kept.filter((id) => !appended.has(id)),
        [],
      )
      deepEqual(await idsSince(other, kept[0] ?? ''), kept.slice(1))
    },
  ],
  [
    'keeps(), if there is one, tells whether since() gives every event after an id',
    async ({ store, other, append, open }) => {
      const { position } = await open(store)
      const { id } = await append(store, 'data: kept\n')
      for (const each of [store, other]) {
        if (each.keeps === undefined) continue
        for (const known of [position, id]) deepEqual(await each.keeps(known), true, `for the known id ${known}`)
        for (const unknown of UNKNOWN_IDS) {
          deepEqual(await each.keeps(unknown), false, `for the id ${JSON.stringify(unknown)}`)
        }
      }
    },
  ],
  [
    'the text of an event comes back as it was, in the feed and in since()',
    async ({ store, other, append, open }) => {
      const feed = await open(other)
      for (const text of TEXTS) await feed.until(await append(store, text))
      deepEqual(fieldsOf(feed.events).slice(-TEXTS.length), TEXTS)
      deepEqual(fieldsOf(await eventsSince(other, feed.position)).slice(-TEXTS.length), TEXTS)
    },
  ],
  [
    'a feed that is closed gives nothing more, and the others go on',
    async ({ store, append, open }) => {
      const [closed, staying] = [await open(store), await open(store)]
      await closed.close()
      await closed.close()
      await staying.until(await append(store, 'data: after the end\n'))
      await turn()
      deepEqual(closed.events, [])
      await staying.close()
      const opened = await open(store)
      const event = await append(store, 'data: opened again\n')
      await opened.until(event)
      deepEqual(opened.ids.at(-1), event.id)
    },
  ],
]

async function appendTogether(
  count: number,
  stores: readonly ChannelStore[],
  append: Subject['append'],
): Promise<StoredEvent[]> {
  const texts = Array.from({ length: count }, (_, number) => `data: ${number}\n`)
  return Promise.all(
    texts.map((text, number) => append(stores[number % stores.length] as ChannelStore, text)), // within the list
  )
}

async function eventsSince(store: ChannelStore, id: string): Promise<StoredEvent[]> {
  const events: StoredEvent[] = []
  for await (const event of await store.since(id)) events.push(event)
  return events
}

const idsSince = async (store: ChannelStore, id: string): Promise<string[]> => idsOf(await eventsSince(store, id))
const idsOf = (events: readonly StoredEvent[]): string[] => events.map(({ id }) => id)
const fieldsOf = (events: readonly StoredEvent[]): string[] => events.map(({ fields }) => fields)
