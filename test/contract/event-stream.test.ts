import { expect } from 'chai'
import { EventSource } from 'eventsource'
import { channel } from '../../src/index.js'
import { contract } from '../support/contract.js'
import { requestPartially } from '../support/partial-request.js'
import { request } from '../support/request.js'

const never = new Promise<never>(() => undefined)

/** The first `count` messages a real client dispatches, as [type, data, lastEventId]; the client is closed then. */
function receive(url: string, count: number, types: readonly string[] = ['message']): Promise<string[][]> {
  return new Promise((resolve) => {
    const received: string[][] = []
    const client = new EventSource(url)
    for (const type of types) {
      client.addEventListener(type, (event) => {
        received.push([event.type, event.data, event.lastEventId])
        if (received.length < count) return
        client.close()
        resolve(received)
      })
    }
  })
}

contract('sse', ({ answer, serve, askForError }) => {
  it('sends events in the format of HTML §9.2, past every buffering proxy', async () => {
    const { status, headers, text } = await answer((target) =>
      target.sse([
        'hello',
        { event: 'price', data: { eur: 3 }, id: 7 },
        { data: 'one\ntwo\r\nthree\rfour' },
        { comment: 'a note' },
        { retry: 2500 },
        { id: '', data: '' },
        { event: 'ping' },
      ]),
    )
    expect(status).to.equal(200)
    expect(headers).to.include({
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    })
    expect(text.split('\n\n')).to.deep.equal([
      'data: hello',
      'event: price\nid: 7\ndata: {"eur":3}',
      'data: one\ndata: two\ndata: three\ndata: four',
      ': a note',
      'retry: 2500',
      'id: \ndata: ',
      'event: ping\ndata: ',
      '',
    ])
  })

  it('a real client reads back type, data and id', async () => {
    const app = await serve((target) =>
      target.sse(async function* () {
        yield 'plain'
        yield { event: 'price', data: { eur: 3 }, id: 'a7' }
        yield { data: ' leading space\n\nand empty line', id: 'ü' }
        await never
      }),
    )
    expect(await receive(app.origin, 3, ['message', 'price'])).to.deep.equal([
      ['message', 'plain', ''],
      ['price', '{"eur":3}', 'a7'],
      ['message', ' leading space\n\nand empty line', 'ü'],
    ])
  })

  it('a client that returns brings its last id, and the source goes on after it', async () => {
    const app = await serve((target) =>
      target.sse(
        function* ({ lastEventId }) {
          const start = Number(lastEventId ?? 0)
          yield { id: start + 1, data: `after ${lastEventId}` }
        },
        { retry: '10ms' },
      ),
    )
    expect(await receive(app.origin, 3)).to.deep.equal([
      ['message', 'after undefined', '1'],
      ['message', 'after 1', '2'],
      ['message', 'after 2', '3'],
    ])
  })

  it('reads Last-Event-ID as the UTF-8 it is', async () => {
    const { text } = await answer((target) => target.sse(({ lastEventId }) => [`${lastEventId}`]), {
      headers: { 'Last-Event-ID': Buffer.from('café').toString('latin1') },
    })
    expect(text).to.equal('data: café\n\n')
  })

  it('a source that fails before its first event is an ordinary error page', async () => {
    const app = await serve((target) =>
      target.sse(() => {
        throw Object.assign(new Error('not yours'), { status: 403 })
      }),
    )
    expect((await askForError(app)).status).to.equal(403)
  })

  it('the head does not wait for a silent source; comments keep it alive', async () => {
    const app = await serve((target) =>
      target.sse(
        async function* ({ signal }) {
          await new Promise((resolve) => signal.addEventListener('abort', resolve))
          yield ''
        },
        { heartbeat: '20ms' },
      ),
    )
    const response = await fetch(app.origin)
    let text = ''
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString()
      if (text.length >= 9) break
    }
    expect(text).to.match(/^(?::\n\n)+$/)
  })

  it('HEAD starts nothing', async () => {
    const app = await serve((target) => target.sse(() => expect.fail('started')))
    const { status, headers } = await request(app.port, { method: 'HEAD' })
    expect(status).to.equal(200)
    expect(headers['content-type']).to.equal('text/event-stream')
  })

  const wrong: Record<string, [unknown, string]> = {
    'a number': [3, 'event 1 (counted from 0)'],
    bytes: [Buffer.from('x'), 'event 1 (counted from 0)'],
    'an unknown key': [{ date: 'x' }, "'date'"],
    'a line break in event': [{ event: 'a\nb' }, 'event'],
    'a line break in id': [{ id: 'a\rb' }, 'id'],
    'NUL in id': [{ id: 'a\0' }, 'without NUL'],
    'a negative retry': [{ retry: -1 }, 'retry'],
    'a fractional retry': [{ retry: 1.5 }, 'retry'],
  }
  for (const [name, [event, words]] of Object.entries(wrong)) {
    it(`refuses ${name}, naming it`, async () => {
      const app = await serve((target) => target.sse(['first', event] as any))
      expect((await requestPartially(app.port)).isComplete).to.equal(false)
      expect(app.errors).to.have.length(1)
      expect(app.errors[0]?.message).to.include(words)
    })
  }

  it('refuses wrong options before anything is sent', async () => {
    const errors: any[] = []
    await answer((target) => {
      for (const options of [{ heartbeat: -1 }, { retry: 'soon' }, { hartbeat: 3 }]) {
        try {
          target.sse([], options as any)
        } catch (error) {
          errors.push(error)
        }
      }
      target.text('')
    })
    expect(errors.map((error) => error.message)).to.have.length(3)
    expect(errors[0].message).to.include("'heartbeat'")
    expect(errors[1].message).to.include("'retry'")
    expect(errors[2].message).to.include("'hartbeat'").and.to.include("'heartbeat'")
  })
})

contract('channel', ({ serve }) => {
  it('gives every client every event, and a returning one what it has missed', async () => {
    const news = channel()
    const app = await serve((target) => target.sse(news))
    const clients = [receive(app.origin, 2), receive(app.origin, 2)]
    while (news.size < 2) await new Promise((resolve) => setImmediate(resolve))
    await news.publish({ data: 'one' })
    await news.publish('two')
    const [first, second] = await Promise.all(clients)
    expect(first?.map(([, data]) => data)).to.deep.equal(['one', 'two'])
    expect(second).to.deep.equal(first)
    await news.publish('three')
    const id = first?.[0]?.[2] ?? ''
    const response = await fetch(app.origin, { headers: { 'Last-Event-ID': id } })
    let text = ''
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString()
      if (text.includes('three')) break
    }
    expect(text.match(/data: .*/g)).to.deep.equal(['data: two', 'data: three'])
  })

  it('close() ends its streams', async () => {
    const news = channel()
    const app = await serve((target) => target.sse(() => news))
    const answer = requestPartially(app.port)
    while (news.size < 1) await new Promise((resolve) => setImmediate(resolve))
    news.publish('last')
    await news.close()
    const { text, isComplete } = await answer
    expect(text).to.include('data: last\n\n')
    expect(isComplete).to.equal(true)
    expect(news.size).to.equal(0)
  })

  it('forgets clients that leave', async () => {
    const news = channel()
    const app = await serve((target) => target.sse(news))
    const leaving = new AbortController()
    await fetch(app.origin, { signal: leaving.signal })
    expect(news.size).to.equal(1)
    leaving.abort()
    while (news.size > 0) await new Promise((resolve) => setImmediate(resolve))
  })
})
