import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises'
import { expect } from 'chai'
import { SharedEvent, serializeForStore } from '../../../../src/shared/streams/channel/channel-event.js'
import { ChannelReader, type ReaderPlan } from '../../../../src/shared/streams/channel/channel-reader.js'
import { Follower } from '../../../../src/shared/streams/channel/follower.js'
import { Frame } from '../../../../src/shared/wire/frame.js'
import { isTurnUsedUp } from '../../../../src/shared/wire/turn-budget.js'

const event = (id: string, data: unknown = id, except?: string): SharedEvent =>
  new SharedEvent({ id, fields: serializeForStore({ data }, except).fields })

/** Reads everything that comes, until it is stopped. */
class Client {
  text = ''
  readonly sizes: number[] = []
  constructor(reader: ChannelReader) {
    void this.#read(reader)
  }
  async #read(reader: ChannelReader): Promise<void> {
    try {
      for (let batch = await reader.read(); batch !== undefined; batch = await reader.read()) {
        this.text += batch
        this.sizes.push(batch.length)
      }
      this.text += '[end]'
    } catch (error) {
      this.text += `[${(error as Error).message}]`
    }
  }
}

/** The feed has not broken off. */
const isWhole = (): boolean => true

describe('ChannelReader', () => {
  const dropped: Error[] = []
  const left: string[] = []
  beforeEach(() => {
    dropped.length = 0
    left.length = 0
  })

  const open = (
    plan: Partial<ReaderPlan> = {},
    lastIds: readonly (string | undefined)[] = [undefined],
  ): { reader: ChannelReader; followers: Follower[] } => {
    const client = { id: 'me', data: { level: 2 } }
    const reader = new ChannelReader({
      client,
      preamble: '',
      heartbeatMs: 0,
      cutOff: (reason) => {
        dropped.push(reason)
        reader.cancel()
      },
      ...plan,
    })
    const followers = lastIds.map(
      (lastId, index) =>
        new Follower(reader, client, lastId, {
          flush: () => undefined,
          follow: () => undefined,
          leave: () => void left.push(`${index}`),
        }),
    )
    reader.follow(followers)
    return { reader, followers }
  }
  /** Puts a follower on the feed at a position, as its channel does. */
  const start = (follower: Follower | undefined, position: string): void => {
    if (follower === undefined) return
    const isNew = follower.lastId === undefined
    if (isNew) follower.lastId = position
    follower.sink.begin(follower, isNew)
    follower.goLive(undefined, isWhole)
  }
  const feed = (follower: Follower | undefined, ...events: SharedEvent[]): void => {
    for (const each of events) follower?.deliver([each], each.except === undefined ? each.frame : undefined)
  }

  it('opens with the position, with a preamble, or with a comment', async () => {
    for (const [preamble, position, opening] of [
      ['', '5', 'id: 5\n\n'],
      ['retry: 1\n\n', '5', 'retry: 1\n\nid: 5\n\n'],
      ['retry: 1\n\n', '', 'retry: 1\n\n'],
      ['', '', ':\n\n'],
    ] as const) {
      const { reader, followers } = open({ preamble })
      start(followers[0], position)
      await reader.ready
      expect(String(await reader.read())).to.equal(opening)
      reader.cancel()
    }
  })

  it('tells the position of a client whose stream is open already', async () => {
    const { reader, followers } = open()
    const client = new Client(reader)
    await turn()
    start(followers[0], '5')
    await turn()
    expect(client.text).to.equal(':\n\nid: 5\n\n')
  })

  it('opens a joined stream with the positions of all channels at once, and each event tells all of them', async () => {
    const { reader, followers } = open({ keys: ['a', 'b'] }, [undefined, undefined])
    start(followers[0], '5')
    start(followers[1], '8')
    const client = new Client(reader)
    feed(followers[0], event('6'))
    feed(followers[1], event('9'))
    await turn()
    expect(client.text).to.equal('id: ~a=5&b=8\n\nid: ~a=6&b=8\ndata: 6\n\nid: ~a=6&b=9\ndata: 9\n\n')
  })

  it('says nothing of a channel that it has no position in', async () => {
    const { reader, followers } = open({ keys: ['a', 'b'] }, [undefined, '3'])
    const client = new Client(reader)
    await turn()
    start(followers[0], '')
    feed(followers[0], event('6'))
    await turn()
    expect(client.text).to.equal(':\n\nid: ~a=6&b=3\ndata: 6\n\n')
  })

  it('leaves all channels if it leaves one, and when it ends in any way', () => {
    const ends: ((reader: ChannelReader) => void)[] = [
      (reader) => reader.end(),
      (reader) => reader.close(),
      (reader) => reader.cancel(),
      (reader) => reader.finish(),
      (reader) => reader.fail(new Error('x')),
    ]
    for (const end of ends) {
      left.length = 0
      const { reader } = open({ keys: ['a', 'b'] }, [undefined, undefined])
      let isTold = false
      reader.whenEnded(() => {
        isTold = true
      })
      end(reader)
      end(reader)
      expect(left).to.deep.equal(['0', '1'])
      expect(isTold).to.equal(true)
    }
  })

  it('filters and maps each event for its client, and keeps its id', async () => {
    const { reader, followers } = open({
      filter: ({ data }, { data: own }) => Number(data) >= (own as { level: number }).level,
      map: (each, { id }) => (each.data === 4 ? each : { event: 'x', data: `${each.data} for ${id}` }),
    })
    start(followers[0], '0')
    const client = new Client(reader)
    feed(followers[0], event('1', 1), event('2', 2), event('3', 3), event('4', 4))
    await turn()
    expect(client.text).to.equal(
      'id: 0\n\nid: 2\nevent: x\ndata: 2 for me\n\nid: 3\nevent: x\ndata: 3 for me\n\nid: 4\ndata: 4\n\n',
    )
  })

  it('filters and maps a replay as it does the feed', async () => {
    const { reader, followers } = open({ filter: ({ data }) => data !== 'no', map: ({ data }) => `<${data}>` }, ['0'])
    const client = new Client(reader)
    const replay = ['a', 'no', 'b'].map((data, index) => ({ id: `${index + 1}`, fields: `data: ${data}\n` }))
    await followers[0]?.replay(replay, '3')
    await turn()
    expect(client.text).to.equal(':\n\nid: 1\ndata: <a>\n\nid: 3\ndata: <b>\n\n')
  })

  const failures: [title: string, plan: Partial<ReaderPlan>, words: string][] = [
    [
      'filter throws',
      {
        filter: () => {
          throw new Error('broken')
        },
      },
      'broken',
    ],
    ['filter gives a promise', { filter: (async () => false) as any }, 'what filter returned must be true or false'],
    [
      'filter gives a promise that rejects',
      {
        filter: (async () => {
          throw new Error('x')
        }) as any,
      },
      'what filter returned',
    ],
    [
      'map throws',
      {
        map: () => {
          throw new Error('broken')
        },
      },
      'broken',
    ],
    [
      'map throws no error',
      {
        map: () => {
          throw 'text'
        },
      },
      'thrown: text',
    ],
    ['map gives nothing', { map: (() => undefined) as any }, 'what map returned'],
    [
      'map gives a promise that rejects',
      {
        map: (async () => {
          throw new Error('x')
        }) as any,
      },
      'what map returned',
    ],
    ['map changes the id', { map: (each) => ({ ...each, id: 'other' }) }, 'that of the event, 1, or absent'],
  ]
  for (const [title, plan, words] of failures) {
    it(`fails for its client alone, after what came before: ${title}`, async () => {
      const { reader, followers } = open(plan)
      start(followers[0], '0')
      const client = new Client(reader)
      expect(() => feed(followers[0], event('1'), event('2'))).not.to.throw()
      await turn()
      expect(client.text)
        .to.match(/^id: 0\n\n\[/)
        .and.to.include(words)
      expect(left).to.deep.equal(['0'])
      expect(dropped).to.have.length(0)
    })
  }

  it('gives a failure before the head at once, so that it can be an error page', async () => {
    const { reader, followers } = open()
    start(followers[0], '0')
    reader.fail(new Error('early'))
    expect(() => reader.read()).to.throw('early')
    expect(reader.read()).to.equal(undefined)
  })

  it('leaves out the client that an event excepts, live and in a replay', async () => {
    const { reader, followers } = open({}, ['0'])
    const client = new Client(reader)
    const [own, other] = [serializeForStore('own', 'me'), serializeForStore('other', 'you')]
    await followers[0]?.replay(
      [
        { id: '1', fields: own.fields },
        { id: '2', fields: other.fields },
      ],
      '2',
    )
    followers[0]?.goLive(undefined, isWhole)
    feed(followers[0], event('3', 'own', 'me'), event('4', 'all'))
    await turn()
    expect(client.text).to.equal(':\n\nid: 2\ndata: other\n\nid: 4\ndata: all\n\n')
  })

  it('tells a client in a silence how far it is, if the last events were left out', async () => {
    const { reader, followers } = open({ heartbeatMs: 5 })
    start(followers[0], '0')
    const client = new Client(reader)
    feed(followers[0], event('1', 'own', 'me'))
    while (!client.text.includes(':\n\n')) await delay(1)
    expect(client.text).to.match(/^id: 0\n\nid: 1\n\n:\n\n/)
    reader.cancel()
  })

  it('hears its own silence while the channel is busy with events for others', async () => {
    const { reader, followers } = open({ heartbeatMs: 5, filter: () => false })
    start(followers[0], '')
    const client = new Client(reader)
    for (let count = 1; !client.text.includes('id: '); count++) {
      feed(followers[0], event(`${count}`))
      await delay(1)
    }
    reader.cancel()
  })

  it('drops a client with more than 1 MB before it, but not one that gets a large event', () => {
    const frame = (length: number): Frame => new Frame(`data: ${'x'.repeat(length)}\n\n`)
    const give = (reader: ChannelReader, follower: Follower | undefined, length: number): void => {
      if (follower !== undefined) reader.give(follower, [event('1')], frame(length))
    }
    const { reader, followers } = open()
    start(followers[0], '0')
    for (let count = 0; count < 10; count++) give(reader, followers[0], 100_000)
    expect(dropped).to.have.length(0)
    give(reader, followers[0], 100_000)
    expect(dropped.map(({ message }) => message)).to.deep.equal([
      'The client does not keep up with the channel: dropped with 1 MB before it',
    ])
    const other = open()
    give(other.reader, other.followers[0], 2_000_000)
    expect(dropped).to.have.length(1)
    give(other.reader, other.followers[0], 1)
    expect(dropped).to.have.length(2)
  })

  const large = (id: string): SharedEvent => event(id, 'x'.repeat(2_000_000))
  const notes: [title: string, give: (reader: ChannelReader, first?: Follower, second?: Follower) => void][] = [
    [
      'a position before it',
      (_, first, second) => {
        start(first, '0')
        start(second, '0')
        feed(first, large('1'))
      },
    ],
    [
      'a position after it',
      (_, first, second) => {
        start(first, '0')
        feed(first, large('1'))
        start(second, '0')
      },
    ],
    [
      'the last word after it',
      (reader, first) => {
        start(first, '0')
        feed(first, large('1'))
        reader.finish()
      },
    ],
  ]
  for (const [title, give] of notes) {
    it(`drops no client for which an event above 1 MB waits, and ${title}`, () => {
      const { reader, followers } = open({ keys: ['a', 'b'] }, [undefined, undefined])
      give(reader, ...followers)
      expect(dropped).to.deep.equal([])
    })
  }

  it('reads no more of the replays of many channels than the client takes, also if the turns have no time', async () => {
    const COUNT = 30
    const keys = Array.from({ length: COUNT }, (_, index) => `c${index}`)
    const { reader, followers } = open(
      { keys },
      keys.map(() => '1'),
    )
    const replays = followers.map((follower) => follower.replay([event('2', 'x'.repeat(50_000))], '2'))
    for (let count = 0; count < 2 * COUNT; count++) await turn()
    while (!isTurnUsedUp());
    await reader.read() // the opening; all events are wanted now, and wait for a turn
    for (let count = 0; count < 2 * COUNT; count++) await turn()
    expect(dropped).to.deep.equal([])
    const client = new Client(reader)
    await Promise.all(replays)
    await turn()
    expect(client.text.match(/^data: /gm)).to.have.length(COUNT)
    reader.cancel()
  })

  it('sends a large event in pieces, and nothing between them', async () => {
    const { reader, followers } = open({}, ['1'])
    const client = new Client(reader)
    const data = 'x'.repeat(200_000)
    await followers[0]?.replay([{ id: '2', fields: `data: ${data}\n` }], '2')
    followers[0]?.goLive(undefined, isWhole)
    reader.beat()
    feed(followers[0], event('3'))
    for (let count = 0; count < 10; count++) await turn()
    expect(client.text.replaceAll(/^:\n\n/gm, '')).to.equal(`id: 2\ndata: ${data}\n\nid: 3\ndata: 3\n\n`)
    expect(Math.max(...client.sizes)).to.equal(64 * 1024)
    reader.cancel()
  })

  it('finish() gives the event shutdown last; after the end nothing comes', async () => {
    const { reader, followers } = open()
    const client = new Client(reader)
    start(followers[0], '1')
    await turn()
    reader.finish()
    feed(followers[0], event('2'))
    reader.beat()
    await turn()
    expect(client.text.endsWith('event: shutdown\ndata: \n\n[end]')).to.equal(true)
    expect(left).to.deep.equal(['0'])
  })

  it('holds the feeds back until it is told, and tells the position then', async () => {
    const { reader, followers } = open()
    const client = new Client(reader)
    reader.holdFeeds()
    const [follower] = followers
    if (follower === undefined) return
    follower.lastId = '5'
    reader.begin(follower, true)
    void reader.hold?.then(() => follower.goLive(undefined, isWhole))
    feed(follower, event('6'))
    await turn()
    reader.beat()
    await turn()
    reader.write('data: first\n\n')
    await turn()
    expect(client.text).to.equal(':\n\n:\n\ndata: first\n\n')
    reader.releaseFeeds()
    await turn()
    expect(client.text).to.equal(':\n\n:\n\ndata: first\n\nid: 5\n\nid: 6\ndata: 6\n\n')
    reader.cancel()
  })
})
