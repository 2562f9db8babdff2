export interface BoundedMemoLimits<Value> {
  readonly maxEntries: number
  /** Bytes of all keys and values together. Default 1 MiB. */
  readonly maxBytes?: number
  /** Bytes that a value keeps in memory. Default: 2 a character of a string, the length of a Buffer, 256 for the rest. */
  readonly bytesOf?: (value: Value) => number
}

/** The bytes that Map, key and value take without their contents, roughly. */
const BYTES_PER_ENTRY = 64
const BYTES_PER_CHARACTER = 2
// V8 keeps a part of a text as a reference to the whole text if the part is longer than this.
const LONGEST_COPIED_PART = 12

/**
 * Remembers results, bounded by entries and by bytes, so that keys which clients choose cannot fill the memory.
 * It keeps two generations: if the young one is full, the old one is forgotten and the young one becomes old.
 */
export class BoundedMemo<Key extends string | number, Value extends {}> {
  readonly #maxEntries: number
  readonly #maxBytes: number
  readonly #bytesOf: (value: Value) => number
  #young = new Map<Key, Value>()
  #old = new Map<Key, Value>()
  #youngBytes = 0

  constructor({ maxEntries, maxBytes = 1024 * 1024, bytesOf = defaultBytesOf }: BoundedMemoLimits<Value>) {
    this.#maxEntries = Math.ceil(maxEntries / 2) // of one generation
    this.#maxBytes = maxBytes / 2
    this.#bytesOf = bytesOf
  }

  get(key: Key): Value | undefined {
    const value = this.#young.get(key)
    if (value !== undefined) return value
    const old = this.#old.get(key)
    if (old !== undefined) this.#add(key, old) // an entry in use moves to the young generation
    return old
  }

  /** Remembers a value, unless it alone is over the limit. */
  set(key: Key, value: Value): void {
    this.#add(typeof key === 'string' ? withoutParent(key) : key, value)
  }

  #add(key: Key, value: Value): void {
    const bytes =
      BYTES_PER_ENTRY + (typeof key === 'string' ? key.length * BYTES_PER_CHARACTER : 0) + this.#bytesOf(value)
    if (bytes > this.#maxBytes) return
    if (this.#young.size >= this.#maxEntries || this.#youngBytes + bytes > this.#maxBytes) {
      this.#old = this.#young
      this.#young = new Map()
      this.#youngBytes = 0
    }
    const before = this.#young.get(key)
    this.#youngBytes += before === undefined ? bytes : this.#bytesOf(value) - this.#bytesOf(before)
    this.#young.set(key, value)
  }
}

/** A copy of a text that may be part of a longer one: the memo would keep all of the longer one in memory. */
function withoutParent<Text extends string>(text: Text): Text {
  if (text.length <= LONGEST_COPIED_PART) return text
  return Buffer.from(text, 'utf16le').toString('utf16le') as Text // the same characters, lone surrogates included
}

function defaultBytesOf(value: unknown): number {
  if (typeof value === 'string') return value.length * BYTES_PER_CHARACTER
  return ArrayBuffer.isView(value) ? value.byteLength : 256
}
