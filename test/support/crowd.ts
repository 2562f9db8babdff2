import { Wire } from './wire.js'

/** Connections that all ask in the same turn of the event loop. */
export class Crowd {
  readonly wires: readonly Wire[]

  private constructor(wires: readonly Wire[]) {
    this.wires = wires
  }

  static async connect(port: number, size: number): Promise<Crowd> {
    return new Crowd(await Promise.all(Array.from({ length: size }, () => Wire.connect(port))))
  }

  /** Each asks once for its own path, `/0` `/1` ...; resolves with what each has been answered, whole. */
  async ask(fields = ''): Promise<string[]> {
    const before = this.wires.map(({ received }) => received.length)
    for (const [index, wire] of this.wires.entries()) wire.get(`/${index}`, fields)
    return Promise.all(this.wires.map((wire, index) => answerFrom(wire, before[index] ?? 0)))
  }

  close(): void {
    for (const { socket } of this.wires) socket.destroy()
  }
}

async function answerFrom(wire: Wire, start: number): Promise<string> {
  for (;;) {
    const text = wire.received.toString('latin1', start)
    const head = text.indexOf('\r\n\r\n') + 4
    const length = /^content-length: (\d+)/im.exec(text.slice(0, head))?.[1]
    if (head > 3 && length !== undefined && text.length >= head + Number(length)) return text
    const { length: count } = wire.received
    await wire.receive(count + 1)
    if (wire.received.length === count) return text // the connection has ended
  }
}
