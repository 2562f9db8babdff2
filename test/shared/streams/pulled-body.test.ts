import http from 'node:http'
import { expect } from 'chai'
import { NodeExchange, NodeFacts } from '../../../src/shared/exchange/node-exchange.js'
import { createSettings } from '../../../src/shared/settings/settings.js'
import type { PullSource } from '../../../src/shared/streams/pull-source.js'
import { describePulledBody, type PulledBody } from '../../../src/shared/streams/pulled-body.js'
import { listen, type RunningApp } from '../../support/frameworks.js'
import { type PartialAnswer, requestAndLeave, requestPartially } from '../../support/partial-request.js'

/** What happened to a source: its calls in order. */
type Log = string[]

function source(log: Log, next: PullSource['next']): PullSource {
  return {
    next,
    close: () => void log.push('close'),
  }
}

function listSource(log: Log, items: unknown[]): PullSource {
  const left = [...items]
  return source(log, () => (left.length > 0 ? { done: false, value: left.shift() } : { done: true, value: undefined }))
}

describe('describePulledBody', () => {
  let app: RunningApp
  let failures: unknown[]
  let log: Log
  let body: Omit<PulledBody, 'subject' | 'release'>
  let whenReleased: Promise<void>

  beforeEach(async () => {
    failures = []
    log = []
    let fire = (): void => undefined
    whenReleased = new Promise((resolve) => {
      fire = resolve
    })
    app = await listen((req, res) => {
      const exchange = new NodeExchange(new NodeFacts(createSettings(), req, res))
      const release = (): void => {
        log.push('release')
        fire()
      }
      const description = {
        fields: [],
        defaults: body.length === undefined ? [] : ([['Content-Length', String(body.length)]] as const),
        body: describePulledBody(exchange, { ...body, subject: 'test: source', release }),
      }
      Promise.resolve(exchange.write(description)).catch((error) => {
        failures.push(error)
        if (res.headersSent) res.destroy()
        else res.writeHead(500).end()
      })
    })
  })
  afterEach(() => app.close())

  const ask = async (method = 'GET'): Promise<PartialAnswer> => {
    const answer = await requestPartially(app.port, { method })
    await whenReleased
    return answer
  }

  it('sends what the source gives, and releases it once after the end', async () => {
    body = { open: () => listSource(log, ['a', Buffer.from('b'), '', new Uint8Array([99])]) }
    expect(await ask()).to.include({ status: 200, text: 'abc', isComplete: true })
    expect(log).to.deep.equal(['release'])
  })

  it('does not open the source for HEAD, and releases it', async () => {
    body = { open: () => expect.fail('opened'), length: 3 }
    expect((await ask('HEAD')).headers['content-length']).to.equal('3')
    expect(log).to.deep.equal(['release'])
  })

  for (const [title, open] of [
    ['throws', () => expect.fail('not there')],
    ['rejects', () => Promise.reject(new Error('not there'))],
  ] as const) {
    it(`releases a source whose open() ${title}`, async () => {
      body = { open }
      expect(await ask()).to.include({ status: 500 })
      expect(log).to.deep.equal(['release'])
      expect(failures).to.have.length(1)
    })
  }

  for (const [title, next] of [
    ['throws', () => expect.fail('broken')],
    ['rejects', () => Promise.reject(new Error('broken'))],
  ] as const) {
    it(`releases and closes a source whose next() ${title}`, async () => {
      body = { open: () => source(log, next) }
      expect(await ask()).to.include({ status: 500 })
      expect(log).to.deep.equal(['release', 'close'])
    })
  }

  it('cuts a body that is shorter than its length', async () => {
    body = { open: () => listSource(log, ['ab']), length: 3 }
    expect(await ask()).to.include({ text: 'ab', isComplete: false })
    expect(failures[0]).to.include({ code: 'SHORT_BODY' })
    expect(log).to.deep.equal(['release'])
  })

  it('never sends more than its length, and closes the source', async () => {
    body = { open: () => listSource(log, ['abcd', 'e']), length: 3 }
    const { text } = await ask()
    expect(text).to.equal('abc')
    expect(failures[0]).to.include({ code: 'LONG_BODY' })
    expect(log.filter((each) => each === 'release')).to.have.length(1)
  })

  it('refuses a chunk that is not bytes, names it, and closes the source', async () => {
    body = { open: () => listSource(log, [{}]) }
    expect(await ask()).to.include({ status: 500 })
    expect(failures[0]).to.include({ code: 'INVALID_CHUNK' })
    expect(String(failures[0])).to.include('test: source: chunk 0')
    expect(log).to.deep.equal(['close', 'release'])
  })

  it('closes and releases the source if the client leaves, and its signal fires', async () => {
    let signal: AbortSignal | undefined
    body = {
      open: (context) => {
        signal = context.signal
        return source(log, () => ({ done: false, value: Buffer.alloc(10_000) }))
      },
    }
    await requestAndLeave(app.port, 100_000)
    await whenReleased
    expect(log).to.deep.equal(['close', 'release'])
    expect(signal?.aborted).to.equal(true)
  })

  it('closes and releases a source that never answers', async () => {
    body = { open: () => source(log, () => new Promise(() => undefined)) }
    const outgoing = http.get({ port: app.port, agent: false }).on('error', () => undefined)
    await new Promise((resolve) => app.server.once('request', resolve))
    outgoing.destroy()
    await whenReleased
    expect(log).to.deep.equal(['close', 'release'])
  })
})
