import { once } from 'node:events'
import net from 'node:net'

// Below the ports that systems give to outgoing connections: between this call and the start of the program none takes it.
const [FIRST, COUNT] = [20_000, 12_000]

/** A port of the loopback interface that nothing listens on, for a program of its own. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * COUNT)
    const server = net.createServer().listen(port, '127.0.0.1')
    try {
      await once(server, 'listening')
    } catch {
      continue // taken
    }
    server.close()
    await once(server, 'close')
    return port
  }
}
