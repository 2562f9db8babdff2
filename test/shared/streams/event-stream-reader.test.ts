import { expect } from 'chai'
import type { BatchReader } from '../../../src/shared/streams/batch.js'
import { EventStreamReader } from '../../../src/shared/streams/event-stream-reader.js'

/** A reader whose batches come when the test says so. */
class Inner implements BatchReader {
  readonly isPaused = true
  isCancelled = false
  give = (_: string | undefined): void => undefined
  fail = (_: Error): void => undefined

  read(): Promise<Buffer | undefined> {
    return new Promise((resolve, reject) => {
      this.give = (text) => resolve(text === undefined ? undefined : Buffer.from(text))
      this.fail = reject
    })
  }

  cancel(): void {
    this.isCancelled = true
  }
}

const HOUR = 3_600_000

describe('EventStreamReader', () => {
  let inner: Inner
  const open = (preamble = '', heartbeatMs = HOUR, firstWaitMs = HOUR): EventStreamReader => {
    inner = new Inner()
    return new EventStreamReader(inner, preamble, { heartbeatMs, firstWaitMs })
  }
  const text = async (read: Promise<Buffer | undefined>): Promise<string | undefined> => (await read)?.toString()

  it('gives the preamble with the first event, and each event once', async () => {
    const reader = open('retry: 5\n\n')
    const first = reader.read()
    inner.give('data: a\n\n')
    expect(await text(first)).to.equal('retry: 5\n\ndata: a\n\n')
    const second = reader.read()
    inner.give('data: b\n\n')
    expect(await text(second)).to.equal('data: b\n\n')
    const last = reader.read()
    inner.give(undefined)
    expect(await last).to.equal(undefined)
  })

  it('gives a comment after each silence, and the event that was waited for after it', async () => {
    const reader = open('', 5, 5)
    expect(await text(reader.read())).to.equal(':\n\n')
    expect(await text(reader.read())).to.equal(':\n\n')
    const next = reader.read()
    inner.give('data: a\n\n')
    expect(await text(next)).to.equal('data: a\n\n')
    reader.cancel()
  })

  it('gives no comment within an event that comes in two batches', async () => {
    const reader = open('', 5, 5)
    const first = reader.read()
    inner.give('data: first half ')
    expect(await text(first)).to.equal('data: first half ')
    const second = reader.read()
    setTimeout(() => inner.give('second half\n\n'), 30)
    expect(await text(second)).to.equal('second half\n\n')
    expect(await text(reader.read())).to.equal(':\n\n')
    reader.cancel()
  })

  it('takes the last line feed of an event that leaves alone for its end', async () => {
    for (const [batches, expected] of [
      [['data: a\n', '\n'], true],
      [['data: a', '\n', '\n'], true],
      [['data: a\n\n', 'data: b\n', '\n'], true],
      [['data: a', '\n'], false],
      [['data: a\n', 'data: b\n'], false],
    ] as const) {
      const reader = open('', 5, 5)
      for (const batch of batches) {
        const read = reader.read()
        inner.give(batch)
        await read
      }
      const next = reader.read()
      const silence = new Promise<string>((resolve) => setTimeout(resolve, 30, 'silence'))
      expect(await Promise.race([text(next), silence]), `${batches}`).to.equal(expected ? ':\n\n' : 'silence')
      const last = expected ? reader.read() : next
      reader.finish()
      expect(await text(last), `${batches}`).to.equal(expected ? 'event: shutdown\ndata: \n\n' : undefined)
    }
  })

  it('ends with the event shutdown, but not within another event', async () => {
    const whole = open()
    const read = whole.read()
    inner.give('data: a\n\n')
    await read
    const last = whole.read()
    whole.finish()
    expect(inner.isCancelled).to.equal(true)
    expect(await text(last)).to.equal('event: shutdown\ndata: \n\n')
    expect(await whole.read()).to.equal(undefined)

    const half = open()
    const begun = half.read()
    inner.give('data: a')
    await begun
    const rest = half.read()
    half.finish()
    expect(await rest).to.equal(undefined)
  })

  it('fails once if the source fails, before and after the first event', async () => {
    for (const events of [[], ['data: a\n\n']]) {
      const reader = open()
      for (const event of events) {
        const read = reader.read()
        inner.give(event)
        await read
      }
      const read = reader.read().catch((error: Error) => error.message)
      inner.fail(new Error('broken'))
      expect(await read).to.equal('broken')
    }
  })

  it('cancel() ends a read that is pending', async () => {
    const reader = open()
    const read = reader.read()
    reader.cancel()
    expect(await read).to.equal(undefined)
    expect(inner.isCancelled).to.equal(true)
  })
})
