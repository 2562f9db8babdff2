import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises'
import { expect } from 'chai'
import fc from 'fast-check'
import { type Channel, channel, type EventStreamOptions } from '../../src/index.js'
import { contract } from '../support/contract.js'
import { EventBrowser, until } from '../support/event-browser.js'
import { EventServer, SlowStore } from '../support/faulty-store.js'

/** What a client asks for: its path names the channels, and says if it has a filter, a snapshot or an iteration. */
interface Wish {
  readonly channels: readonly number[]
  readonly kind: 'plain' | 'filtered' | 'first' | 'iterated'
}

type Step =
  | { readonly do: 'publish'; readonly channel: number; readonly except: number | undefined }
  | { readonly do: 'leave' | 'return'; readonly client: number }
  | { readonly do: 'wait'; readonly turns: number }

const CHANNELS = 3
const CLIENTS = 4

const channelNumber = fc.nat({ max: CHANNELS - 1 })
const client = fc.nat({ max: CLIENTS - 1 })
const wish: fc.Arbitrary<Wish> = fc.oneof(
  fc.record({
    channels: fc.uniqueArray(channelNumber, { minLength: 1, maxLength: CHANNELS }),
    kind: fc.constantFrom('plain', 'filtered', 'first'),
  }),
  fc.record({ channels: channelNumber.map((number) => [number]), kind: fc.constant('iterated' as const) }),
)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('publish' as const),
      channel: channelNumber,
      except: fc.option(client, { nil: undefined }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('leave' as const, 'return' as const), client }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), turns: fc.nat({ max: 3 }) }) },
)

const isOdd = (data: unknown): boolean => Number(`${data}`.split(' ')[1]) % 2 === 1

contract('channels: any order of publishing, leaving and returning', ({ serve }) => {
  for (const isSlow of [false, true]) {
    it(`each client gets each event that it should once and in order, ${isSlow ? 'with stores that are slow' : 'in memory'}`, async function () {
      this.timeout(120_000)
      await fc.assert(
        fc.asyncProperty(
          fc.array(wish, { minLength: CLIENTS, maxLength: CLIENTS }),
          fc.array(step, { minLength: 20, maxLength: 60 }),
          async (wishes, steps) => {
            const all: Channel[] = Array.from({ length: CHANNELS }, () =>
              channel(
                isSlow
                  ? {
                      store: new SlowStore(
                        new EventServer(),
                        () => 1,
                        () => 1,
                      ),
                    }
                  : { replay: 1000 },
              ),
            )
            let joined = 0
            for (const each of all) each.onJoin(() => void joined++)
            const app = await serve((target, { url }) => {
              const number = Number(url.slice(1))
              const { channels = [], kind = 'plain' } = wishes[number] ?? {}
              const list = channels.flatMap((index) => all[index] ?? [])
              const [only] = list
              if (kind === 'iterated' && only !== undefined) {
                return target.sse(({ lastEventId }) => only.events({ lastEventId, client: { id: `${number}` } }))
              }
              const options: EventStreamOptions = {
                client: { id: `${number}` },
                ...(kind === 'filtered' && { filter: ({ data }) => isOdd(data) }),
                ...(kind === 'first' && { first: () => 'first' }),
              }
              return target.sse(list.length === 1 && only !== undefined ? only : list, options)
            })
            const browsers = wishes.map(() => new EventBrowser())
            try {
              // Every client is there before the first event, and knows its position.
              for (const [number, browser] of browsers.entries()) browser.connect(app.port, `/${number}`)
              await until(() =>
                browsers.every((browser, number) =>
                  wishes[number]?.kind === 'iterated' ? browser.status === '200' : browser.lastId !== '',
                ),
              )
              await until(() => joined >= wishes.flatMap((each) => each.channels).length)
              const published: { channel: number; data: string; except: number | undefined }[] = []
              const publish = async (index: number, except: number | undefined): Promise<void> => {
                const data = `${index} ${published.length}`
                published.push({ channel: index, data, except })
                await all[index]?.publish(data, except === undefined ? {} : { except: `${except}` })
              }
              for (let index = 0; index < CHANNELS; index++) await publish(index, undefined) // an iteration has an id now
              await until(() =>
                browsers.every((browser, number) => wishes[number]?.kind !== 'iterated' || browser.lastId !== ''),
              )
              for (const each of steps) {
                if (each.do === 'publish') await publish(each.channel, each.except)
                else if (each.do === 'wait') for (let count = 0; count < each.turns; count++) await turn()
                else {
                  const browser = browsers[each.client]
                  browser?.leave()
                  if (each.do === 'return') browser?.connect(app.port, `/${each.client}`)
                }
              }
              for (const [number, browser] of browsers.entries()) {
                if (!browser.isConnected) browser.connect(app.port, `/${number}`)
              }
              // Two events of each channel, of which one passes the filter.
              for (let count = 0; count < 2; count++)
                for (let index = 0; index < CHANNELS; index++) await publish(index, undefined)
              const expected = wishes.map(({ channels, kind }, number) =>
                channels.map((index) =>
                  published
                    .filter((each) => each.channel === index && each.except !== number)
                    .filter(({ data }) => kind !== 'filtered' || isOdd(data))
                    .map(({ data }) => data),
                ),
              )
              const received = (): string[][][] =>
                wishes.map(({ channels }, number) =>
                  channels.map(
                    (index) => browsers[number]?.events.filter((data) => data.startsWith(`${index} `)) ?? [],
                  ),
                )
              const lengths = (lists: string[][][]): string =>
                JSON.stringify(lists.map((each) => each.map(({ length }) => length)))
              const deadline = Date.now() + 20_000
              while (lengths(received()) !== lengths(expected) && Date.now() < deadline) await turn()
              await delay(isSlow ? 10 : 1) // a doubled event would come now
              expect(received()).to.deep.equal(expected)
              for (const [number, { kind }] of wishes.entries()) {
                const count = browsers[number]?.events.filter((data) => data === 'first').length
                expect(count).to.equal(kind === 'first' ? 1 : 0)
              }
            } finally {
              for (const browser of browsers) browser.leave()
              await Promise.all(all.map((each) => each.close()))
              await app.close()
            }
          },
        ),
        { numRuns: 8 },
      )
    })
  }
})
