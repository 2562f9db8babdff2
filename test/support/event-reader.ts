import http from 'node:http'

/** An EventSource that does not return by itself: it remembers its events and the last id (HTML §9.2). */
export class EventReader {
  readonly events: string[] = []
  lastId: string
  isConnected = false
  #request: http.ClientRequest | undefined
  readonly #waiting = new Set<() => void>()

  constructor(lastId: string = '') {
    this.lastId = lastId
  }

  /** Resolves when the stream has opened with an id. */
  async connect(origin: string): Promise<void> {
    const headers = this.lastId === '' ? {} : { 'Last-Event-ID': this.lastId }
    const request = http.get(`${origin}/events`, { headers, agent: false })
    this.#request = request
    request.on('error', () => this.#change(false))
    request.on('response', (response) => {
      let text = ''
      this.#change(true)
      response.on('error', () => this.#change(false)).on('close', () => this.#change(false))
      response.setEncoding('utf8').on('data', (chunk: string) => {
        const blocks = (text + chunk).split('\n\n')
        text = blocks.pop() ?? ''
        for (const block of blocks) this.#read(block)
        this.#change(true)
      })
    })
    await this.until(() => this.isConnected && this.lastId !== '')
  }

  async until(isSo: () => boolean): Promise<void> {
    if (isSo()) return
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (!isSo()) return
        this.#waiting.delete(look)
        resolve()
      }
      this.#waiting.add(look)
    })
  }

  /** Resolves when this was the last event. */
  got(event: string): Promise<void> {
    return this.until(() => this.events.at(-1) === event)
  }

  leave(): void {
    this.#request?.destroy()
  }

  #read(block: string): void {
    this.lastId = /^id: (.*)$/m.exec(block)?.[1] ?? this.lastId
    const data = /^data: (.*)$/m.exec(block)?.[1]
    if (data !== undefined) this.events.push(data)
  }

  #change(isConnected: boolean): void {
    this.isConnected = isConnected
    for (const look of this.#waiting) look()
  }
}
