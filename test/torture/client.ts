import http, { type IncomingMessage } from 'node:http'
import net from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import tls from 'node:tls'
import { gunzipSync } from 'node:zlib'
import type { WholeAnswer } from './kinds.js'
import type { Fault } from './plan.js'
import type { ServerName } from './protocol.js'

/** How an exchange ended, as the client sees it. */
export type Ending =
  /** The framing says that the answer is whole. `inStep`: the next request on the connection got its own answer. */
  | { readonly how: 'complete'; readonly status: number; readonly answer: WholeAnswer; readonly inStep: boolean }
  /** The server ended the connection before the end of the answer. `part`: what came of the body, if it is not coded. */
  | { readonly how: 'cut'; readonly status: number | undefined; readonly part?: Buffer | undefined }
  | { readonly how: 'client left'; readonly status?: number | undefined; readonly part?: Buffer | undefined }
  | { readonly how: 'nothing for too long' }

export interface Ask {
  readonly server: ServerName
  readonly url: string
  readonly fields: Readonly<Record<string, string>>
  readonly fault: Fault
  /** HTTP/1.0: the end of the connection ends a body that has no Content-Length. */
  readonly isOld: boolean
  /** Called when the client has the head and reads no further, for faults of that kind. */
  readonly whileStalled: () => Promise<unknown>
}

const STALL_MS = 200
/** A client of one connection waits this long for the next byte. */
const PATIENCE_MS = 40_000

/** One connection to a server, which the fault may end. */
class Connection {
  readonly raw: net.Socket
  readonly socket: net.Socket

  constructor({ transport, port }: ServerName) {
    this.raw = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    this.raw.on('error', () => {}) // how it ended is read from the answer
    this.socket = transport === 'https' ? tls.connect({ socket: this.raw, rejectUnauthorized: false }) : this.raw
    this.socket.on('error', () => {})
  }

  leave(): void {
    this.socket.destroy()
    this.raw.destroy()
  }

  /** RST in place of FIN. */
  reset(): void {
    this.raw.resetAndDestroy()
    this.socket.destroy()
  }
}

/** Sends every request over one connection. */
class OneConnection extends http.Agent {
  readonly #connection: Connection

  constructor(connection: Connection) {
    super({ keepAlive: true, maxSockets: 1 })
    this.#connection = connection
  }

  override createConnection(): net.Socket {
    const { socket } = this.#connection
    if (!socket.destroyed) return socket
    const dead = new net.Socket() // Node waits forever for the events of a socket that is over
    setImmediate(() => dead.destroy(new Error('the connection is over')))
    return dead
  }
}

/** Asks as the fault says, and tells how it ended. */
export async function exchange(ask: Ask): Promise<Ending> {
  const connection = new Connection(ask.server)
  try {
    return await (ask.isOld ? askOld(connection, ask) : askNew(connection, ask))
  } finally {
    connection.leave()
  }
}

async function askNew(connection: Connection, ask: Ask): Promise<Ending> {
  const agent = new OneConnection(connection)
  const method = ask.fault === 'head only' ? 'HEAD' : 'GET'
  const response = await send(agent, ask.url, method, ask.fields)
  if (response === undefined) return { how: 'cut', status: undefined }
  const read = await readBody(response, connection, ask)
  const status = response.statusCode ?? 0
  const isCoded = response.headers['content-encoding'] !== undefined
  const part = isCoded ? undefined : read.body
  if (read.how === 'close') return { how: 'cut', status, part }
  if (read.how !== 'end') return { how: read.how, status, part }
  if (!response.complete) return { how: 'cut', status, part }
  const inStep = connection.socket.destroyed || response.headers.connection === 'close' || (await isInStep(agent))
  const body = isCoded && method === 'GET' ? gunzipSync(read.body) : read.body
  return { how: 'complete', status, answer: { fields: response.headers, body }, inStep }
}

function send(
  agent: http.Agent,
  path: string,
  method: string,
  headers: Readonly<Record<string, string>>,
): Promise<IncomingMessage | undefined> {
  return new Promise((resolve) => {
    const request = http.request({ agent, path, method, headers, timeout: PATIENCE_MS })
    request.on('response', resolve)
    request.on('timeout', () => request.destroy())
    request.on('error', () => resolve(undefined))
    request.on('close', () => resolve(undefined)) // after a response this changes nothing
    request.end()
  })
}

/** Whether the next answer on the connection, if the server has not ended it, is that of the next request. */
async function isInStep(agent: http.Agent): Promise<boolean> {
  const response = await send(agent, '/ping', 'GET', {})
  if (response === undefined) return true
  let text = ''
  try {
    for await (const chunk of response) text += chunk
  } catch {
    return false
  }
  return response.statusCode === 200 && text === 'pong'
}

