import { expect } from 'chai'
import type { ChannelStore, StoredEvent } from '../../src/index.js'

/** The pages that a store reads, as its server is asked for them. */
export class PageReads {
  /** The length of the text of each page that was read. */
  readonly lengths: number[] = []
  /** The most that were under way at a time. */
  most = 0
  #underWay = 0

  /** `lengthOf` knows how much text an answer has. */
  async count<Answer>(read: Promise<Answer>, lengthOf: (answer: Answer) => number): Promise<Answer> {
    this.most = Math.max(this.most, ++this.#underWay)
    const answer = await read
    this.#underWay--
    this.lengths.push(lengthOf(answer))
    return answer
  }
}

const CLIENTS = 40
const EVENTS = 40
const LENGTH = 20_000

/**
 * Many clients return at once, half of them leave at once, and one event is published meanwhile. Those who stay get all that
 * is kept, in pages of some 256 kB, of which at most four are under way. Nothing is read for those who have left.
 */
export async function checkReturning(store: ChannelStore, reads: PageReads): Promise<void> {
  const append = (name: string): unknown => store.append({ id: undefined, fields: name.padEnd(LENGTH) })
  const names = Array.from({ length: EVENTS }, (_, number) => `${number}`)
  for (const name of names) await append(name)
  // Each of those who stay needs four pages: 16 or 17 events of a length that is not known yet, then 13 at a time.
  const clients = Array.from({ length: CLIENTS }, () => {
    const events = store.since('0') as AsyncIterable<StoredEvent>
    return events[Symbol.asyncIterator]()
  })
  const firsts = clients.map((client) => client.next())
  const published = append('meanwhile')
  const leaving = clients.slice(CLIENTS / 2).map((client) => client.return?.())
  await published
  const replays = await Promise.all(
    clients.slice(0, CLIENTS / 2).map(async (client, index) => {
      const given: string[] = []
      for (let result = await firsts[index]; result?.done === false; result = await client.next()) {
        given.push(result.value.fields.trim())
      }
      return given.filter((name) => name !== 'meanwhile') // those who were read last have it
    }),
  )
  await Promise.all([...firsts, ...leaving])
  expect(replays).to.deep.equal(Array.from({ length: CLIENTS / 2 }, () => names))
  expect({
    most: reads.most,
    pages: reads.lengths.length,
    longest: Math.max(...reads.lengths) <= 17 * LENGTH,
  }).to.deep.equal({ most: 4, pages: (CLIENTS / 2) * 4, longest: true })
}

/** A store that keeps 100 events removes what a client that stalls has not read: the client learns of it. */
export async function checkRemoved(store: ChannelStore): Promise<void> {
  const append = (): unknown => store.append({ id: undefined, fields: 'x' })
  for (let count = 0; count < 60; count++) await append()
  const replay = (store.since('0') as AsyncIterable<StoredEvent>)[Symbol.asyncIterator]()
  const read = [await replay.next()]
  for (let count = 0; count < 300; count++) await append()
  let failure: unknown
  try {
    while (read.at(-1)?.done === false) read.push(await replay.next())
  } catch (error) {
    failure = error
  }
  expect(failure).to.include({ code: 'STORE_FAILED' })
  expect(String(failure)).to.include('was removed before a client that returns had read it')
  expect(read.length).to.be.within(16, 17) // the first page
}
