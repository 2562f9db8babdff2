import { expect } from 'chai'
import type { ZipEntry, ZipOptions } from '../../src/index.js'
import { disturb, leastDisturbance } from '../support/busy-clients.js'
import { contract } from '../support/contract.js'
import { request } from '../support/request.js'

const one = Buffer.from('x')
const small = Buffer.alloc(2048, 'some text ')

const large = Buffer.alloc(64 * 1024 * 1024)
const MANY = 20_000
/** Made once: what the handler does is not what this measures. */
const stored = entriesOf(MANY, () => one)

/** Archives whose sources do no I/O. What they cost in all is far more than one turn of the event loop may take. */
const ARCHIVES: Readonly<Record<string, () => readonly [Iterable<ZipEntry> | AsyncIterable<ZipEntry>, ZipOptions?]>> = {
  '20,000 stored entries': () => [stored, { compress: false }],
  '20,000 entries from an async iterable': () => [laterEntriesOf(MANY)],
  '2,000 Buffers of 2 kB': () => [entriesOf(2000, () => small)],
  '2,000 generators': () => [entriesOf(2000, () => lines(1, small))],
  '512 MB from a generator, stored': () => [
    [{ name: 'a', source: lines(8192, Buffer.alloc(65_536)), compress: false }],
  ],
  '64 MB from a generator, compressed': () => [[{ name: 'a', source: lines(1024, Buffer.alloc(65_536)) }]],
  '300,000 lines of one byte': () => [[{ name: 'a', source: lines(300_000, one) }]],
  'chunks without a byte': () => [[{ name: 'a', source: lines(200_000, Buffer.alloc(0)) }]],
  'one Buffer of 64 MB, stored': () => [[{ name: 'a', source: large, compress: false }]],
}

function entriesOf(count: number, makeSource: () => NonNullable<ZipEntry['source']>): ZipEntry[] {
  return Array.from({ length: count }, (_, index) => ({ name: `directory/${index}`, source: makeSource() }))
}

async function* laterEntriesOf(count: number): AsyncGenerator<ZipEntry> {
  for (let index = 0; index < count; index++) yield { name: `directory/${index}`, source: one }
}

function* lines(count: number, line: Buffer): Generator<Buffer> {
  for (let index = 0; index < count; index++) yield line
}

/** These are asked for on every framework; the others, which cost time, on one of each family. */
const EVERYWHERE: readonly string[] = [
  '20,000 stored entries',
  '2,000 Buffers of 2 kB',
  '512 MB from a generator, stored',
]

contract('zip() shares the event loop', ({ framework, serve }) => {
  const isOneOfFamily = framework.name === 'express5' || framework.name === 'koa3'

  for (const [title, make] of Object.entries(ARCHIVES)) {
    if (!isOneOfFamily && !EVERYWHERE.includes(title)) continue
    it(`${title}: a turn takes 20 ms at most, and another request is answered within 60 ms`, async function () {
      this.timeout(60_000)
      const app = await serve((target, { url }) => {
        if (url === '/quick') return target.text('quick')
        if (url === '/warm') return target.zip(stored, 'x.zip', { compress: false })
        const [entries, options] = make()
        return target.zip(entries, 'x.zip', options)
      })
      for (let count = 0; count < 3; count++) await request(app.port, { path: '/warm' }) // until it is compiled
      const { answerMs, turnMs } = await leastDisturbance(() => disturb(app.port, ['/'], '/quick'))
      expect(turnMs).to.be.at.most(20)
      expect(answerMs).to.be.at.most(60)
    })
  }

  if (!isOneOfFamily) return
  for (const [title, make] of [
    ['a list of entries', (count: number) => entriesOf(count, () => one)],
    ['entries that come one after the other', laterEntriesOf],
  ] as const) {
    it(`needs time in proportion to the number of entries: ${title}`, async function () {
      this.timeout(60_000)
      const app = await serve((target, { url }) => target.zip(make(Number(url.slice(1))), 'x.zip', { compress: false }))
      const cpuMs = async (count: number): Promise<number> => {
        let least = Number.POSITIVE_INFINITY
        for (let attempt = 0; attempt < 3; attempt++) {
          const before = process.cpuUsage()
          await request(app.port, { path: `/${count}` })
          const { user, system } = process.cpuUsage(before)
          least = Math.min(least, (user + system) / 1000)
        }
        return least
      }
      await cpuMs(2000)
      // Four times as many take four times as long, or sixteen times if the time grows with the square.
      expect(await cpuMs(8000)).to.be.below(8 * (await cpuMs(2000)))
    })
  }
})
