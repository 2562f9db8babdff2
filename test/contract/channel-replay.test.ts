import { once } from 'node:events'
import net from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'chai'
import { channel, type StoredEvent } from '../../src/index.js'
import { disturb, leastDisturbance } from '../support/busy-clients.js'
import { contract } from '../support/contract.js'
import { until } from '../support/event-browser.js'

contract('channel: a long replay', ({ serve }) => {
  it('of 200,000 events leaves the event loop to others and is not held in memory', async () => {
    const COUNT = 200_000
    let made = 0
    const taken = { id: '', fields: '' }
    const store = {
      append: () => taken,
      subscribe: () => ({ position: `${COUNT}`, close: () => undefined }),
      *since(): Generator<StoredEvent> {
        for (let id = 1; id <= COUNT; id++) {
          made++
          yield { id: `${id}`, fields: `data: event number ${id} of a long replay\n` }
        }
      },
    }
    const news = channel({ store })
    const app = await serve((target, { url }) =>
      url === '/quick' ? target.text('quick') : target.sse(news, { lastEventId: '0' }),
    )
    const { answerMs, turnMs } = await leastDisturbance(() => disturb(app.port, ['/1', '/2', '/3'], '/quick'))
    expect(turnMs).to.be.at.most(20)
    expect(answerMs).to.be.at.most(60)
    await until(() => news.size === 0)
    made = 0
    const stalled = net.connect(app.port, '127.0.0.1')
    stalled.on('error', () => undefined)
    stalled.pause()
    stalled.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await once(stalled, 'connect')
    let last = -1
    while (made === 0 || last !== made) {
      last = made
      await delay(100)
    }
    expect(made).to.be.below(COUNT) // what the sockets take, and no more
    stalled.destroy()
    await until(() => news.size === 0)
    await news.close()
  })
})
