import { setImmediate as turn } from 'node:timers/promises'
import { expect } from 'chai'
import { SharedEvent } from '../../../../src/shared/streams/channel/channel-event.js'
import { type EventSink, Follower } from '../../../../src/shared/streams/channel/follower.js'

const stored = (...ids: string[]) => ids.map((id) => ({ id, fields: `data: ${id}\n` }))
const shared = (...ids: string[]): SharedEvent[] => stored(...ids).map((event) => new SharedEvent(event))

/** Takes everything at once, unless it is told to wait. */
class Sink implements EventSink {
  readonly hold = undefined
  readonly ids: string[] = []
  readonly calls: string[] = []
  isTaking = true
  #wanting: (() => void) | undefined

  begin(): void {}
  beat(): void {}
  close(): void {}
  give(_follower: Follower, events: readonly SharedEvent[]): number {
    this.ids.push(...events.map(({ id }) => id))
    return events.length
  }
  whenWanted(callback: () => void): void {
    if (this.isTaking) callback()
    else this.#wanting = callback
  }
  drop(): void {
    this.calls.push('drop')
  }
  take(): void {
    this.#wanting?.()
  }
}

const open = (lastId?: string): { sink: Sink; follower: Follower } => {
  const sink = new Sink()
  const client = { id: 'me', data: undefined }
  return {
    sink,
    follower: new Follower(sink, client, lastId, {
      flush: () => undefined,
      follow: () => void sink.calls.push('follow'),
      leave: () => void sink.calls.push('end'),
    }),
  }
}

const feed = (follower: Follower, ...ids: string[]): void => {
  for (const event of shared(...ids)) follower.deliver([event], event.frame)
}

/** The feed has not broken off. */
const isWhole = (): boolean => true

describe('Follower', () => {
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
      const { sink, follower } = open(lastId)
      follower.suspend()
      feed(follower, ...early)
      await follower.replay(stored(...replay), position)
      await follower.goLive(skipUntil, isWhole)
      feed(follower, ...late)
      expect(sink.ids).to.deep.equal(ids)
      expect(follower.lastId).to.equal(ids.at(-1))
    })
  }

  it('tells whether the replay has met the feed', async () => {
    for (const [lastId, position, replay, hasMet] of [
      ['4', '5', ['5'], true],
      ['7', '5', [], false],
      ['7', '5', ['8'], false],
    ] as const) {
      expect(await open(lastId).follower.replay(stored(...replay), position)).to.equal(hasMet)
    }
  })

  it('goes on after its last event when the feed has broken off', async () => {
    const { sink, follower } = open('1')
    await follower.replay(stored('2'), '2')
    await follower.goLive(undefined, isWhole)
    feed(follower, '3')
    follower.suspend()
    expect(follower.lastId).to.equal('3')
    await follower.replay(stored('4', '5'), '5')
    await follower.goLive(undefined, isWhole)
    feed(follower, '6')
    expect(sink.ids).to.deep.equal(['2', '3', '4', '5', '6'])
  })

  it('a replay that fails rejects, with all events before the failure given', async () => {
    const { sink, follower } = open('1')
    const events = (function* () {
      yield* stored('2', '3')
      throw new Error('the store is away')
    })()
    const failure = await follower.replay(events, '9').catch((error: Error) => error.message)
    expect(failure).to.equal('the store is away')
    expect(sink.ids).to.deep.equal(['2', '3'])
    expect(follower.lastId).to.equal('3')
  })

  for (const bad of [null, 7, { id: 7, fields: '' }, { id: '7' }]) {
    it(`a replay refuses ${JSON.stringify(bad)} of a store`, async () => {
      const failure = await open('1')
        .follower.replay([bad] as any, '9')
        .catch((error: Error) => error.message)
      expect(failure).to.include('store.since()')
    })
  }

  it('reads a replay no further than the client takes it, and notes no event that was not given', async () => {
    const { sink, follower } = open('0')
    sink.isTaking = false
    let made = 0
    const events = (function* () {
      for (; made < 1000; made++) yield { id: `${made + 1}`, fields: `data: ${'x'.repeat(1024)}\n` }
    })()
    const replayed = follower.replay(events, '1000')
    await turn()
    expect(made).to.be.below(100)
    expect(follower.lastId).to.equal('0')
    sink.isTaking = true
    sink.take()
    await replayed
    expect(follower.lastId).to.equal('1000')
  })

  it('drops a client that waits for a replay while more than 1 MB of the feed comes', () => {
    const { sink, follower } = open('1')
    const event = new SharedEvent({ id: '2', fields: `data: ${'x'.repeat(100_000)}\n` })
    for (let count = 0; count < 10; count++) follower.deliver([event], event.frame)
    expect(sink.calls).to.deep.equal([])
    follower.deliver([event], event.frame)
    expect(sink.calls).to.deep.equal(['drop'])
  })

  it('end() tells once, and ends a replay that hangs', async () => {
    const { sink, follower } = open('1')
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
    const replayed = follower.replay(events, '9')
    await turn()
    follower.end()
    follower.end()
    await replayed
    expect(isReturned).to.equal(true)
    expect(sink.calls).to.deep.equal(['end'])
  })

  it('end() ends a replay that the client does not take', async () => {
    const { sink, follower } = open('1')
    sink.isTaking = false
    const replayed = follower.replay(stored('2'), '2')
    await turn()
    follower.end()
    await replayed
    sink.take()
    expect(sink.ids).to.deep.equal([])
  })
})
