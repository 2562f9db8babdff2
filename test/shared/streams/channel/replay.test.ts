import { setImmediate as turn } from 'node:timers/promises'
import { expect } from 'chai'
import { type Entry, ReadQueue, Replay } from '../../../../src/shared/streams/channel/replay.js'

/** A server whose answers the test gives. */
class HeldReads {
  readonly begun: number[] = []
  readonly #held = new Map<number, { resolve(): void; reject(reason: Error): void }>()

  read(number: number): Promise<number> {
    this.begun.push(number)
    return new Promise((resolve, reject) => this.#held.set(number, { resolve: () => resolve(number), reject }))
  }

  async answer(number: number): Promise<void> {
    this.#held.get(number)?.resolve()
    await turn()
  }

  async fail(number: number): Promise<void> {
    this.#held.get(number)?.reject(new Error('away'))
    await turn()
  }
}

describe('ReadQueue', () => {
  it('reads four at a time, first come first served, and goes on after a failure', async () => {
    const queue = new ReadQueue()
    const reads = new HeldReads()
    const answers = Array.from({ length: 7 }, (_, number) =>
      queue.read(() => reads.read(number)).catch((error: Error) => error.message),
    )
    await turn()
    expect(reads.begun).to.deep.equal([0, 1, 2, 3])
    await reads.answer(2)
    expect(reads.begun).to.deep.equal([0, 1, 2, 3, 4])
    await reads.fail(0)
    expect(reads.begun).to.deep.equal([0, 1, 2, 3, 4, 5])
    for (const number of [1, 3, 4, 5, 6]) await reads.answer(number)
    expect(await Promise.all(answers)).to.deep.equal(['away', 1, 2, 3, 4, 5, 6])
    // All places are free again.
    for (const number of [10, 11, 12, 13, 14]) void queue.read(() => reads.read(number))
    await turn()
    expect(reads.begun.slice(7)).to.deep.equal([10, 11, 12, 13])
  })

  it('does not read for those that have left, and gives their places to the others', async () => {
    const queue = new ReadQueue()
    const reads = new HeldReads()
    const leave: (() => void)[] = []
    const answers = Array.from({ length: 9 }, (_, number) =>
      queue.read(
        () => reads.read(number),
        (leaving) => {
          leave[number] = leaving
        },
      ),
    )
    await turn()
    for (const number of [4, 5, 7]) leave[number]?.()
    expect(await Promise.all([4, 5, 7].map((number) => answers[number]))).to.deep.equal([
      undefined,
      undefined,
      undefined,
    ])
    for (const number of [0, 1, 2]) await reads.answer(number)
    expect(reads.begun).to.deep.equal([0, 1, 2, 3, 6, 8])
    leave[6]?.() // its read is under way
    for (const number of [3, 6, 8]) await reads.answer(number)
    expect(await Promise.all([3, 6, 8].map((number) => answers[number]))).to.deep.equal([3, 6, 8])
  })
})

describe('ReadQueue that is closed', () => {
  it('refuses all who wait, and begins no read for them', async () => {
    const queue = new ReadQueue()
    const reads = new HeldReads()
    const answers = Array.from({ length: 6 }, (_, number) =>
      queue.read(() => reads.read(number)).catch((error: Error) => error.message),
    )
    await turn()
    queue.refuse(new Error('closed'))
    for (const number of [0, 1, 2, 3]) await reads.answer(number)
    expect(await Promise.all(answers)).to.deep.equal([0, 1, 2, 3, 'closed', 'closed'])
    expect(reads.begun).to.deep.equal([0, 1, 2, 3])
  })
})

describe('Replay', () => {
  it('gives each event once to calls that are made at once', async () => {
    const kept = ['0', '1', '2', '3'].map((id): Entry => ({ id, fields: 'x' }))
    const replay = new Replay(new ReadQueue(), async () => kept)
    const given = await Promise.all([replay.next(), replay.next(), replay.next()])
    expect(given.map(({ value }) => value?.id)).to.deep.equal(['0', '1', '2'])
  })

  interface Case {
    /** The lengths of the events that are kept; `undefined`: no event of the kit. */
    readonly lengths: readonly (number | undefined)[]
    /** How many were asked for in each page, after which position. */
    readonly pages: readonly (readonly [position: string | undefined, count: number])[]
  }
  const many = (count: number, length: number | undefined): (number | undefined)[] =>
    Array.from({ length: count }, () => length)
  const cases: Readonly<Record<string, Case>> = {
    'no event': { lengths: [], pages: [[undefined, 16]] },
    'a few events are one page': { lengths: many(15, 100), pages: [[undefined, 16]] },
    'small events: each page is twice as long as the one before, up to 500': {
      lengths: many(1100, 100),
      pages: [
        [undefined, 16],
        ['15', 32],
        ['47', 64],
        ['111', 128],
        ['239', 256],
        ['495', 500],
        ['995', 500],
      ],
    },
    'small events between large ones: a page that does not fit is short': {
      lengths: [...many(2, 300_000), 10, ...many(2, 300_000), 10],
      pages: [
        [undefined, 16],
        ['0', 1],
        ['1', 1],
        ['2', 2],
        ['3', 1],
        ['4', 1],
        ['5', 2],
      ],
    },
    'events of 16 kB less their ids: 16 in a page of 256 kB': {
      lengths: many(40, 16_384 - 2),
      pages: [
        [undefined, 16],
        ['15', 16],
        ['31', 16],
      ],
    },
    'events of 100,000: two of a page are held': {
      lengths: many(5, 100_000),
      pages: [
        [undefined, 16],
        ['1', 2],
        ['3', 2],
      ],
    },
    'events of 1 MB: one at a time': {
      lengths: many(3, 1_000_000),
      pages: [
        [undefined, 16],
        ['0', 1],
        ['1', 1],
        ['2', 1],
      ],
    },
    'large events after small ones: the page is read again after what a client may hold': {
      lengths: [...many(16, 10), ...many(4, 200_000)],
      pages: [
        [undefined, 16],
        ['15', 32],
        ['16', 1],
        ['17', 1],
        ['18', 1],
        ['19', 1],
      ],
    },
    'what is no event is passed over': {
      lengths: [...many(20, undefined), 7],
      pages: [
        [undefined, 16],
        ['15', 32],
      ],
    },
  }
  for (const [title, { lengths, pages }] of Object.entries(cases)) {
    it(title, async () => {
      const kept = lengths.map((length, number): Entry => {
        return { id: `${number}`, fields: length === undefined ? undefined : 'x'.repeat(length) }
      })
      const asked: unknown[] = []
      const replay = new Replay(new ReadQueue(), async (position, count) => {
        asked.push([position, count])
        const start = position === undefined ? 0 : Number(position) + 1
        return kept.slice(start, start + count)
      })
      const events: Entry[] = []
      for await (const event of replay) events.push(event)
      expect(events).to.deep.equal(kept.filter(({ fields }) => fields !== undefined))
      expect(asked).to.deep.equal(pages)
    })
  }

  it('that is left while it waits for its turn reads nothing', async () => {
    const queue = new ReadQueue()
    const reads = new HeldReads()
    for (const number of [1, 2, 3, 4]) void queue.read(() => reads.read(number))
    let isRead = false
    const replay = new Replay(queue, async () => {
      isRead = true
      return []
    })
    const next = replay.next()
    await turn()
    await replay.return()
    expect(await next).to.deep.equal({ done: true, value: undefined })
    for (const number of [1, 2, 3, 4]) await reads.answer(number)
    expect(isRead).to.equal(false)
  })

  it('that is left while its page is read gives nothing of it', async () => {
    let answer = (_: readonly Entry[]): void => undefined
    const replay = new Replay(new ReadQueue(), () => new Promise((resolve) => (answer = resolve)))
    const next = replay.next()
    await turn()
    await replay.return()
    answer([{ id: '1', fields: 'x' }])
    expect(await next).to.deep.equal({ done: true, value: undefined })
  })
})
