import net from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { expect } from 'chai'
import { type ChannelSubscription, sse } from '../../src/index.js'
import { channelsOfTest } from '../support/channels-of-test.js'
import { contract } from '../support/contract.js'
import { until } from '../support/event-browser.js'
import { EventServer, SlowStore } from '../support/faulty-store.js'
import { requestPartially } from '../support/partial-request.js'

contract('sse of several channels', ({ serve, ask, askForError }) => {
  const { create, visit } = channelsOfTest()

  it('sends the events of all, each with the position in all of them, the same on every framework', async () => {
    const [news, alerts] = [create({ name: 'news' }), create({ name: 'alerts' })]
    await news.publish({ id: 'n1', data: '' })
    await alerts.publish({ id: 'a1', data: '' })
    const app = await serve((target) => target.sse([news, alerts]))
    const answering = ask(app)
    await until(() => news.size === 1 && alerts.size === 1)
    await news.publish({ id: 'n2', event: 'headline', data: { title: 'Hello' } })
    await alerts.publish({ id: 'a 2', data: 'two\nlines' })
    await news.close()
    const { status, headers, text } = await answering
    expect(status).to.equal(200)
    expect(headers['content-type']).to.equal('text/event-stream')
    expect(text).to.equal(
      [
        'id: ~news=n1&alerts=a1\n\n',
        'id: ~news=n2&alerts=a1\nevent: headline\ndata: {"title":"Hello"}\n\n',
        'id: ~news=n2&alerts=a%202\ndata: two\ndata: lines\n\n',
      ].join(''),
    )
  })

  it('is the same as a Reply, and from a function', async () => {
    const news = create({ name: 'news' })
    await news.publish({ id: 'n1', data: '' })
    for (const handler of [
      (target: any) => target.reply(sse([news])),
      (target: any) => target.sse(async () => [news]),
    ]) {
      const app = await serve(handler)
      const browser = visit(app.port)
      await until(() => browser.lastId === '~news=n1')
      browser.leave()
      await until(() => news.size === 0)
    }
  })

  it('gives a client that returns what it missed of each, once and in order', async () => {
    const server = new EventServer()
    const [news, alerts, late] = [
      create(),
      create(),
      create({
        store: new SlowStore(
          server,
          () => 1,
          () => 1,
        ),
      }),
    ]
    const app = await serve((target) => target.sse([news, alerts, late]))
    const browser = visit(app.port)
    await until(() => browser.lastId.split('&').length === 3)
    await news.publish('n1')
    await until(() => browser.events.length === 1)
    browser.leave()
    await until(() => [news, alerts, late].every(({ size }) => size === 0))
    for (const each of ['n2', 'n3']) await news.publish(each)
    for (const each of ['a1', 'a2']) await alerts.publish(each)
    for (const each of ['l1', 'l2']) await late.publish(each)
    browser.connect(app.port)
    await until(() => browser.events.length === 7)
    await late.publish('l3')
    await until(() => browser.events.length === 8)
    for (const [name, expected] of [
      ['n', ['n1', 'n2', 'n3']],
      ['a', ['a1', 'a2']],
      ['l', ['l1', 'l2', 'l3']],
    ] as const) {
      expect(browser.events.filter((data) => data.startsWith(name))).to.deep.equal(expected)
    }
  })

  it('keeps a client for which one channel gives more than 1 MB while another has no position yet', async () => {
    let answer: () => void = () => undefined
    const store = {
      append: () => ({ id: '', fields: '' }),
      subscribe: () =>
        new Promise<ChannelSubscription>((resolve) => {
          answer = () => resolve({ position: '5', close: () => undefined })
        }),
      since: () => [],
    }
    const [news, late] = [create({ name: 'news' }), create({ name: 'late', store })]
    const app = await serve((target) => target.sse([news, late]))
    const browser = visit(app.port)
    await until(() => late.size === 1)
    await news.publish({ id: '1', data: 'x'.repeat(1_500_000) })
    await turn() // the event waits for the client, whose head waits for the other channel
    answer()
    await until(() => browser.lastId === '~news=1&late=5' || !browser.isConnected)
    expect(browser.events.map(({ length }) => length)).to.deep.equal([1_500_000])
  })

  it('finds its channels again by their names, if the list has changed meanwhile', async () => {
    const [news, alerts, added] = [create({ name: 'n' }), create({ name: 'a' }), create({ name: 'added' })]
    for (const each of [news, alerts, added]) await each.publish('old')
    const app = await serve((target, { url }) => target.sse(url === '/' ? [news, alerts] : [added, alerts, news]))
    const browser = visit(app.port)
    await until(() => browser.lastId.includes('&'))
    browser.leave()
    await news.publish('n')
    await alerts.publish('a')
    browser.connect(app.port, '/changed')
    await until(() => browser.events.length === 2)
    await added.publish('new')
    await until(() => browser.events.length === 3)
    expect(browser.events.slice(0, 2).sort()).to.deep.equal(['a', 'n'])
    expect(browser.events[2]).to.equal('new')
  })

  it('takes an id of one channel for what it is, and the others give all that they keep', async () => {
    const [news, alerts] = [create(), create()]
    for (const id of ['1', '2', '3']) await news.publish({ id, data: `n${id}` })
    await alerts.publish('a1')
    const app = await serve((target) => target.sse([news, alerts]))
    const browser = visit(app.port, '/', '2')
    await until(() => browser.events.length === 2)
    expect(browser.events.sort()).to.deep.equal(['a1', 'n3'])
  })

  it('joins a channel that is there twice once', async () => {
    const news = create()
    const app = await serve((target) => target.sse([news, news]))
    const browser = visit(app.port)
    await until(() => browser.lastId !== '')
    expect(news.size).to.equal(1)
    for (const data of ['1', '2']) await news.publish(data)
    await until(() => browser.events.length >= 2)
    expect(browser.events).to.deep.equal(['1', '2'])
  })

  it('leaves all channels when the client leaves, when one closes, and when the server shuts down', async () => {
    const [news, alerts] = [create(), create()]
    const stopping = new AbortController()
    const app = await serve((target) => target.sse([news, alerts]), { kit: { shutdown: stopping.signal } })
    const browser = visit(app.port)
    await until(() => browser.lastId !== '')
    browser.leave()
    await until(() => news.size === 0 && alerts.size === 0)
    const partial = requestPartially(app.port)
    await until(() => news.size === 1 && alerts.size === 1)
    stopping.abort()
    const { text, isComplete } = await partial
    expect(isComplete).to.equal(true)
    expect(text.endsWith('event: shutdown\ndata: \n\n')).to.equal(true)
    expect([news.size, alerts.size]).to.deep.equal([0, 0])
    const other = await serve((target) => target.sse([news, alerts]))
    const closing = requestPartially(other.port)
    await until(() => news.size === 1 && alerts.size === 1)
    alerts.publish('last')
    await alerts.close()
    const { text: last } = await closing
    expect(last).to.include('data: last\n\n')
    expect([news.size, alerts.size]).to.deep.equal([0, 0])
  })

  it('is a 503 if one of them is closed or full, and joins none then', async () => {
    const [news, closed, full] = [create(), create(), create({ maxClients: 1 })]
    await closed.close()
    const pending = full.events().next()
    for (const other of [closed, full]) {
      const app = await serve((target) => target.sse([news, other]))
      expect((await askForError(app)).status).to.equal(503)
      expect(news.size).to.equal(0)
    }
    await full.close()
    await pending
  })

  it('drops a client that does not keep up from all of them', async () => {
    const [news, alerts] = [create({ replay: 0 }), create({ replay: 0 })]
    const told: string[] = []
    const app = await serve((target) => target.sse([news, alerts]), {
      kit: { onError: (error, { aborted }) => void told.push(`${aborted}: ${error.message}`) },
    })
    const answering = requestPartially(app.port)
    await until(() => news.size === 1)
    const stalled = net.connect(app.port, '127.0.0.1')
    stalled.on('error', () => undefined)
    stalled.pause()
    stalled.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await until(() => alerts.size === 2)
    for (let count = 0; alerts.size === 2; count++) {
      await (count % 2 === 0 ? news : alerts).publish('x'.repeat(64 * 1024))
      await new Promise((resolve) => setImmediate(resolve))
      expect(count).to.be.below(1024)
    }
    expect([news.size, alerts.size]).to.deep.equal([1, 1])
    await until(() => told.length > 0)
    expect(told).to.deep.equal(['true: The client does not keep up with the channel: dropped with 1 MB before it'])
    await news.publish('last')
    await news.close()
    expect((await answering).text).to.include('data: last')
    stalled.destroy()
  })

  it('hears comments in the silence of the stream', async () => {
    const [news, alerts] = [create(), create()]
    const app = await serve((target) => target.sse([news, alerts], { heartbeat: '20ms' }))
    const browser = visit(app.port)
    await until(() => /(?::\n\n){2}/.test(browser.text))
  })

  it('a list of no channels ends at once, and a list with something else is an error that names it', async () => {
    const news = create()
    const empty = await serve((target) => target.sse([], { filter: () => true }))
    expect((await ask(empty)).text).to.equal(':\n\n')
    const errors: any[] = []
    const app = await serve((target) => {
      for (const list of [
        [news, 'text'],
        ['text', news],
        [news, [news]],
      ]) {
        try {
          target.sse(list as any)
        } catch (error) {
          errors.push(error)
        }
      }
      target.text('')
    })
    await ask(app)
    expect(errors.map(({ code }) => code)).to.deep.equal(Array(3).fill('INVALID_ARGUMENT'))
    expect(errors.map(({ message }) => /item (\d)/.exec(message)?.[1])).to.deep.equal(['1', '0', '1'])
  })
})
