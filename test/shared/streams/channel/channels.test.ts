import { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises'
import { expect } from 'chai'
import { type ChannelStore, type Channels, type ChannelsOptions, channels } from '../../../../src/index.js'
import { collectGarbage } from '../../../support/collect-garbage.js'
import { EventServer, SlowStore } from '../../../support/faulty-store.js'

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await turn()
}

const codeOf = (call: () => unknown): unknown => {
  try {
    call()
  } catch (error) {
    return (error as { code?: unknown }).code
  }
  return undefined
}

describe('channels()', () => {
  const open: Channels[] = []
  const create = (options: ChannelsOptions = {}): Channels => {
    const made = channels(options)
    open.push(made)
    return made
  }
  afterEach(() => Promise.all(open.splice(0).map((each) => each.close())))
  /** Joins a topic, and is there when this resolves. */
  const join = async (rooms: Channels, name: string): Promise<{ leave: () => unknown; next: Promise<unknown> }> => {
    let isThere = false
    const topic = rooms.topic(name)
    const forget = topic.onJoin(() => {
      isThere = true
    })
    const events = topic.events()
    const next = events.next().then(({ value }) => value?.data)
    await until(() => isThere)
    forget()
    return { leave: () => events.return?.(), next }
  }

  it('gives one channel for a name, and another for another name', async () => {
    const rooms = create()
    expect(rooms.topic('a')).to.equal(rooms.topic('a'))
    expect(rooms.topic('a')).not.to.equal(rooms.topic('b'))
    const [a, b] = [await join(rooms, 'a'), await join(rooms, 'b')]
    await rooms.topic('a').publish('for a')
    await rooms.topic('b').publish('for b')
    expect(await Promise.all([a.next, b.next])).to.deep.equal(['for a', 'for b'])
    expect(rooms.size).to.equal(2)
  })

  it('keeps nothing of the request that makes a topic: its functions see the store of the set', async () => {
    const storage = new AsyncLocalStorage<string>()
    const seen: string[] = []
    const see = (title: string): void => void seen.push(`${title}: ${storage.getStore()}`)
    const store: ChannelStore = {
      append: () => ({ id: '1', fields: '' }),
      subscribe(_deliver, fail) {
        see('subscribe')
        setImmediate(fail, new Error('broken off'))
        return { position: '', close: () => undefined }
      },
      since: () => [],
    }
    const makeStore = (): ChannelStore => {
      see('store')
      return store
    }
    const rooms = storage.run('set', () => create({ store: makeStore, onError: ({ message }) => see(message) }))
    const { leave } = await storage.run('request', () => join(rooms, 'a'))
    await until(() => seen.length > 2)
    leave()
    expect(seen).to.deep.equal(['store: set', 'subscribe: set', 'broken off: set'])
  })

  it('makes a new channel after the topic was closed', async () => {
    const rooms = create()
    const { next } = await join(rooms, 'a')
    await rooms.topic('a').close()
    expect(await next).to.equal(undefined)
    expect(rooms.size).to.equal(0)
    const again = await join(rooms, 'a')
    await rooms.topic('a').publish('again')
    expect(await again.next).to.equal('again')
  })

  it('drops a topic after its last client has left, not before', async () => {
    const rooms = create({ linger: 0 })
    const [first, second] = [await join(rooms, 'a'), await join(rooms, 'a')]
    await first.leave()
    await delay(5)
    expect(rooms.size).to.equal(1)
    await rooms.topic('a').publish('still here')
    expect(await second.next).to.equal('still here')
    await second.leave()
    await until(() => rooms.size === 0)
  })

  it('keeps a topic for a while, so that a client that returns gets what it missed', async () => {
    const rooms = create({ linger: '1h' })
    const client = await join(rooms, 'a')
    const published = rooms.topic('a')
    await published.publish({ id: '1', data: 'one' })
    await client.next
    await client.leave()
    await published.publish({ id: '2', data: 'two' })
    const returning = rooms.topic('a').events({ lastEventId: '1' })
    expect((await returning.next()).value).to.include({ data: 'two' })
  })

  it('keeps an event that is published to no client as long as a topic without clients', async () => {
    const rooms = create({ linger: '1h' })
    await rooms.topic('a').publish({ id: '1', data: 'one' })
    expect(rooms.size).to.equal(1)
    collectGarbage()
    expect((await rooms.topic('a').events({ lastEventId: '0' }).next()).value).to.include({ data: 'one' })
  })

  it('a topic that is dropped is the same one for code that holds it, and loses no event', async () => {
    const rooms = create({ linger: 0 })
    const held = rooms.topic('a')
    for (let round = 0; round < 3; round++) {
      const client = await join(rooms, 'a')
      await held.publish(`round ${round}`)
      expect(await client.next).to.equal(`round ${round}`)
      await client.leave()
      await until(() => rooms.size === 0)
      expect(rooms.topic('a')).to.equal(held)
    }
  })

  it('a client that joins while its topic is dropped gets every event from then on', async () => {
    const server = new EventServer()
    const rooms = create({
      linger: 0,
      store: () =>
        new SlowStore(
          server,
          () => 0,
          () => 1,
        ),
    })
    for (let round = 0; round < 20; round++) {
      const leaving = await join(rooms, 'a')
      void leaving.leave()
      if (round % 2 === 0) await turn() // the topic is dropped in this turn
      const joining = join(rooms, 'a')
      const { next, leave } = await joining
      await rooms.topic('a').publish(`${round}`)
      expect(await next).to.equal(`${round}`)
      await leave()
    }
  })

  it('gives each topic a store of its own, closes its feed when it drops it, and opens it again', async () => {
    const told: string[] = []
    const rooms = create({
      linger: 0,
      store: (topic): ChannelStore => {
        told.push(`make ${topic}`)
        return {
          append: ({ fields }) => ({ id: '1', fields }),
          since: () => [],
          subscribe: async () => {
            told.push(`open ${topic}`)
            return { position: '0', close: () => void told.push(`close ${topic}`) }
          },
        }
      },
    })
    const held = rooms.topic('a')
    for (let round = 0; round < 2; round++) {
      const client = await join(rooms, 'a')
      await client.leave()
      await until(() => rooms.size === 0)
      await turn()
    }
    expect(rooms.topic('a')).to.equal(held)
    expect(told).to.deep.equal(['make a', 'open a', 'close a', 'open a', 'close a'])
  })

  it('takes an object that makes the stores by its method topic()', async () => {
    const servers = new Map<string, EventServer>()
    const store = {
      made: servers,
      topic(name: string): ChannelStore {
        const server = new EventServer()
        this.made.set(name, server)
        return new SlowStore(
          server,
          () => 0,
          () => 0,
        )
      },
    }
    const rooms = create({ store })
    await rooms.topic('a').publish('one')
    expect([...servers].map(([name, { events }]) => [name, events.length])).to.deep.equal([['a', 1]])
  })

  it('a feed that comes after its topic was dropped is closed, and disturbs no later one', async () => {
    const waiting: ((position: string) => void)[] = []
    const closed: string[] = []
    const rooms = create({
      linger: 0,
      store: (): ChannelStore => ({
        append: ({ fields }) => ({ id: '1', fields }),
        since: () => [],
        subscribe: () =>
          new Promise((resolve) => {
            waiting.push((position) => resolve({ position, close: () => void closed.push(position) }))
          }),
      }),
    })
    const topic = rooms.topic('a')
    const early = topic.events()
    const pending = early.next()
    await until(() => waiting.length === 1)
    await early.return?.()
    await pending
    await until(() => rooms.size === 0)
    let isThere = false
    topic.onJoin(() => {
      isThere = true
    })
    const late = topic.events()
    const next = late.next()
    await until(() => waiting.length === 2)
    waiting[0]?.('early')
    await until(() => closed.length === 1)
    expect(isThere).to.equal(false)
    waiting[1]?.('late')
    await until(() => isThere)
    expect(closed).to.deep.equal(['early'])
    await late.return?.()
    await next
  })

  it('tells who joins and leaves, of which topic, and which store fails', async () => {
    const told: string[] = []
    const rooms = create({
      store: (): ChannelStore => ({
        append: ({ fields }) => ({ id: '1', fields }),
        since: () => [],
        subscribe: () => {
          if (told.length === 0) throw new Error('away')
          return { position: '0', close: () => undefined }
        },
      }),
      onError: ({ message }, topic) => void told.push(`${topic}: ${message}`),
      onJoin: ({ id }, topic) => void told.push(`${id} joins ${topic}`),
      onLeave: ({ id }, topic) => void told.push(`${id} leaves ${topic}`),
    })
    const events = rooms.topic('a').events({ client: { id: 'ann' } })
    const next = events.next()
    await until(() => told.length === 2)
    await events.return?.()
    await next
    expect(told).to.deep.equal(['a: away', 'ann joins a', 'ann leaves a'])
  })

  it('counts the clients of all topics against maxClients, and one that leaves makes room', async () => {
    const rooms = create({ maxClients: 2 })
    const [first] = [await join(rooms, 'a'), await join(rooms, 'b')]
    const refused = await rooms
      .topic('c')
      .events()
      .next()
      .catch((error) => error)
    expect(refused)
      .to.include({ code: 'EAGAIN', status: 503 })
      .and.to.deep.include({ headers: { 'Retry-After': '5' } })
    await first.leave()
    await join(rooms, 'c')
  })

  it('holds no memory for topics that were dropped', async function () {
    this.timeout(20_000)
    const rooms = create({ linger: 0 })
    const visit = async (count: number): Promise<void> => {
      for (let number = 0; number < count; number++) await rooms.topic(`${number}`).publish('x'.repeat(1024))
      await until(() => rooms.size === 0)
      for (let round = 0; round < 3; round++) {
        await turn()
        collectGarbage()
      }
    }
    await visit(200)
    const before = process.memoryUsage().heapUsed
    await visit(5000) // 5 MB of events
    expect(process.memoryUsage().heapUsed - before).to.be.below(2 * 1024 * 1024)
  })

  it('close() ends every topic, and there is none after it', async () => {
    const rooms = create()
    const client = await join(rooms, 'a')
    await rooms.close()
    expect(await client.next).to.equal(undefined)
    expect(rooms.size).to.equal(0)
    expect(codeOf(() => rooms.topic('a'))).to.equal('ESHUTDOWN')
  })

  const wrong: [title: string, options: unknown, name: string][] = [
    ['an unknown key', { keep: 5 }, 'keep'],
    ['a store in the place of a function', { store: {} }, 'store'],
    ['a negative linger', { linger: -1 }, 'linger'],
    ['no room', { maxClients: 0 }, 'maxClients'],
    ['a bad replay', { replay: -1 }, 'replay'],
    ['a replay beside stores', { replay: 5, store: () => ({}) }, 'replay'],
    ['an onJoin that is no function', { onJoin: true }, 'onJoin'],
    ['an onLeave that is no function', { onLeave: 'x' }, 'onLeave'],
    ['an onError that is no function', { onError: 1 }, 'onError'],
  ]
  for (const [title, options, name] of wrong) {
    it(`refuses ${title}, and names the option`, () => {
      let refusal: any
      try {
        channels(options as any)
      } catch (error) {
        refusal = error
      }
      expect(refusal).to.include({ code: 'INVALID_OPTION' })
      expect(refusal.message).to.include(`'${name}'`)
    })
  }

  it('refuses a name that is no string, and an empty one', () => {
    for (const name of [7, undefined, ''])
      expect(codeOf(() => create().topic(name as any))).to.equal('INVALID_ARGUMENT')
  })
})