interface ReadBody {
  readonly how: 'end' | 'close' | 'client left' | 'nothing for too long'
  readonly body: Buffer
}

/** After how many bytes of the body the client does what. */
const LEAVES: Partial<Record<Fault, number>> = {
  'leaves at 1 B': 1,
  'leaves at 64 KB': 65_536,
  'leaves at 1 MB': 1_048_576,
  'resets at 64 KB': 65_536,
  'stalls, then reads on': 1,
  'stalls, then leaves': 1,
  'stalls forever': 1,
  shrinks: 1,
}

/** Reads a stream of bytes to its end, or to where the fault wants something else. */
async function readBody(stream: NodeJS.ReadableStream, connection: Connection, ask: Ask): Promise<ReadBody> {
  const chunks: Buffer[] = []
  let count = 0
  let waiting = LEAVES[ask.fault]
  const result = (how: ReadBody['how']): ReadBody => ({ how, body: Buffer.concat(chunks) })
  try {
    for await (const chunk of withPatience(stream)) {
      chunks.push(chunk)
      count += chunk.length
      if (waiting === undefined || count < waiting) continue
      waiting = undefined
      if (ask.fault === 'resets at 64 KB') connection.reset()
      if (ask.fault.startsWith('leaves')) connection.leave()
      if (!ask.fault.startsWith('stalls') && ask.fault !== 'shrinks') return result('client left')
      await ask.whileStalled()
      await delay(STALL_MS)
      if (ask.fault === 'stalls, then leaves') {
        connection.leave()
        return result('client left')
      }
    }
    return result('end')
  } catch (error) {
    return result(error instanceof Impatience ? 'nothing for too long' : 'close')
  }
}

class Impatience extends Error {}

/**
 * The chunks of a stream, one at a time, so that a client can stop reading.
 */
async function* withPatience(stream: NodeJS.ReadableStream): AsyncGenerator<Buffer> {
  const chunks: Buffer[] = []
  let end: 'end' | Error | undefined
  let wake = (): void => {}
  const finish = (how: 'end' | Error): void => {
    end ??= how
    wake()
  }
  stream.on('data', (chunk: Buffer) => {
    stream.pause()
    chunks.push(chunk)
    wake()
  })
  stream.on('end', () => finish('end'))
  stream.on('error', finish)
  stream.on('close', () => finish(new Error('closed before the end')))
  for (;;) {
    if (chunks.length === 0 && end === undefined) {
      stream.resume()
      const timer = setTimeout(() => finish(new Impatience()), PATIENCE_MS)
      await new Promise<void>((resolve) => {
        wake = resolve
      })
      clearTimeout(timer)
    }
    const chunk = chunks.shift()
    if (chunk !== undefined) yield chunk
    else if (end === 'end') return
    else if (end !== undefined) throw end
  }
}

/**
 * Whether a connection that has ended was reset. libuv reports a reset that follows data as a clean end, but a write
 * tells: it works after a FIN, and fails after a RST.
 */
function wasReset(socket: net.Socket): Promise<boolean> {
  return new Promise((resolve) => socket.write('\r\n', (error) => resolve(error != null)))
}

/** HTTP/1.0, which Node's own client does not speak: a clean end of the connection is the end of the body. */
async function askOld(connection: Connection, ask: Ask): Promise<Ending> {
  const { socket } = connection
  const method = ask.fault === 'head only' ? 'HEAD' : 'GET'
  const fields = Object.entries(ask.fields).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.write(`${method} ${ask.url} HTTP/1.0\r\nHost: localhost\r\n${fields.join('')}\r\n`)
  const { how, body: all } = await readBody(socket, connection, ask)
  const headEnd = all.indexOf('\r\n\r\n')
  const head = all.toString('latin1', 0, Math.max(headEnd, 0))
  const status = headEnd < 0 ? undefined : Number(head.slice(9, 12))
  const isCoded = /^content-encoding: gzip$/im.test(head)
  const part = headEnd < 0 || isCoded ? undefined : all.subarray(headEnd + 4)
  if (how === 'client left' || how === 'nothing for too long') return { how, status, part }
  if (how === 'close') return { how: 'cut', status, part }
  if (await wasReset(socket)) return { how: 'cut', status, part }
  if (status === undefined) return { how: 'cut', status }
  const body = all.subarray(headEnd + 4)
  const length = /^content-length: (\d+)$/im.exec(head)?.[1]
  if (length !== undefined && method === 'GET' && Number(length) !== body.length) return { how: 'cut', status }
  const names = head.split('\r\n').slice(1)
  const answerFields = Object.fromEntries(
    names.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
  )
  return {
    how: 'complete',
    status,
    answer: { fields: answerFields, body: isCoded && method === 'GET' ? gunzipSync(body) : body },
    inStep: true,
  }
}
