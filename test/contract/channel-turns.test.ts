import { setImmediate as turn } from 'node:timers/promises'
import { expect } from 'chai'
import { type Channel, type ChannelEvent, type ChannelStore, channel, type StoredEvent } from '../../src/index.js'
import { contract } from '../support/contract.js'
import { EventBrowser, numbers, until } from '../support/event-browser.js'
import { countPerTurn, spend, type TurnCounter } from '../support/turn-counter.js'

/** Each event takes 2 ms in `filter` or `map`, so a turn has time for few. Without an end of turns one has all of them. */
const [COUNT, MOST_IN_TURN] = [30, 10]
const stored = numbers(1, COUNT).map((id) => ({ id, fields: `data: ${id}\n` }))

/** A store whose last events come in a way of its own. */
function storeOf(since: ChannelStore['since']): ChannelStore {
  return {
    append: ({ fields }) => ({ id: '', fields }),
    subscribe: () => ({ position: `${COUNT}`, close: () => undefined }),
    since,
  }
}

async function remembering(): Promise<Channel> {
  const news = channel()
  for (const id of numbers(0, COUNT)) await news.publish({ id, data: id })
  return news
}

/** A store that is slow to tell what was missed: the feed goes on meanwhile. */
async function slow(): Promise<Channel> {
  let deliver: (event: StoredEvent) => void = () => undefined
  const store: ChannelStore = {
    ...storeOf(() => []),
    subscribe(given) {
      deliver = given
      return { position: '1', close: () => undefined }
    },
    async since() {
      for (const event of stored.slice(1)) deliver(event)
      await turn()
      return stored.slice(0, 1)
    },
  }
  return channel({ store })
}

const missed: readonly (readonly [title: string, create: () => Channel | Promise<Channel>])[] = [
  ['in memory', remembering],
  ['in a list of the store', () => channel({ store: storeOf(() => stored) })],
  [
    'in an async iterable of the store',
    () =>
      channel({
        store: storeOf(async function* () {
          yield* stored
        }),
      }),
  ],
  ['that the feed gives while the store is read', slow],
]

const passages: readonly (readonly [title: string, (counter: TurnCounter) => object])[] = [
  [
    'filter',
    (counter) => ({
      filter() {
        counter.count()
        spend(2)
        return true
      },
    }),
  ],
  [
    'map',
    (counter) => ({
      map(event: ChannelEvent) {
        counter.count()
        spend(2)
        return { data: event.data }
      },
    }),
  ],
]

contract('channel: many events at once', ({ serve }) => {
  for (const [passage, optionsOf] of passages) {
    for (const [title, create] of missed) {
      it(`that were missed, ${title}, pass ${passage} in several turns of the event loop`, async () => {
        const news = await create()
        const counter = countPerTurn()
        const app = await serve((target) => target.sse(news, { lastEventId: '0', ...optionsOf(counter) }))
        const browser = new EventBrowser()
        browser.connect(app.port)
        await until(() => browser.events.length >= COUNT)
        expect(browser.events).to.deep.equal(numbers(1, COUNT))
        expect(counter.end()).to.be.at.most(MOST_IN_TURN)
        browser.leave()
        await news.close()
      })
    }
  }

  it('that are published in one tick pass filter in several turns, for all clients together', async () => {
    const news = channel()
    const options = passages[0]?.[1]
    const counter = countPerTurn()
    const app = await serve((target) => target.sse(news, options?.(counter)))
    const browsers = [new EventBrowser(), new EventBrowser(), new EventBrowser()]
    for (const browser of browsers) browser.connect(app.port)
    await until(() => news.size === 3)
    for (const data of numbers(1, COUNT - 10)) void news.publish(data)
    await turn()
    for (const data of numbers(COUNT - 9, COUNT)) void news.publish(data)
    const late = new EventBrowser() // gets none of them
    late.connect(app.port)
    await until(() => browsers.every(({ events }) => events.length >= COUNT))
    for (const browser of browsers) expect(browser.events).to.deep.equal(numbers(1, COUNT))
    expect(counter.end()).to.be.at.most(MOST_IN_TURN)
    await until(() => news.size === 4)
    expect(late.events).to.deep.equal([])
    for (const browser of [...browsers, late]) browser.leave()
    await news.close()
  })

  it('are all given before the end, if the channel closes', async () => {
    const news = channel()
    const counter = countPerTurn()
    const app = await serve((target) => target.sse(news, passages[0]?.[1](counter)))
    const browsers = [new EventBrowser(), new EventBrowser()]
    for (const browser of browsers) browser.connect(app.port)
    await until(() => news.size === 2)
    for (const data of numbers(1, COUNT)) void news.publish(data)
    await turn()
    await news.close()
    await until(() => browsers.every(({ isConnected }) => !isConnected))
    counter.end()
    for (const browser of browsers) expect(browser.events).to.deep.equal(numbers(1, COUNT))
  })

  it('are given once each, if the feed breaks off while they pass', async () => {
    let deliver: (event: StoredEvent) => void = () => undefined
    let fail: (error: Error) => void = () => undefined
    let position = '0'
    const news = channel({
      store: {
        ...storeOf((id) => stored.slice(Number(id))),
        subscribe(given, givenFail) {
          deliver = given
          fail = givenFail
          return { position, close: () => undefined }
        },
      },
    })
    let passed = 0
    const filter = (): boolean => {
      passed++
      spend(2)
      return true
    }
    const app = await serve((target) => target.sse(news, { filter }))
    const browser = new EventBrowser()
    browser.connect(app.port)
    await until(() => browser.text.includes('id: 0'))
    position = `${COUNT}`
    for (const event of stored) deliver(event)
    await turn()
    expect(passed).to.be.within(1, COUNT - 1)
    fail(new Error('broken'))
    await until(() => browser.events.length >= COUNT)
    expect(browser.events).to.deep.equal(numbers(1, COUNT))
    browser.leave()
    await news.close()
  })
})
