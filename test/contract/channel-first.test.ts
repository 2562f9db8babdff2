import net from 'node:net'
import { Readable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { expect } from 'chai'
import type { ChannelStore, EventStreamOptions } from '../../src/index.js'
import { channelsOfTest } from '../support/channels-of-test.js'
import { contract } from '../support/contract.js'
import { EventBrowser, until } from '../support/event-browser.js'
import { EventServer, SlowStore } from '../support/faulty-store.js'
import { requestPartially } from '../support/partial-request.js'

contract('sse(channel, { first, filter, map })', ({ serve, ask, askForError }) => {
  const { create, visit } = channelsOfTest()

  it('begins with first, then tells the position, then goes on with the feed, the same on every framework', async () => {
    const news = create()
    await news.publish({ id: '1', data: 'old' })
    const app = await serve((target) =>
      target.sse(news, {
        retry: '2s',
        client: { id: 'ann' },
        first: ({ id }) => [{ id: 'ignored', event: 'snapshot', data: { for: id } }, 'text'],
        filter: ({ data }) => data !== 'hidden',
        map: (event, { id }) => ({ ...event, data: `${event.data} for ${id}` }),
      }),
    )
    const answering = ask(app)
    await until(() => news.size === 1)
    await turn() // first is read, and its end is there
    await turn()
    for (const [id, data] of [
      ['2', 'new'],
      ['3', 'hidden'],
      ['4', 'newer'],
    ] as const) {
      await news.publish({ id, data })
    }
    await news.close()
    expect((await answering).text).to.equal(
      [
        'retry: 2000\n\n',
        'event: snapshot\ndata: {"for":"ann"}\n\ndata: text\n\n',
        'id: 1\n\n',
        'id: 2\ndata: new for ann\n\n',
        'id: 4\ndata: newer for ann\n\n',
      ].join(''),
    )
  })

  for (const isSlow of [false, true]) {
    it(`loses no event that comes while first is read, ${isSlow ? 'with a store that is slow' : 'in memory'}`, async () => {
      const server = new EventServer()
      const store = new SlowStore(
        server,
        () => 2,
        () => 3,
      )
      const news = create(isSlow ? { store } : {})
      const state: string[] = []
      const add = (data: string): Promise<void> => {
        state.push(data)
        return news.publish(data)
      }
      await add('1')
      let giveState: () => void = () => undefined
      const app = await serve((target) =>
        target.sse(news, {
          async first() {
            const snapshot = [...state]
            await new Promise<void>((resolve) => {
              giveState = resolve
            })
            return snapshot
          },
        }),
      )
      const browser = visit(app.port)
      await until(() => news.size === 1)
      while (browser.events.length === 0) {
        await add(`${state.length + 1}`)
        if (state.length > 5) giveState()
        await turn()
      }
      const last = `${state.length + 1}`
      await add(last)
      await until(() => browser.events.at(-1) === last)
      // An event of the time between the place in the feed and the snapshot may be in both, but none is in neither.
      expect([...new Set(browser.events)]).to.deep.equal(state)
    })
  }

  it('gives a client that returns what it missed, and first again only if that is no longer kept', async () => {
    const news = create({ replay: 3 })
    let count = 0
    const app = await serve((target) => target.sse(news, { first: () => `first ${++count}` }))
    const browser = visit(app.port)
    await until(() => browser.lastId !== '')
    browser.leave()
    for (const data of ['1', '2', '3']) await news.publish(data)
    browser.connect(app.port)
    await until(() => browser.events.length === 4)
    browser.leave()
    for (const data of ['4', '5', '6', '7']) await news.publish(data)
    browser.connect(app.port)
    await until(() => browser.events.includes('first 2'))
    await news.publish('8')
    await until(() => browser.events.includes('8'))
    expect(browser.events).to.deep.equal(['first 1', '1', '2', '3', 'first 2', '8'])
  })

  it('asks a store that can say what it keeps, also one that is away; any other keeps enough', async () => {
    const asked: string[] = []
    const answers = [new Error('away'), true, false]
    const plain: ChannelStore = {
      append: ({ fields }) => ({ id: '9', fields }),
      subscribe: () => ({ position: '9', close: () => undefined }),
      since: () => [{ id: '9', fields: 'data: replayed\n' }],
    }
    const keeping: ChannelStore = {
      ...plain,
      async keeps(id) {
        asked.push(id)
        const answer = answers.shift()
        if (answer instanceof Error) throw answer
        return answer === true
      },
    }
    const events: string[][] = []
    for (const store of [keeping, keeping, plain]) {
      const news = create({ store })
      const app = await serve((target) => target.sse(news, { first: () => 'first', lastEventId: '5' }))
      const browser = visit(app.port)
      await until(() => browser.events.length === 1)
      events.push(browser.events)
    }
    expect(events).to.deep.equal([['replayed'], ['first'], ['replayed']])
    expect(asked).to.deep.equal(['5', '5', '5'])
  })

  it('begins again if a client leaves in the middle of first: it has no id before the end', async () => {
    const news = create()
    let isWhole = false
    const app = await serve((target) =>
      target.sse(news, {
        async *first() {
          yield { id: 'row 1', data: '1' }
          await until(() => isWhole)
          yield '2'
        },
      }),
    )
    const browser = visit(app.port)
    await until(() => browser.events.length === 1)
    expect(browser.lastId).to.equal('')
    browser.leave()
    isWhole = true
    await until(() => news.size === 0)
    browser.connect(app.port)
    await until(() => browser.lastId !== '')
    expect(browser.events).to.deep.equal(['1', '1', '2'])
  })

  it('is read once for several channels, when all of them deliver', async () => {
    const server = new EventServer()
    const late = new SlowStore(
      server,
      () => 1,
      () => 5,
    )
    const [news, alerts] = [create(), create({ store: late })]
    const sizes: number[][] = []
    const app = await serve((target) =>
      target.sse([news, alerts], {
        first: () => {
          sizes.push([news.size, alerts.size])
          news.publish('after first')
          return 'first'
        },
      }),
    )
    const browser = visit(app.port)
    await until(() => news.size === 1)
    await news.publish('before first')
    await until(() => browser.events.length === 3)
    expect(browser.events).to.deep.equal(['first', 'before first', 'after first'])
    expect(sizes).to.deep.equal([[1, 1]])
    await until(() => browser.lastId.split('&').length === 2)
  })

  const kinds: Record<string, [NonNullable<EventStreamOptions['first']>, string[]]> = {
    nothing: [() => undefined, []],
    null: [() => null, []],
    'an empty list': [() => [], []],
    text: [() => 'a', ['a']],
    'an event': [() => ({ event: 'x', data: 'a' }), ['a']],
    'a promise': [async () => ['a', 'b'], ['a', 'b']],
    'a generator': [
      function* () {
        yield 'a'
        yield 'b'
      },
      ['a', 'b'],
    ],
    'an asynchronous generator': [
      async function* () {
        yield 'a'
        yield 'b'
      },
      ['a', 'b'],
    ],
    'a stream': [() => Readable.from(['a', { data: 'b' }]), ['a', 'b']],
  }
  for (const [kind, [first, events]] of Object.entries(kinds)) {
    it(`takes ${kind}`, async () => {
      const news = create()
      const app = await serve((target) => target.sse(news, { first }))
      const browser = visit(app.port)
      await until(() => browser.lastId !== '')
      await news.publish('live')
      await until(() => browser.events.at(-1) === 'live')
      expect(browser.events).to.deep.equal([...events, 'live'])
    })
  }

  const early: Record<string, [first: any, status: number]> = {
    throws: [
      () => {
        throw Object.assign(new Error('not yours'), { status: 403 })
      },
      403,
    ],
    rejects: [async () => Promise.reject(Object.assign(new Error('not yours'), { status: 403 })), 403],
    'throws no error': [
      () => {
        throw 'text'
      },
      500,
    ],
    'gives a number': [() => 7, 500],
    'gives what is no event': [() => [{ name: 'row' }], 500],
    'fails with its first event': [
      async function* () {
        yield* []
        throw Object.assign(new Error('not yours'), { status: 403 })
      },
      403,
    ],
  }
  for (const [title, [first, status]] of Object.entries(early)) {
    it(`is an ordinary error page if first ${title}`, async () => {
      const news = create()
      const app = await serve((target) => target.sse(news, { first }))
      expect((await askForError(app)).status).to.equal(status)
      expect(app.errors).to.have.length(1)
      expect(news.size).to.equal(0)
    })
  }

  const late: Record<string, EventStreamOptions> = {
    'first, after its first event': {
      async *first() {
        yield 'one'
        await turn()
        await turn()
        throw new Error('broken')
      },
    },
    filter: {
      first: () => 'one',
      filter: () => {
        throw new Error('broken')
      },
    },
    map: {
      first: () => 'one',
      map: () => {
        throw new Error('broken')
      },
    },
  }
  for (const [title, options] of Object.entries(late)) {
    it(`cuts off the client, tells once, and serves the others if this fails later: ${title}`, async () => {
      const news = create()
      const told: string[] = []
      const app = await serve((target, { url }) => target.sse(news, url === '/' ? options : {}), {
        kit: { onError: (error, { aborted }) => void told.push(`${aborted}: ${error.message}`) },
      })
      const other = visit(app.port, '/other')
      await until(() => other.lastId !== '')
      const cut = requestPartially(app.port)
      for (let count = 0; count < 50 && told.length === 0; count++) {
        await news.publish('event')
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
      const { text, isComplete } = await cut
      expect(text.startsWith('data: one\n\n')).to.equal(true)
      expect(isComplete).to.equal(false)
      expect(told).to.deep.equal(['false: broken'])
      expect(app.errors.map(({ message }) => message)).to.deep.equal(['broken'])
      expect(news.size).to.equal(1)
      await news.publish('after')
      await until(() => other.events.at(-1) === 'after')
    })
  }

  it('closes what first gave if the client leaves, while it works or while it is read', async () => {
    const news = create()
    const told: string[] = []
    let give: () => void = () => undefined
    async function* rows() {
      try {
        yield 'one'
        await new Promise(() => undefined)
      } finally {
        told.push('closed')
      }
    }
    const waiting = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise<never>(() => undefined),
        return: async () => {
          told.push('returned')
          return { done: true as const, value: undefined }
        },
      }),
    }
    const unread = Object.assign(rows(), { return: async () => void told.push('unread') })
    const app = await serve((target, { url }) =>
      target.sse(news, {
        async first() {
          if (url === '/read') return waiting
          await new Promise<void>((resolve) => {
            give = resolve
          })
          return unread
        },
      }),
    )
    for (const path of ['/read', '/work']) {
      const browser = new EventBrowser()
      browser.connect(app.port, path)
      await until(() => browser.status === '200' && news.size === 1)
      browser.leave()
      await until(() => news.size === 0)
      give()
    }
    await until(() => told.length === 2)
    expect(told).to.deep.equal(['returned', 'unread'])
    expect(app.errors).to.deep.equal([])
  })

  it('reads first no further than the client takes it', async () => {
    const news = create()
    let made = 0
    const app = await serve((target) =>
      target.sse(news, {
        *first() {
          for (; made < 100_000; made++) yield 'x'.repeat(1024)
        },
      }),
    )
    const stalled = net.connect(app.port, '127.0.0.1')
    stalled.on('error', () => undefined)
    stalled.pause()
    stalled.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    let last = -1
    while (made === 0 || last !== made) {
      last = made
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    expect(made).to.be.below(100_000)
    stalled.destroy()
    await until(() => news.size === 0)
  })

  it('first waits for a store that is away, and the head does not', async () => {
    const server = new EventServer()
    server.goAway()
    const news = create({
      store: new SlowStore(
        server,
        () => 0,
        () => 0,
      ),
    })
    let isRead = false
    const app = await serve((target) =>
      target.sse(news, {
        first: () => {
          isRead = true
          return 'first'
        },
      }),
    )
    const browser = visit(app.port)
    await until(() => browser.status === '200')
    expect(isRead).to.equal(false)
    server.comeBack()
    await until(() => browser.events.length === 1)
  })

  it('refuses each option for another source, and what is no function, and names it', async () => {
    const news = create()
    const errors: any[] = []
    const app = await serve((target) => {
      for (const [source, options] of [
        [['text'], { first: () => 'x' }],
        [['text'], { filter: () => true }],
        [['text'], { map: () => 'x' }],
        [['text'], { client: { id: 'x' } }],
        [news, { first: 'rows' }],
        [news, { filter: true }],
        [news, { map: {} }],
        [news, { client: 'ann' }],
        [news, { client: { name: 'ann' } }],
      ] as any[]) {
        try {
          target.sse(source, options)
        } catch (error) {
          errors.push([Object.keys(options)[0], error])
        }
      }
      target.text('')
    })
    await ask(app)
    expect(errors).to.have.length(9)
    for (const [name, error] of errors) {
      expect(error).to.include({ code: 'INVALID_OPTION' })
      expect(error.message).to.include(`'${name}'`)
    }
    const late = await serve((target) => target.sse(() => ['text'], { first: () => 'x' }))
    expect((await askForError(late)).status).to.equal(500)
  })
})
