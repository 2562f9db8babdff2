import net from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'

/** An EventSource as HTML §9.2 has it: it remembers the last id, drops a part of an event, and returns when it is told to. */
export class EventBrowser {
  /** The data of each event. */
  readonly events: string[] = []
  /** Everything that was read, with comments and ids, of all its streams. */
  text = ''
  lastId = ''
  status = ''
  #socket: net.Socket | undefined
  #rest = ''

  connect(port: number, path = '/'): void {
    const field = this.lastId === '' ? '' : `Last-Event-ID: ${this.lastId}\r\n`
    const socket = net.connect(port, '127.0.0.1')
    this.#socket = socket
    this.#rest = ''
    let head: string | undefined = ''
    socket.on('error', () => undefined)
    socket.on('data', (data) => {
      if (socket !== this.#socket) return
      if (head === undefined) {
        this.#read(data.toString('latin1'))
        return
      }
      head += data.toString('latin1')
      const end = head.indexOf('\r\n\r\n')
      if (end < 0) return
      this.status = head.split(' ')[1] ?? ''
      const body = head.slice(end + 4)
      head = undefined
      this.#read(body)
    })
    socket.write(`GET ${path} HTTP/1.0\r\nHost: a\r\n${field}\r\n`) // no chunks in the way
  }

  leave(): void {
    this.#socket?.destroy()
    this.#socket = undefined
  }

  get isConnected(): boolean {
    return this.#socket !== undefined && !this.#socket.destroyed && this.#socket.readyState === 'open'
  }

  #read(text: string): void {
    this.text += text
    const blocks = (this.#rest + text).split('\n\n')
    this.#rest = blocks.pop() ?? ''
    for (const block of blocks) {
      const id = /^id: (.*)$/m.exec(block)?.[1]
      if (id !== undefined) this.lastId = id
      const data = /^data: (.*)$/m.exec(block)?.[1]
      if (data !== undefined) this.events.push(data)
    }
  }
}

/** Waits, turn by turn of the event loop, until something is so. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await turn()
}

/** The numbers as text, both ends included. */
export const numbers = (first: number, last: number): string[] =>
  Array.from({ length: last - first + 1 }, (_, index) => `${first + index}`)
