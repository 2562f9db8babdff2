import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import net, { type AddressInfo } from 'node:net'
import { expect } from 'chai'
import express from 'express'
import { Redis } from 'ioredis'
// @ts-expect-error an example in plain JavaScript
import { redisStore } from '../../examples/redis-channel/redis-store.mjs'
import { responseKit } from '../../src/express/index.js'
import { type Channel, channel } from '../../src/index.js'
import { listen, type RunningApp } from '../support/frameworks.js'

const isInstalled = spawnSync('redis-server', ['--version']).status === 0

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

describe('a channel shared through Redis Streams', () => {
  let server: ChildProcess
  const connections: Redis[] = []
  const channels: Channel[] = []
  const apps: RunningApp[] = []
  let port: number

  before(async function () {
    if (!isInstalled) {
      console.warn('      redis-server is not installed: the Redis example is NOT tested here')
      this.skip()
    }
    port = await freePort()
    server = spawn('redis-server', ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'])
    for await (const line of server.stdout ?? []) if (String(line).includes('Ready to accept connections')) break
  })
  after(async () => {
    if (server === undefined) return
    server.kill()
    await once(server, 'exit')
  })
  afterEach(async () => {
    for (const each of channels.splice(0)) await each.close()
    for (const each of connections.splice(0)) each.disconnect()
    for (const each of apps.splice(0)) await each.close()
  })

  /** What a process has of its own: a connection, a channel and an app. */
  async function startProcess(): Promise<{ news: Channel; app: RunningApp }> {
    const redis = new Redis(port, '127.0.0.1')
    const news = channel({ store: redisStore(redis, 'news') })
    const handler = express().use(responseKit())
    handler.get('/', (_req, res) => res.sse(news))
    const app = await listen(handler)
    connections.push(redis)
    channels.push(news)
    apps.push(app)
    return { news, app }
  }

  async function readUntil(response: Response, words: string): Promise<string> {
    let text = ''
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString()
      if (text.includes(words)) break
    }
    return text
  }

  it('reaches clients of every process, in one order', async () => {
    const [one, two] = [await startProcess(), await startProcess()]
    const [first, second] = await Promise.all([fetch(one.app.origin), fetch(two.app.origin)])
    await one.news.publish({ event: 'score', data: { home: 1 } })
    await two.news.publish('goal')
    const texts = await Promise.all([readUntil(first, 'goal'), readUntil(second, 'goal')])
    for (const text of texts) {
      expect(text).to.match(/id: \d+-\d+\nevent: score\ndata: \{"home":1\}\n\nid: \d+-\d+\ndata: goal\n\n$/)
    }
  })

  it('gives a client that returns to another process what it has missed', async () => {
    const [one, two] = [await startProcess(), await startProcess()]
    const seen = fetch(one.app.origin)
    await seen
    await one.news.publish('seen')
    const id = /id: (.*)\ndata: seen/.exec(await readUntil(await seen, 'seen'))?.[1] ?? ''
    await one.news.publish('missed')
    const text = await readUntil(await fetch(two.app.origin, { headers: { 'Last-Event-ID': id } }), 'missed')
    expect(text.match(/data: .*/g)).to.deep.equal(['data: missed'])
  })

  it('refuses an id of the publisher, which Redis would not keep', async () => {
    const { news } = await startProcess()
    const refusal = await news.publish({ id: 'mine', data: 'x' }).catch((error: Error) => error.message)
    expect(refusal).to.include("'mine'")
  })
})
