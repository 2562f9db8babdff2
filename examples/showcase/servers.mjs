import { createServer } from 'node:http'
import { createExpressApp } from './express-app.mjs'
import { createKoaApp } from './koa-app.mjs'

/** Serves both apps: Express on `first`, Koa on the port after it. Port 0 takes two free ones. */
export async function startServers(first, host = '127.0.0.1') {
  const ports = { express: first, koa: first === 0 ? 0 : first + 1 }
  const servers = { express: createServer(createExpressApp(ports)), koa: createServer(createKoaApp(ports).callback()) }
  for (const [name, server] of Object.entries(servers)) {
    await new Promise((resolve, reject) => server.once('error', reject).listen(ports[name], host, resolve))
    ports[name] = server.address().port
  }
  const close = () =>
    Promise.all(
      Object.values(servers).map((server) => {
        const closed = new Promise((resolve) => server.close(resolve))
        server.closeAllConnections() // open event streams would hold the process
        return closed
      }),
    )
  return { ports, close }
}
