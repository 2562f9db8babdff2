import { once } from 'node:events'
import net, { type AddressInfo, type Socket } from 'node:net'
import { expect } from 'chai'
import { createClient } from 'redis'
import { redisClaims } from '../../src/redis/index.js'

/** A server of the Redis protocol, version 2, that gives each identifier but `used` to the first claim. */
class DamagingServer {
  readonly #server = net.createServer((socket) => this.#serve(socket))
  /** The next claim gets a text that is no reply. */
  damagesNext = false

  async start(): Promise<number> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return (this.#server.address() as AddressInfo).port
  }

  stop(): void {
    this.#server.close()
  }

  #serve(socket: Socket): void {
    socket.on('error', () => {})
    socket.on('data', (data) => {
      // A command is an array of texts: *3, then a length and a text for each.
      for (const command of data.toString().split(/(?=\*\d+\r\n\$)/)) socket.write(this.#reply(command))
    })
  }

  #reply(command: string): string {
    if (!/\r\nSET\r\n/i.test(command)) return '+OK\r\n'
    if (this.damagesNext) {
      this.damagesNext = false
      return 'x\r\n'
    }
    return command.includes('used') ? '$-1\r\n' : '+OK\r\n'
  }
}

describe('replies of Redis that are damaged', () => {
  it('fail the claim, and no other one gets its reply (node-redis)', async () => {
    const server = new DamagingServer()
    const port = await server.start()
    const client = createClient({ url: `redis://127.0.0.1:${port}`, socket: { reconnectStrategy: false } })
    client.on('error', () => {})
    await client.connect()
    const claims = redisClaims(client)
    expect(await claims.claim('first')).to.equal(true)
    server.damagesNext = true
    const damaged = await Promise.allSettled(['second', 'used', 'third'].map((id) => claims.claim(id)))
    expect(damaged.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected', 'rejected'])
    expect([await claims.claim('used'), await claims.claim('fourth')]).to.deep.equal([false, true])
    client.destroy()
    server.stop()
  })
})
