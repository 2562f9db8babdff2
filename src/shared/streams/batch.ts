/** A batch is written when it has this many octets; nobody holds more of one stream than this and a chunk. */
export const BATCH_SIZE: number = 64 * 1024

/** Small chunks joined for one write. Text is encoded once per batch, so a character split between chunks stays whole. */
export class Batch {
  #text = ''
  #octets: Buffer[] = []
  #octetsLength = 0
  /** A high surrogate at the end of a batch waits for its other half. */
  #half = ''

  get isEmpty(): boolean {
    return this.#text === '' && this.#octetsLength === 0
  }

  get isFull(): boolean {
    return this.#text.length + this.#octetsLength >= BATCH_SIZE
  }

  add(chunk: string | Buffer): void {
    if (typeof chunk === 'string') {
      if (this.#half !== '' && chunk !== '') this.#takeHalf()
      this.#text += chunk
    } else if (chunk.length > 0) {
      if (this.#half !== '') this.#takeHalf()
      this.#encodeText()
      this.#octets.push(chunk)
      this.#octetsLength += chunk.length
    }
  }

  take(isLast: boolean): Buffer {
    if (isLast) this.#takeHalf()
    else this.#splitHalf()
    this.#encodeText()
    const { 0: only, length } = this.#octets
    const whole = only !== undefined && length === 1 ? only : Buffer.concat(this.#octets, this.#octetsLength)
    this.clear()
    return whole
  }

  clear(): void {
    this.#text = ''
    this.#octets = []
    this.#octetsLength = 0
  }

  /** Whether something is left that only the end can bring out. */
  get hasHalf(): boolean {
    return this.#half !== ''
  }

  #takeHalf(): void {
    this.#text += this.#half
    this.#half = ''
  }

  #splitHalf(): void {
    const last = this.#text.charCodeAt(this.#text.length - 1)
    if (last < 0xd800 || last > 0xdbff || Number.isNaN(last)) return
    this.#half = this.#text.slice(-1)
    this.#text = this.#text.slice(0, -1)
  }

  #encodeText(): void {
    if (this.#text === '') return
    const octets = Buffer.from(this.#text)
    this.#text = ''
    this.#octets.push(octets)
    this.#octetsLength += octets.length
  }
}
