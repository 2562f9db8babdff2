import { setImmediate as turn } from 'node:timers/promises'
import { expect } from 'chai'
import { ChannelReader, type EventFrame } from '../../../../src/shared/streams/channel/channel-reader.js'
import { Frame } from '../../../../src/shared/wire/frame.js'

const stored = (...ids: string[]) => ids.map((id) => ({ id, fields: `data: ${id}\n` }))

/** What the feed gives: one event at a time. */
function feed(reader: ChannelReader, ...ids: string[]): void {
  for (const id of ids) {
    const frame = new Frame(`id: ${id}\ndata: ${id}\n\n`)
    const event: EventFrame = { id, frame }
    reader.deliver([event], frame)
  }
}

/** Reads everything that comes, until it is stopped. */
class Client {
  text = ''
  constructor(reader: ChannelReader) {
    void this.#read(reader)
  }
  async #read(reader: ChannelReader): Promise<void> {
    for (let batch = await reader.read(); batch !== undefined; batch = await reader.read()) this.text += batch
    this.text += '[end]'
  }
  get ids(): string[] {
    return this.text.match(/(?<=^data: ).*/gm) ?? []
  }
}

describe('ChannelReader', () => {
  const dropped: Error[] = []
  const ended: ChannelReader[] = []
  const open = (lastId?: string, preamble = ''): ChannelReader =>
    new ChannelReader(
      preamble,
      lastId,
      (reason) => void dropped.push(reason),
      (reader) => void ended.push(reader),
    )
  beforeEach(() => {
    dropped.length = 0
    ended.length = 0
  })

  /** A replay and a feed that meet: position of the feed, events that come before and after the replay, result. */
  const meetings: [
    title: string,
    at: { lastId: string; position: string; replay: string[]; early: string[]; late: string[]; skipUntil?: string },
    ids: string[],
  ][] = [
    ['nothing missed, nothing early', { lastId: '5', position: '5', replay: [], early: [], late: ['6'] }, ['6']],
    [
      'the replay ends where the feed begins',
      { lastId: '3', position: '5', replay: ['4', '5'], early: [], late: ['6'] },
      ['4', '5', '6'],
    ],
    [
      'the replay has what came early',
      { lastId: '4', position: '5', replay: ['5', '6', '7'], early: ['6', '7'], late: ['8'] },
      ['5', '6', '7', '8'],
    ],
    [
      'the replay ends before what came early',
      { lastId: '4', position: '5', replay: ['5'], early: ['6', '7'], late: ['8'] },
      ['5', '6', '7', '8'],
    ],
    [
      'the replay has what the feed gives later',
      { lastId: '4', position: '5', replay: ['5', '6', '7'], early: ['6'], late: ['7', '8'] },
      ['5', '6', '7', '8'],
    ],
    [
      'the feed lags: all of the replay comes again',
      { lastId: '5', position: '5', replay: ['6', '7'], early: [], late: ['6', '7', '8'] },
      ['6', '7', '8'],
    ],
    [
      'the client is ahead of the feed',
      { lastId: '7', position: '5', replay: ['8'], early: ['6'], late: ['7', '8', '9'], skipUntil: '7' },
      ['8', '9'],
    ],
    [
      'the client is ahead, and the feed has passed it',
      { lastId: '7', position: '5', replay: [], early: ['6', '7', '8'], late: ['9'], skipUntil: '7' },
      ['8', '9'],
    ],
    [
      'the position is no longer kept',
      { lastId: 'old', position: '5', replay: ['6', '7'], early: ['6'], late: ['7', '8'] },
      ['6', '7', '8'],
    ],
  ]
  for (const [title, { lastId, position, replay, early, late, skipUntil }, ids] of meetings) {
    it(`gives each event once and in order: ${title}`, async () => {
      const reader = open(lastId)
      const client = new Client(reader)
      reader.suspend()
      feed(reader, ...early)
      await reader.replay(stored(...replay), position)
      reader.goLive(skipUntil)
      feed(reader, ...late)
      await turn()
      expect(client.ids).to.deep.equal(ids)
      expect(reader.lastId).to.equal(ids.at(-1))
      reader.cancel()
    })
  }

  it('tells whether the replay has met the feed', async () => {
    for (const [lastId, position, replay, hasMet] of [
      ['5', '5', [], true],
      ['4', '5', ['5'], true],
      ['7', '5', [], false],
      ['7', '5', ['8'], false],
    ] as const) {
      const reader = open(lastId)
      const client = new Client(reader)
      expect(await reader.replay(stored(...replay), position)).to.equal(hasMet)
      expect(client.text).not.to.include('[end]')
      reader.cancel()
    }
  })

  it('opens with the position, with a preamble, or with a comment', async () => {
    for (const [preamble, position, opening] of [
      ['', '5', 'id: 5\n\n'],
      ['retry: 1\n\n', '5', 'retry: 1\n\nid: 5\n\n'],
      ['retry: 1\n\n', '', 'retry: 1\n\n'],
      ['', '', ':\n\n'],
    ] as const) {
      const reader = open(undefined, preamble)
      reader.begin(position)
      reader.goLive(undefined)
      expect(String(await reader.read())).to.equal(opening)
      reader.cancel()
    }
  })

  it('tells the position of a client whose stream is open already', async () => {
    const reader = open()
    const client = new Client(reader)
    await turn()
    reader.begin('5')
    reader.goLive(undefined)
    await turn()
    expect(client.text).to.equal(':\n\nid: 5\n\n')
    reader.cancel()
  })

  it('goes on after its last event when the feed has broken off', async () => {
    const reader = open('1')
    const client = new Client(reader)
    await reader.replay(stored('2'), '2')
    reader.goLive(undefined)
    feed(reader, '3')
    reader.suspend()
    expect(reader.lastId).to.equal('3')
    await reader.replay(stored('4', '5'), '5')
    reader.goLive(undefined)
    feed(reader, '6')
    await turn()
    expect(client.ids).to.deep.equal(['2', '3', '4', '5', '6'])
    reader.cancel()
  })

  it('a replay that fails rejects, with all events before the failure given', async () => {
    const reader = open('1')
    const client = new Client(reader)
    const events = (function* () {
      yield* stored('2', '3')
      throw new Error('the store is away')
    })()
    const failure = await reader.replay(events, '9').catch((error: Error) => error.message)
    expect(failure).to.equal('the store is away')
    expect(client.ids).to.deep.equal(['2', '3'])
    expect(reader.lastId).to.equal('3')
    reader.cancel()
  })

  it('drops a client with more than 1 MB before it: live, and while it waits for a replay', () => {
    const frame = new Frame(`data: ${'x'.repeat(100_000)}\n\n`)
    for (const isLive of [true, false]) {
      dropped.length = 0
      const reader = open('1')
      if (isLive) reader.goLive(undefined)
      for (let count = 0; count < 10; count++) reader.deliver([{ id: `${count}`, frame }], frame)
      expect(dropped).to.have.length(0)
      reader.deliver([{ id: 'last', frame }], frame)
      expect(dropped).to.have.length(1)
    }
  })

  it('beats only between events', async () => {
    const reader = open('1')
    const client = new Client(reader)
    void reader
      .replay([{ id: '2', fields: `data: ${'x'.repeat(200_000)}\n` }], '2')
      .then(() => reader.goLive(undefined))
    for (let count = 0; count < 20; count++) {
      reader.beat()
      await turn()
    }
    expect(client.text.replaceAll(':\n\n', '').length).to.equal('id: 2\ndata: \n\n'.length + 200_000)
    expect(client.text).to.match(/x{200000}/)
    reader.cancel()
  })

  it('finish() gives the event shutdown last; after the end nothing comes', async () => {
    const reader = open()
    const client = new Client(reader)
    reader.begin('1')
    reader.goLive(undefined)
    await turn()
    reader.finish()
    feed(reader, '2')
    reader.beat()
    await turn()
    expect(client.text.endsWith('event: shutdown\ndata: \n\n[end]')).to.equal(true)
    expect(ended).to.deep.equal([reader])
  })

  it('cancel() ends a replay that hangs', async () => {
    const reader = open('1')
    let isReturned = false
    const events = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise<never>(() => undefined),
        return: async () => {
          isReturned = true
          return { done: true as const, value: undefined }
        },
      }),
    }
    const client = new Client(reader)
    const replayed = reader.replay(events, '9')
    await turn()
    reader.cancel()
    await replayed
    await turn()
    expect(isReturned).to.equal(true)
    expect(client.text).to.equal(':\n\n[end]')
  })
})
