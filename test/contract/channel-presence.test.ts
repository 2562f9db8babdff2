import net from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { expect } from 'chai'
import { type Channel, channels } from '../../src/index.js'
import { channelsOfTest } from '../support/channels-of-test.js'
import { contract } from '../support/contract.js'
import { until } from '../support/event-browser.js'
import { EventServer, SlowStore } from '../support/faulty-store.js'
import { request } from '../support/request.js'

contract('channel: who is there', ({ serve, askForError }) => {
  const { create, keep, visit } = channelsOfTest()

  it('onJoin and onLeave tell of each client once, and size and clients count it between', async () => {
    const room = create()
    const told: unknown[] = []
    const forget = room.onJoin(({ id, data }) => void told.push(['join', id, data, room.size]))
    room.onLeave(({ id }) => void told.push(['leave', id, room.size]))
    room.onJoin(() => {
      throw new Error('a listener that fails disturbs no client')
    })
    room.onLeave(async () => Promise.reject(new Error('nor does one that rejects')))
    const app = await serve((target, { url }) => target.sse(room, { client: { id: url.slice(1), data: { url } } }))
    const ann = visit(app.port, '/ann')
    await until(() => ann.lastId !== '')
    const bob = visit(app.port, '/bob')
    await until(() => bob.lastId !== '')
    expect(room.clients).to.deep.equal([
      { id: 'ann', data: { url: '/ann' } },
      { id: 'bob', data: { url: '/bob' } },
    ])
    ann.leave()
    await until(() => room.size === 1)
    forget()
    const eve = visit(app.port, '/eve')
    await until(() => eve.lastId !== '')
    await room.close()
    expect(told).to.deep.equal([
      ['join', 'ann', { url: '/ann' }, 1],
      ['join', 'bob', { url: '/bob' }, 2],
      ['leave', 'ann', 1],
      ['leave', 'bob', 1],
      ['leave', 'eve', 0],
    ])
  })

  for (const isSlow of [false, true]) {
    it(`a client gets every event from onJoin on, ${isSlow ? 'with a store that is slow' : 'in memory'}`, async () => {
      const store = new SlowStore(
        new EventServer(),
        () => 1,
        () => 2,
      )
      const room = create(isSlow ? { store } : {})
      room.onJoin((client) => {
        room.publish(`hello ${client.id}`)
        room.publish(`${client.id} is here`, { except: client })
      })
      const app = await serve((target, { url }) => target.sse(room, { client: { id: url.slice(1) } }))
      const ann = visit(app.port, '/ann')
      await until(() => ann.events.length === 1)
      const bob = visit(app.port, '/bob')
      await until(() => bob.events.includes('hello bob'))
      await until(() => ['bob is here', 'hello bob'].every((data) => ann.events.includes(data)))
      await room.publish('last')
      await until(() => [ann, bob].every(({ events }) => events.at(-1) === 'last'))
      expect(ann.events.sort()).to.deep.equal(['bob is here', 'hello ann', 'hello bob', 'last'])
      // A feed that lags may give bob what was published before he came.
      expect(bob.events.filter((data) => data !== 'ann is here')).to.deep.equal(['hello bob', 'last'])
    })
  }

  it('except leaves out all streams of a client, in every process, and also when it returns', async () => {
    const server = new EventServer()
    const create2 = (): Channel =>
      create({
        store: new SlowStore(
          server,
          () => 1,
          () => 1,
        ),
      })
    const processes = [create2(), create2()]
    const apps = await Promise.all(
      processes.map((room) =>
        serve((target, { url }) => target.sse(room, { client: { id: decodeURIComponent(url.slice(1)) } })),
      ),
    )
    const [first, second] = apps.map(({ port }) => port)
    const me = encodeURIComponent('ann é&')
    const [tab, otherTab, bob] = [visit(first ?? 0, `/${me}`), visit(second ?? 0, `/${me}`), visit(second ?? 0, '/bob')]
    await until(() => [tab, otherTab, bob].every(({ lastId }) => lastId !== ''))
    await processes[0]?.publish('from ann', { except: 'ann é&' })
    await processes[0]?.publish('from the server')
    await until(() => [tab, otherTab, bob].every(({ events }) => events.at(-1) === 'from the server'))
    tab.leave()
    await processes[1]?.publish('also from ann', { except: { id: 'ann é&' } })
    await processes[1]?.publish('to all')
    tab.connect(second ?? 0, `/${me}`)
    await until(() => [tab, otherTab, bob].every(({ events }) => events.at(-1) === 'to all'))
    for (const { events } of [tab, otherTab]) expect(events).to.deep.equal(['from the server', 'to all'])
    expect(bob.events).to.deep.equal(['from ann', 'from the server', 'also from ann', 'to all'])
    expect(bob.text).not.to.include('except') // no client learns whose event it is
    expect(bob.text).not.to.include('ann é')
  })

  it('maxClients: one more client is a 503 with Retry-After, and a client that leaves makes room', async () => {
    const room = create({ maxClients: 1 })
    const rooms = keep(channels({ maxClients: 1 }))
    const app = await serve((target, { url }) =>
      url === '/room' ? target.sse(room, { retry: '2500ms' }) : target.sse(rooms.topic(url)),
    )
    for (const [path, other, seconds] of [
      ['/room', '/room', '3'],
      ['/a', '/b', '5'],
    ] as const) {
      const browser = visit(app.port, path)
      await until(() => browser.lastId !== '')
      const refused = await request(app.port, { path: other })
      expect(refused.status).to.equal(503)
      expect(refused.headers['retry-after']).to.equal(seconds)
      expect((await askForError(app, { path: other })).status).to.equal(503)
      expect((await request(app.port, { path: other, method: 'HEAD' })).status).to.equal(200)
      browser.leave()
      await until(() => room.size === 0 && rooms.topic(path).size === 0)
      const next = visit(app.port, other)
      await until(() => next.status === '200')
      next.leave()
      await until(() => room.size === 0 && rooms.topic(other).size === 0)
    }
  })

  it('retry takes a range, of which each client is told a time of its own', async () => {
    const room = create()
    const app = await serve((target) => target.sse(room, { retry: { min: '1s', max: '9s' } }))
    const told = new Set<number>()
    for (let count = 0; count < 20; count++) {
      const browser = visit(app.port)
      await until(() => browser.text.includes('\n\n'))
      told.add(Number(/^retry: (\d+)\n\n/.exec(browser.text)?.[1]))
      browser.leave()
    }
    expect(told.size).to.be.greaterThan(10)
    expect(Math.min(...told)).to.be.at.least(1000)
    expect(Math.max(...told)).to.be.at.most(9000)
    const errors: any[] = []
    const wrong = await serve((target) => {
      for (const retry of [
        { min: '2s', max: '1s' },
        { min: '1s' },
        { max: '1s' },
        { min: -1, max: 1 },
        { from: 1 },
        null,
      ]) {
        try {
          target.sse(room, { retry } as any)
        } catch (error) {
          errors.push(error)
        }
      }
      target.text('')
    })
    await request(wrong.port)
    expect(errors).to.have.length(6)
    for (const error of errors) expect(error).to.include({ code: 'INVALID_OPTION' })
  })

  it('a generator delegates to a channel, and its client is one of the channel until it leaves', async () => {
    const news = create()
    const app = await serve((target) =>
      target.sse(async function* () {
        yield { data: 'snapshot' }
        yield* news
      }),
    )
    const browser = visit(app.port)
    await until(() => news.size === 1)
    await turn()
    await news.publish({ id: '7', event: 'x', data: { n: 1 } })
    await until(() => browser.events.length === 2)
    expect(browser.events).to.deep.equal(['snapshot', '{"n":1}'])
    expect(browser.lastId).to.equal('7')
    browser.leave()
    await until(() => news.size === 0) // without a further event
    const closing = request(app.port)
    await until(() => news.size === 1)
    await turn()
    await news.publish('last')
    await news.close()
    expect((await closing).text).to.match(/^data: snapshot\n\n(?:.*\n)*data: last\n\n$/)
    expect(app.errors).to.deep.equal([])
  })

  it('a client that leaves is gone at once, whatever a generator waits for', async () => {
    const [news, alerts] = [create(), create()]
    const ended: string[] = []
    const sources: Record<string, (target: any) => unknown> = {
      '/loop': (target) =>
        target.sse(async function* () {
          await turn()
          try {
            for await (const event of news) yield event
          } finally {
            ended.push('loop')
          }
        }),
      '/nested': (target) => {
        async function* inner() {
          await turn()
          yield* news
        }
        async function* outer() {
          yield* inner()
          ended.push('nested')
        }
        return target.sse(outer())
      },
      '/race': (target) =>
        target.ndjson(async function* () {
          const iterations = [news.events(), alerts.events()]
          try {
            for (;;) {
              const { done, value } = await Promise.race(iterations.map((each) => each.next()))
              if (done === true) return
              yield value.data
            }
          } finally {
            ended.push('race')
          }
        }),
    }
    const app = await serve((target, { url }) => sources[url]?.(target))
    for (const path of Object.keys(sources)) {
      const browser = visit(app.port, path)
      await until(() => news.size === 1)
      await turn()
      browser.leave()
      await until(() => news.size === 0 && alerts.size === 0 && ended.includes(path.slice(1)))
    }
    expect(app.errors).to.deep.equal([])
  })

  it('a generator whose client does not read is dropped by the channel, and told as a failure', async () => {
    const news = create({ replay: 0 })
    const told: string[] = []
    const app = await serve((target) => target.sse(() => news.events()), {
      kit: { onError: (error) => void told.push(error.message) },
    })
    const stalled = net.connect(app.port, '127.0.0.1')
    stalled.on('error', () => undefined)
    stalled.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await until(() => news.size === 1)
    stalled.pause()
    for (let count = 0; news.size === 1; count++) {
      await news.publish('x'.repeat(64 * 1024))
      await turn()
      expect(count).to.be.below(1024)
    }
    expect(told).to.deep.equal([])
    const closed = new Promise((resolve) => stalled.once('close', resolve))
    stalled.resume()
    await closed
    expect(told).to.deep.equal(['The iteration does not keep up with the channel: dropped with 1 MB before it'])
  })

  it('topics are channels by name: a chat room', async () => {
    const rooms = keep(channels({ linger: 0 }))
    const app = await serve((target, { url }) => {
      const [, id = '', me = '', text] = url.split('/')
      const room = rooms.topic(id)
      if (text === undefined) return target.sse(room, { client: { id: me } })
      return room.publish({ event: 'message', data: text }, { except: me }).then(() => target.empty())
    })
    const [ann, bob, eve] = [visit(app.port, '/a/ann'), visit(app.port, '/a/bob'), visit(app.port, '/b/eve')]
    await until(() => [ann, bob, eve].every(({ lastId }) => lastId !== ''))
    expect((await request(app.port, { path: '/a/ann/hello' })).status).to.equal(204)
    expect((await request(app.port, { path: '/a/bob/hi' })).status).to.equal(204)
    await until(() => ann.events.length === 1 && bob.events.length === 1)
    expect([ann.events, bob.events, eve.events]).to.deep.equal([['hi'], ['hello'], []])
    expect(rooms.size).to.equal(2)
    for (const browser of [ann, bob, eve]) browser.leave()
    await until(() => rooms.size === 0)
  })
})
