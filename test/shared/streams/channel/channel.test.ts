import { setImmediate as turn } from 'node:timers/promises'
import { expect } from 'chai'
import { type ChannelStore, type ChannelSubscription, channel, channels } from '../../../../src/index.js'
import { refuseOwnId } from '../../../../src/shared/streams/channel/server-store.js'

const store = (given: Partial<ChannelStore>): ChannelStore => ({
  append: ({ fields }) => ({ id: '1', fields }),
  subscribe: () => ({ position: '', close: () => undefined }),
  since: () => [],
  ...given,
})

describe('a store that fails', () => {
  const unhandled: unknown[] = []
  const note = (reason: unknown): void => void unhandled.push(reason)
  beforeEach(() => void process.on('unhandledRejection', note))
  afterEach(() => void process.off('unhandledRejection', note))

  for (const [what, append, told] of [
    ['rejects', () => Promise.reject(new Error('away')), 'away'],
    [
      'throws',
      () => {
        throw new Error('not now')
      },
      'not now',
    ],
    ['rejects with a text', () => Promise.reject('gone'), 'thrown: gone'],
    [
      'refuses an id of the app',
      ({ id }) => {
        refuseOwnId(id, 'Redis')
        return { id: '1', fields: '' }
      },
      "publish: id must be absent, because Redis gives the ids, got 'mine'",
    ],
  ] satisfies [string, ChannelStore['append'], string][]) {
    const event = { id: 'mine', data: 'x' }

    it(`onError is told of an event that a store does not keep, if it ${what} and the caller does not wait`, async () => {
      const heard: string[] = []
      const news = channel({ store: store({ append }), onError: ({ message }) => void heard.push(message) })
      void news.publish(event)
      await turn()
      await news.publish(event).catch(() => heard.push('the promise rejects'))
      expect(heard).to.deep.equal([told, told, 'the promise rejects'])
      expect(unhandled).to.deep.equal([])
      await news.close()
    })

    it(`so is that of channels(), with the topic, if it ${what}`, async () => {
      const heard: string[] = []
      const rooms = channels({
        store: () => store({ append }),
        onError: ({ message }, topic) => void heard.push(`${topic}: ${message}`),
      })
      void rooms.topic('a').publish(event)
      await turn()
      expect(heard).to.deep.equal([`a: ${told}`])
      expect(unhandled).to.deep.equal([])
      await rooms.close()
    })
  }

  it('onError is told if the end of a subscription fails', async () => {
    let end = (_: Error): void => undefined
    const subscribe: ChannelStore['subscribe'] = (_, fail): ChannelSubscription => {
      end = fail
      return { position: '1', close: () => Promise.reject(new Error('cannot close')) }
    }
    const heard: string[] = []
    let resolve = (): void => undefined
    const bothHeard = new Promise<void>((done) => (resolve = done))
    const onError = ({ message }: Error): void => {
      if (heard.push(message) === 2) resolve()
    }
    const news = channel({ store: store({ subscribe }), onError })
    const joined = new Promise<void>((there) => void news.onJoin(() => there()))
    const events = news.events()
    void events.next()
    await joined
    end(new Error('cut'))
    await bothHeard
    expect(heard).to.have.members(['cut', 'cannot close'])
    await events.return?.()
    await news.close().catch(() => undefined)
    expect(unhandled).to.deep.equal([])
  })
})
