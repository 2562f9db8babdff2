import { setImmediate as turn } from 'node:timers/promises'
import { expect } from 'chai'
import { type Channel, type ChannelStore, channel, type StoredEvent } from '../../../../src/index.js'
import { countPerTurn, spend } from '../../../support/turn-counter.js'

const failureOf = (promise: Promise<unknown>): Promise<any> =>
  promise.then(
    () => undefined,
    (error) => error,
  )

/** The data of the next events of an iteration. */
async function take(events: AsyncIterator<{ readonly data?: unknown }>, count: number): Promise<unknown[]> {
  const data: unknown[] = []
  while (data.length < count) data.push((await events.next()).value?.data)
  return data
}

describe('an iteration of a channel', () => {
  const open: Channel[] = []
  const create = (options = {}): Channel => {
    const made = channel(options)
    open.push(made)
    return made
  }
  afterEach(() => Promise.all(open.splice(0).map((each) => each.close())))

  it('gives the events as they were published, with their ids, from its first next() on', async () => {
    const news = create()
    await news.publish('before')
    const events = news[Symbol.asyncIterator]()
    await news.publish('not started')
    const first = events.next()
    await turn()
    await news.publish({ id: 7, event: 'x', data: { n: 1 } })
    await news.publish('text')
    expect((await first).value).to.deep.equal({ id: '7', event: 'x', data: { n: 1 } })
    expect((await events.next()).value).to.include({ data: 'text' })
  })

  for (const others of [0, 1]) {
    it(`gives what is published in the turn of its first next(), beside ${others} other clients`, async () => {
      const news = create()
      const joined: Promise<unknown>[] = Array.from({ length: others }, () => news.events().next())
      if (others > 0) await turn()
      void news.publish('before')
      joined.push(take(news.events(), 2))
      void news.publish('first')
      void news.publish('second')
      expect(await joined.at(-1)).to.deep.equal(['first', 'second'])
    })
  }

  it('can be delegated to: a generator yields a snapshot and then the news', async () => {
    const news = create()
    async function* stream() {
      yield { data: 'snapshot' }
      yield* news
    }
    const events = stream()
    expect((await events.next()).value).to.deep.equal({ data: 'snapshot' })
    const next = events.next()
    await turn()
    await news.publish('live')
    expect((await next).value).to.include({ data: 'live' })
    expect(news.size).to.equal(1)
    await events.return()
    expect(news.size).to.equal(0)
  })

  it('is a client of the channel from its first next() to its break', async () => {
    const news = create()
    const told: string[] = []
    news.onJoin(({ id }) => void told.push(`join ${id}`))
    news.onLeave(({ id }) => void told.push(`leave ${id}`))
    const events = news.events({ client: { id: 'ann', data: 7 } })
    expect(news.size).to.equal(0)
    const publishing = (async () => {
      while (news.size === 0) await turn()
      expect(news.clients).to.deep.equal([{ id: 'ann', data: 7 }])
      await turn()
      await news.publish('own', { except: 'ann' })
      await news.publish('one')
    })()
    for await (const { data } of events) {
      expect(data).to.equal('one')
      break
    }
    await publishing
    expect(news.size).to.equal(0)
    expect(told).to.deep.equal(['join ann', 'leave ann'])
    expect(await events.next()).to.deep.equal({ done: true, value: undefined })
  })

  it('that never starts holds nothing, and can be returned', async () => {
    const news = create()
    const events = news.events()
    expect(news.size).to.equal(0)
    expect(await events.return?.()).to.deep.equal({ done: true, value: undefined })
    expect(await events.next()).to.deep.equal({ done: true, value: undefined })
    expect(news.size).to.equal(0)
  })

  it('begins after an id, with what the channel keeps, each event once', async () => {
    const news = create()
    for (const id of ['a', 'b', 'c']) await news.publish({ id, data: id })
    const events = news.events({ lastEventId: 'a' })
    expect(await take(events, 1)).to.deep.equal(['b'])
    await news.publish({ id: 'd', data: 'd' })
    expect(await take(events, 2)).to.deep.equal(['c', 'd'])
  })

  it('ends when the channel closes, after the events that came before; a closed channel has none', async () => {
    const news = create()
    const events = news.events()
    const first = events.next()
    await turn()
    for (const data of ['a', 'b']) news.publish(data)
    await news.close()
    expect((await first).value).to.include({ data: 'a' })
    expect(await take(events, 1)).to.deep.equal(['b'])
    expect(await events.next()).to.deep.equal({ done: true, value: undefined })
    expect(await news.events().next()).to.deep.equal({ done: true, value: undefined })
  })

  it('ends when its signal fires, before it starts or later', async () => {
    const news = create()
    for (const isEarly of [true, false]) {
      const leaving = new AbortController()
      const events = news.events({ signal: leaving.signal })
      if (isEarly) leaving.abort()
      const next = events.next()
      leaving.abort()
      expect(await next).to.deep.equal({ done: true, value: undefined })
      expect(news.size).to.equal(0)
    }
  })

  it('answers several calls of next() in their order', async () => {
    const news = create()
    const events = news.events()
    const waiting = [events.next(), events.next(), events.next()]
    await turn()
    for (const data of ['a', 'b']) await news.publish(data)
    await turn()
    await events.return?.()
    expect((await Promise.all(waiting)).map(({ value }) => value?.data)).to.deep.equal(['a', 'b', undefined])
  })

  it('gets no event that others are given when it starts', async () => {
    const news = create({ replay: 0 })
    const late: Promise<unknown>[] = []
    const slow = news.events()
    const first = slow.next()
    await turn()
    news.onLeave(() => void late.push(take(news.events(), 1))) // a loop that listens again
    let published = 0
    for (; news.size === 1 && late.length === 0 && published < 100; published++) {
      await news.publish(`${published} ${'x'.repeat(64 * 1024)}`)
      await turn()
    }
    await news.publish('after')
    expect(await late[0]).to.deep.equal(['after'])
    await first
  })

  it('gets what is published while others are given an event after that event', async () => {
    const news = create({ replay: 0 })
    const slow = news.events()
    const first = slow.next()
    const reading = news.events()
    const got: unknown[] = []
    const done = (async () => {
      for await (const { data } of reading) got.push(String(data).slice(0, 5))
    })()
    await turn()
    news.onLeave(() => void news.publish(`large ${'x'.repeat(100 * 1024)}`)) // it does not wait for the tick
    for (let number = 0; news.size === 2 && number < 100; number++) {
      await news.publish(`${10_000 + number} ${'x'.repeat(60 * 1024)}`)
      await turn()
    }
    await news.publish('after')
    while (!got.includes('after')) await turn()
    const dropped = got.indexOf('large')
    expect([got[dropped - 1], got[dropped + 1]]).to.deep.equal([String(10_000 + dropped - 1), 'after'])
    await first
    await news.close()
    await done
  })

  it('gets all events that were published, if a listener closes the channel while they are delivered', async () => {
    const news = create({ replay: 0 })
    const slow = news.events()
    const first = slow.next()
    const got: string[] = []
    const done = (async () => {
      for await (const { data } of news.events()) got.push(String(data).slice(0, 5))
    })()
    await turn()
    let closing: Promise<void> | undefined
    news.onLeave(() => {
      void news.publish('bye')
      closing = news.close()
    })
    let published = 0
    for (; closing === undefined && published < 100; published++) {
      await news.publish(`${10_000 + published} ${'x'.repeat(60 * 1024)}`)
      await turn()
    }
    await done
    expect(got).to.deep.equal([...Array.from({ length: published }, (_, number) => `${10_000 + number}`), 'bye'])
    await Promise.all([first, closing])
  })

  it('gets all events after a break of its feed, as every other, if the store answers and delivers at once', async () => {
    const events: StoredEvent[] = []
    const addEvent = (data: string): StoredEvent => {
      const event = { id: `${events.length + 1}`, fields: `data: ${data}\n` }
      events.push(event)
      return event
    }
    let deliverTo = (_: StoredEvent): void => undefined
    let breakFeed = (): void => undefined
    let isSecondFeed = false
    const news = create({
      store: {
        append({ fields }) {
          const event = { id: `${events.length + 1}`, fields }
          events.push(event)
          deliverTo(event)
          return event
        },
        subscribe(deliver, fail) {
          const position = `${events.length}`
          deliverTo = deliver
          breakFeed = () => fail(new Error('the feed broke off'))
          if (isSecondFeed) deliver(addEvent('at once'))
          return { position, close() {} }
        },
        since: (id) => events.slice(Number(id)),
      } satisfies ChannelStore,
    })
    const both = [1, 2].map(() => take(news.events(), 4))
    await news.publish('one')
    await turn()
    const { now } = performance
    performance.now = () => now.call(performance) + 6000 // a store that has worked for so long is asked again at once
    try {
      addEvent('missed')
      isSecondFeed = true
      breakFeed()
    } finally {
      performance.now = now
    }
    await news.publish('after')
    for (const data of await Promise.all(both)) expect(data).to.deep.equal(['one', 'missed', 'at once', 'after'])
  })

  it('that does not keep up is dropped with more than 1 MB before it, and fails', async () => {
    const news = create({ replay: 0 })
    const events = news.events()
    const first = events.next()
    await turn()
    let published = 0
    for (; news.size === 1 && published < 100; published++) {
      await news.publish('x'.repeat(64 * 1024))
      await turn()
    }
    expect(published).to.equal(17) // one was taken, 15 stay below 1 MB with their ids, one more is above
    await first
    expect(await failureOf(events.next())).to.include({ code: 'ENOBUFS' })
    expect(await events.next()).to.deep.equal({ done: true, value: undefined })
  })

  it('that keeps up gets an event of any length', async () => {
    const news = create()
    const events = news.events()
    const first = events.next()
    await turn()
    await news.publish('small')
    await first
    await news.publish('x'.repeat(2 * 1024 * 1024)) // no next() waits for it
    await turn()
    expect((await events.next()).value?.data).to.have.length(2 * 1024 * 1024)
  })

  it('that keeps up gets missed events of any length, one after others', async () => {
    const news = create()
    await news.publish({ id: 'a', data: '' })
    for (const data of ['b', 'c', 'x'.repeat(2 * 1024 * 1024), 'd']) await news.publish(data)
    const events = news.events({ lastEventId: 'a' })
    const lengths = (await take(events, 4)).map((data) => String(data).length)
    expect(lengths).to.deep.equal([1, 1, 2 * 1024 * 1024, 1])
  })

  for (const kind of ['missed', 'new'] as const) {
    it(`leaves the event loop to others between ${kind} events, and keeps their order`, async () => {
      const news = create()
      await news.publish({ id: 'a', data: 'a' })
      const given = Array.from({ length: 30 }, (_, index) => index)
      if (kind === 'missed') for (const data of given) await news.publish({ data })
      const events = news.events({ lastEventId: 'a' })
      const first = events.next()
      await turn()
      if (kind === 'new') for (const data of given) void news.publish({ data })
      const taken: unknown[] = [(await first).value?.data]
      const counter = countPerTurn()
      // Two calls at a time: the answers must not overtake each other.
      const takeMany = async (count: number): Promise<void> => {
        for (let index = 0; index < count; index++) {
          const { value } = await events.next()
          counter.count()
          taken.push(value?.data)
          spend(2)
        }
      }
      await Promise.all([takeMany(15), takeMany(14)])
      await events.return?.()
      expect(taken).to.deep.equal(given)
      expect(counter.end()).to.be.at.most(8)
    })
  }

  it('that is dropped while its next() waits fails there', async () => {
    let deliver: (event: StoredEvent) => void = () => undefined
    const store: ChannelStore = {
      append: ({ fields }) => ({ id: '1', fields }),
      subscribe(given) {
        deliver = given
        return { position: '9', close: () => undefined }
      },
      since: () => new Promise(() => undefined), // as a server that does not answer
    }
    const events = create({ store }).events({ lastEventId: '1' })
    const waiting = failureOf(events.next())
    for (let id = 10; id < 40; id++) {
      await turn()
      deliver({ id: `${id}`, fields: `data: ${'x'.repeat(64 * 1024)}\n` })
    }
    expect(await waiting).to.include({ code: 'ENOBUFS' })
    expect(await events.next()).to.deep.equal({ done: true, value: undefined })
  })

  it('waits for a store that fails beside any number of others, without a warning', async () => {
    const warnings: Error[] = []
    const note = (warning: Error): void => void warnings.push(warning)
    process.on('warning', note)
    let failures = 0
    const store: ChannelStore = {
      append: () => ({ id: '', fields: '' }),
      subscribe: () => ({ position: '9', close: () => undefined }),
      since: () => Promise.reject(new Error('away')),
    }
    const news = create({ store, onError: () => failures++ })
    // More than the listeners of one signal that Node takes without a warning.
    const waiting = Array.from({ length: 12 }, () => news.events({ lastEventId: '1' }).next())
    while (failures < waiting.length) await turn()
    await turn() // a warning comes later
    process.off('warning', note)
    expect(warnings).to.deep.equal([])
    await news.close()
    expect(await Promise.all(waiting)).to.deep.equal(waiting.map(() => ({ done: true, value: undefined })))
  })

  it('is refused by a channel without room', async () => {
    const news = create({ maxClients: 1 })
    const first = news.events()
    const pending = first.next()
    expect(await failureOf(news.events().next())).to.include({ code: 'EAGAIN', status: 503 })
    await first.return?.()
    await pending
  })

  for (const options of [
    { after: '1' },
    { lastEventId: 7 },
    { lastEventId: 'a\nb' },
    { signal: {} },
    { client: 'ann' },
    null,
  ]) {
    it(`refuses ${JSON.stringify(options)} at once`, () => {
      let refusal: any
      try {
        create().events(options as any)
      } catch (error) {
        refusal = error
      }
      expect(refusal).to.include({ code: 'INVALID_OPTION' })
      expect(refusal.message).to.match(/^events/)
    })
  }
})
