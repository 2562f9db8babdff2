import { once } from 'node:events'
import net from 'node:net'

/** A connection that a test reads as slowly as it needs, and cuts at any time. */
export class Wire {
  readonly socket: net.Socket
  #chunks: Buffer[] = []
  #count = 0
  /** Called when something has come, and when nothing more will. */
  #wake = (): void => undefined
  readonly #closed: Promise<unknown>

  private constructor(socket: net.Socket) {
    this.socket = socket
    this.#closed = new Promise((resolve) => socket.once('close', resolve))
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk)
      this.#count += chunk.length
    })
    for (const event of ['data', 'end', 'close']) socket.on(event, () => this.#wake())
  }

  static async connect(port: number): Promise<Wire> {
    const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    await once(socket, 'connect')
    return new Wire(socket)
  }

  get received(): Buffer {
    this.#chunks = [Buffer.concat(this.#chunks)]
    return this.#chunks[0] ?? Buffer.alloc(0)
  }

  send(text: string): this {
    this.socket.write(text)
    return this
  }

  get(path = '/', fields = ''): this {
    return this.send(`GET ${path} HTTP/1.1\r\nHost: x\r\n${fields}\r\n`)
  }

  /** Reads until at least this many bytes have come, then stops. */
  async receive(count: number): Promise<this> {
    this.socket.resume()
    while (this.#count < count && !this.socket.destroyed && !this.socket.readableEnded) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    this.socket.pause()
    return this
  }

  /** Reads until what has come ends with a short text, then stops. */
  async receiveUntil(ending: string): Promise<this> {
    const isThere = (): boolean => Buffer.concat(this.#chunks.slice(-ending.length)).toString('latin1').endsWith(ending)
    while (!isThere() && !this.socket.destroyed && !this.socket.readableEnded) await this.receive(this.#count + 1)
    return this
  }

  /** Reads to the end of the connection; whether it came by a clean close is not told apart. */
  async receiveAll(): Promise<Buffer> {
    this.socket.resume()
    if (this.socket.readableEnded) this.socket.end()
    else this.socket.once('end', () => this.socket.end())
    await this.#closed
    return this.received
  }

  /** RST in place of FIN. */
  reset(): void {
    this.socket.resetAndDestroy()
  }

  /** What came after the head. */
  get body(): Buffer {
    const { received } = this
    const end = received.indexOf('\r\n\r\n')
    return end < 0 ? Buffer.alloc(0) : received.subarray(end + 4)
  }
}
