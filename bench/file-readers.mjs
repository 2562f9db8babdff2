// node bench/file-readers.mjs, after `npm run build`: what 200 clients that have stopped reading a 100 MB file cost.
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { startServer } from './frame/process.mjs'

const CLIENTS = 200
const BAR_MB = 0.3

const folder = mkdtempSync(join(tmpdir(), 'response-kit-bench-'))
const path = join(folder, '100m.bin')
writeFileSync(path, Buffer.alloc(100_000_000, 'x'))
try {
  for (const contender of ['Express 5 + kit', 'Express 5 + createServer + kit', 'Koa 3 + kit', 'Express 5']) {
    const server = await startServer(join(import.meta.dirname, 'file-server.mjs'), [contender, path])
    await connect(server.port).then((socket) => socket.destroy()) // what is loaded with the first request
    const before = server.residentBytes()
    const sockets = []
    for (let count = 0; count < CLIENTS; count++) sockets.push(await connect(server.port))
    await delay(2000)
    const early = server.residentBytes()
    await delay(5000)
    const late = server.residentBytes()
    for (const socket of sockets) socket.destroy()
    await server.stop()
    const each = (late - before) / CLIENTS / 2 ** 20
    const verdict = !contender.includes('kit') ? '      ' : each <= BAR_MB ? 'holds ' : 'MISSED'
    const drift = ((late - early) / 2 ** 20).toFixed(1)
    console.log(`${verdict} ${contender}: ${each.toFixed(2)} MB RSS each (bar ${BAR_MB}), ${drift} MB more after 5 s`)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** A client that has read the beginning and then no more. */
async function connect(port) {
  const socket = net.connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  await once(socket, 'readable')
  socket.read(1000)
  return socket
}
