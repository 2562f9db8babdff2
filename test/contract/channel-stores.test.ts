import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises'
import { expect } from 'chai'
import { type Channel, type ChannelStore, type ChannelSubscription, channel } from '../../src/index.js'
import { collectGarbage } from '../support/collect-garbage.js'
import { contract } from '../support/contract.js'
import { EventBrowser, numbers, until } from '../support/event-browser.js'
import { EventServer, SlowStore } from '../support/faulty-store.js'

/** Events that never come. `told` learns what the channel does with them. */
function hangingEvents(told: string[]): AsyncIterable<never> {
  const next = (): Promise<never> => {
    told.push('asked')
    return new Promise(() => undefined)
  }
  const end = async (): Promise<any> => void told.push('ended')
  return { [Symbol.asyncIterator]: () => ({ next, return: end }) }
}

contract('channel: stores that are slow, late or away', ({ serve }) => {
  let closing: Channel[] = []
  afterEach(async () => {
    await Promise.all(closing.map((each) => each.close()))
    closing = []
  })
  const open = (store: ChannelStore): Channel => {
    const news = channel({ store })
    closing.push(news)
    return news
  }

  it('a client that returns to any process gets each event once and in order, whichever process lags', async () => {
    const server = new EventServer()
    let seed = 7
    const random = (limit: number) => (): number => {
      seed = (seed * 48_271) % 2_147_483_647 // Park and Miller: the same delays in every run
      return seed % limit
    }
    const processes = [
      open(new SlowStore(server, random(3), random(8))),
      open(new SlowStore(server, random(25), random(3))),
    ]
    const apps = await Promise.all(processes.map((news) => serve((target) => target.sse(news))))
    const browsers = Array.from({ length: 6 }, () => new EventBrowser())
    const visit = (browser: EventBrowser): void => browser.connect(apps[random(2)()]?.port ?? 0)
    for (const browser of browsers) visit(browser)
    await until(() => browsers.every(({ lastId }) => lastId !== ''))
    const LAST = 150
    for (let number = 1; number <= LAST; number++) {
      await processes[number % 2]?.publish(`${number}`)
      const browser = browsers[random(browsers.length)()]
      if (number % 2 === 0 && browser !== undefined) {
        browser.leave()
        visit(browser)
      }
    }
    await until(() => browsers.every(({ lastId }) => lastId === `${LAST}`))
    await delay(60) // longer than any feed lags: a doubled event would come now
    for (const { events } of browsers) expect(events).to.deep.equal(numbers(1, LAST))
    for (const browser of browsers) browser.leave()
    await until(() => processes.every(({ size }) => size === 0))
  })

  it('clients stay while the store is away, new ones get a 200, and nothing is lost or doubled', async () => {
    const server = new EventServer()
    const failures: string[] = []
    const news = channel({
      store: new SlowStore(
        server,
        () => 1,
        () => 1,
      ),
      onError: ({ message }) => void failures.push(message),
    })
    closing.push(news)
    const app = await serve((target) => target.sse(news, { heartbeat: '20ms' }))
    const [staying, returning, fresh] = [new EventBrowser(), new EventBrowser(), new EventBrowser()]
    for (const browser of [staying, returning]) browser.connect(app.port)
    await until(() => staying.lastId !== '' && returning.lastId !== '')
    await news.publish('1')
    await until(() => staying.events.length === 1 && returning.events.length === 1)
    server.goAway()
    returning.leave()
    const refusal = await news.publish('lost').catch((error: Error) => error.message)
    expect(refusal).to.equal('the store is away')
    returning.connect(app.port)
    fresh.connect(app.port)
    await until(() => fresh.status === '200' && returning.status === '200')
    await until(() => failures.length >= 3)
    server.comeBack()
    server.append('data: 2\n') // by another process, before this one is back
    await until(() => fresh.lastId !== '')
    await news.publish('3')
    await until(() => [staying, returning].every(({ events }) => events.length === 3))
    for (const { events } of [staying, returning]) expect(events).to.deep.equal(['1', '2', '3'])
    expect(staying.isConnected).to.equal(true) // it was never cut off
    expect(app.errors).to.deep.equal([])
    for (const browser of [staying, returning, fresh]) browser.leave()
    await until(() => news.size === 0)
  })

  it('a client that left without an event misses nothing: its stream opened with a position', async () => {
    const news = open(
      new SlowStore(
        new EventServer(),
        () => 1,
        () => 1,
      ),
    )
    const app = await serve((target) => target.sse(news))
    const browser = new EventBrowser()
    browser.connect(app.port)
    await until(() => browser.lastId !== '')
    browser.leave()
    await until(() => news.size === 0)
    await news.publish('1')
    browser.connect(app.port)
    await until(() => browser.events.length === 1)
    expect(browser.events).to.deep.equal(['1'])
    browser.leave()
    await until(() => news.size === 0)
  })

  for (const method of ['since', 'subscribe', 'a page of since'] as const) {
    it(`a client that left is gone while ${method}() hangs`, async () => {
      const hang = (): Promise<never> => new Promise(() => undefined)
      const news = open({
        append: () => hang(),
        subscribe: () => (method === 'subscribe' ? hang() : { position: '9', close: () => undefined }),
        since: () => (method === 'since' ? hang() : { [Symbol.asyncIterator]: () => ({ next: hang }) }),
      })
      const app = await serve((target) => target.sse(news))
      const browser = new EventBrowser()
      browser.lastId = '1'
      browser.connect(app.port)
      await until(() => news.size === 1 && browser.status === '200')
      browser.leave()
      await until(() => news.size === 0)
      await news.close() // waits for no store that hangs
    })
  }

  const good = { id: '2', fields: 'data: good\n' }
  for (const [title, store, message] of [
    [
      'an event of since() with an id of two lines',
      (isFirst: boolean) => ({ since: () => [isFirst ? { id: 'a\r\nb', fields: '' } : good] }),
      'store.since()',
    ] as const,
    [
      'a position with NUL',
      (isFirst: boolean, close: () => void) => ({ subscribe: () => ({ position: isFirst ? 'a\0b' : '2', close }) }),
      'store.subscribe()',
    ] as const,
    [
      'an event of since() without fields',
      (isFirst: boolean) => ({ since: () => [isFirst ? { id: '2' } : good] }),
      'store.since()',
    ] as const,
  ]) {
    it(`a store that gives ${title} is asked again, and its clients get a 200`, async () => {
      const failures: string[] = []
      let [asked, closed] = [0, 0]
      const close = (): void => void closed++
      const news = channel({
        store: {
          append: () => good,
          subscribe: (): ChannelSubscription => ask('subscribe') ?? { position: '2', close },
          since: () => ask('since') ?? [good],
        },
        onError: ({ message }) => void failures.push(message),
      })
      function ask(method: string): any {
        const answers: any = store(asked === 0, close)
        if (answers[method] === undefined) return undefined
        asked++
        return answers[method]()
      }
      const app = await serve((target) => target.sse(news))
      const [returning, fresh] = [new EventBrowser(), new EventBrowser()]
      returning.lastId = '1'
      for (const browser of [returning, fresh]) browser.connect(app.port)
      await until(() => returning.events.length > 0 && fresh.lastId === '2')
      expect(returning.events).to.deep.equal(['good'])
      expect([returning.status, fresh.status]).to.deep.equal(['200', '200'])
      expect(failures[0]).to.include(message)
      for (const browser of [returning, fresh]) browser.leave()
      await until(() => news.size === 0)
      await news.close()
      expect(closed).to.equal(title.includes('position') ? 2 : 1)
      expect(app.errors).to.deep.equal([])
    })
  }

  it('a store that delivers what is no event gets a clear error at once', async () => {
    const failures: string[] = []
    const bad: any[] = [null, undefined, 7, {}, { id: 7, fields: '' }, { id: '7' }, { id: 'a\nb', fields: '' }]
    let deliverAll = (): void => undefined
    const news = open({
      append: () => good,
      subscribe(deliver) {
        deliverAll = () => {
          for (const event of bad) {
            try {
              deliver(event)
            } catch (error) {
              failures.push((error as Error).message) // the channel throws nothing else
            }
          }
        }
        deliverAll()
        return { position: '1', close: () => undefined }
      },
      since: () => [],
    })
    const app = await serve((target) => target.sse(news))
    const browser = new EventBrowser()
    browser.connect(app.port)
    await until(() => browser.lastId === '1')
    deliverAll()
    expect(failures).to.have.length(2 * bad.length)
    for (const message of failures) expect(message).to.match(/^channel: an event of store\.subscribe\(\)/)
    browser.leave()
    await until(() => news.size === 0)
  })

  it('the reading of a store ends with the client, also while the channel looks for the last id of the client', async () => {
    const told: string[] = []
    const news = open({
      append: () => good,
      subscribe: () => ({ position: '9', close: () => undefined }),
      since: (id) => {
        if (id !== '9') return []
        return hangingEvents(told)
      },
    })
    const app = await serve((target) => target.sse(news))
    const browser = new EventBrowser()
    browser.lastId = '1'
    browser.connect(app.port)
    await until(() => told.length > 0)
    browser.leave()
    await until(() => told.length > 1)
    expect(told).to.deep.equal(['asked', 'ended'])
    expect(news.size).to.equal(0)
  })

  it('events that a store gives after the client has left are not read', async () => {
    const told: string[] = []
    let give = (_: any): void => undefined
    const news = open({
      append: () => good,
      subscribe: () => ({ position: '9', close: () => undefined }),
      since: () => {
        told.push('since')
        return new Promise((resolve) => (give = resolve))
      },
    })
    const app = await serve((target) => target.sse(news))
    const browser = new EventBrowser()
    browser.lastId = '1'
    browser.connect(app.port)
    await until(() => told.length > 0)
    browser.leave()
    await until(() => news.size === 0)
    give(hangingEvents(told))
    await until(() => told.length > 1)
    expect(told).to.deep.equal(['since', 'ended'])
  })

  it('a client that has missed nothing asks the store for nothing, also after the feed has broken off', async () => {
    let breakOff = (_: Error): void => undefined
    let deliver = (_: { id: string; fields: string }): void => undefined
    let feeds = 0
    const news = open({
      append: () => good,
      subscribe(onEvent, fail) {
        feeds++
        deliver = onEvent
        breakOff = fail
        return { position: '9', close: () => undefined }
      },
      since: () => expect.fail('nothing was missed'),
    })
    const app = await serve((target) => target.sse(news))
    const browser = new EventBrowser()
    browser.lastId = '9'
    browser.connect(app.port)
    await until(() => feeds === 1)
    breakOff(new Error('away'))
    await until(() => feeds === 2)
    await turn()
    deliver({ id: '10', fields: 'data: ten\n' })
    await until(() => browser.lastId === '10')
    browser.leave()
    await until(() => news.size === 0)
  })

  for (const microtasks of [1, 4]) {
    it(`a feed that breaks off as soon as it is there is made again: after ${microtasks} microtasks`, async () => {
      let feeds = 0
      const news = open({
        append: () => good,
        subscribe(deliver, fail) {
          let broken = Promise.resolve()
          for (let count = 0; count < microtasks; count++) broken = broken.then(() => undefined)
          if (feeds++ === 0) void broken.then(() => fail(new Error('the connection was closed before')))
          else setImmediate(() => deliver({ id: '10', fields: 'data: ten\n' }))
          return { position: '9', close: () => undefined }
        },
        since: () => [],
      })
      const app = await serve((target) => target.sse(news))
      const browser = new EventBrowser()
      browser.connect(app.port)
      await until(() => browser.lastId === '10')
      browser.leave()
      await until(() => news.size === 0)
    })
  }

  const silentStores: Readonly<Record<string, () => Promise<never>>> = {
    'does not answer': () => new Promise(() => undefined),
    'is away': () => Promise.reject(new Error('away')),
  }
  for (const [title, subscribe] of Object.entries(silentStores)) {
    it(`a client that left is not kept as long as the store ${title}`, async () => {
      const news = open({ append: () => good, subscribe, since: () => [] })
      const left: WeakRef<object>[] = []
      const app = await serve((target, { url }) => {
        const data = {}
        if (url === '/leaves') left.push(new WeakRef(data))
        return target.sse(news, { client: { data } })
      })
      const [staying, leaving] = [new EventBrowser(), new EventBrowser()]
      staying.connect(app.port)
      leaving.connect(app.port, '/leaves')
      await until(() => news.size === 2)
      leaving.leave()
      await until(() => news.size === 1)
      for (let count = 0; count < 50 && left[0]?.deref() !== undefined; count++) {
        await turn() // a reference that was read is held until the end of the turn
        collectGarbage()
      }
      expect(left.map((data) => data.deref())).to.deep.equal([undefined])
      staying.leave()
      await until(() => news.size === 0)
    })
  }

  it('a feed that breaks off while it is made is made again, and a feed of a closed channel is closed', async () => {
    const told: string[] = []
    let subscribe = (_: ChannelSubscription): void => undefined
    let attempts = 0
    const news = channel({
      store: {
        append: ({ fields }) => ({ id: 'x', fields }),
        subscribe(_, fail) {
          if (++attempts > 2) return { position: '7', close: () => void told.push('closed') }
          if (attempts === 1) fail(new Error('broke off'))
          else throw new Error('away')
          return { position: '5', close: () => void told.push('closed early') }
        },
        since: () => [],
      },
      onError: ({ message }) => void told.push(message),
    })
    const app = await serve((target) => target.sse(news))
    const browser = new EventBrowser()
    browser.connect(app.port)
    await until(() => browser.lastId === '7')
    expect(told).to.deep.equal(['closed early', 'broke off', 'away'])
    await news.close()
    expect(told.at(-1)).to.equal('closed')

    let isClosed = false
    const late = channel({
      store: {
        append: () => ({ id: '', fields: '' }),
        subscribe: () => new Promise((resolve) => (subscribe = resolve)),
        since: () => [],
      },
    })
    const other = await serve((target) => target.sse(late))
    browser.leave()
    browser.lastId = ''
    browser.connect(other.port)
    await until(() => browser.status === '200' && late.size === 1)
    await late.close()
    subscribe({ position: '1', close: () => (isClosed = true) })
    await until(() => isClosed)
    browser.leave()
  })

  it('a store whose feeds break off at once is asked again after a growing while', async () => {
    const times: number[] = []
    const news = open({
      append: () => ({ id: '', fields: '' }),
      subscribe(_, fail) {
        times.push(performance.now())
        setImmediate(() => fail(new Error('cut')))
        return { position: '1', close: () => undefined }
      },
      since: () => [],
    })
    const app = await serve((target) => target.sse(news))
    const browser = new EventBrowser()
    browser.connect(app.port)
    await until(() => times.length === 3)
    browser.leave()
    const [first = 0, , third = 0] = times
    expect(third - first).to.be.at.least(140) // half of 100 ms, then half of 200 ms; a timer may be early by a few
    await until(() => news.size === 0)
  })

  it('an option of the call gives the position; the Last-Event-ID of the request is newer', async () => {
    const server = new EventServer()
    for (const number of numbers(1, 5)) server.append(`data: ${number}\n`)
    const news = open(
      new SlowStore(
        server,
        () => 1,
        () => 1,
      ),
    )
    const app = await serve((target) => target.sse(news, { lastEventId: '2' }))
    const [first, second] = [new EventBrowser(), new EventBrowser()]
    second.lastId = '4'
    for (const browser of [first, second]) browser.connect(app.port)
    await until(() => first.lastId === '5' && second.lastId === '5')
    expect(first.events).to.deep.equal(['3', '4', '5'])
    expect(second.events).to.deep.equal(['5'])
    for (const browser of [first, second]) browser.leave()
    await until(() => news.size === 0)
  })

  it('the memory of one process replays no event twice while others are published', async () => {
    const news = channel({ replay: 1000 })
    closing.push(news)
    const app = await serve((target) => target.sse(news))
    const browser = new EventBrowser()
    browser.connect(app.port)
    await until(() => browser.lastId !== '')
    for (let number = 1; number <= 200; number++) {
      news.publish(`${number}`)
      if (number % 10 === 0) {
        browser.leave()
        browser.connect(app.port)
      }
      if (number % 3 === 0) await turn()
    }
    await until(() => browser.events.at(-1) === '200')
    expect(browser.events).to.deep.equal(numbers(1, 200))
    browser.leave()
    await until(() => news.size === 0)
  })
})
