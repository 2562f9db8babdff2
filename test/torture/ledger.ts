/** The sources that were made and are not yet finished, each with the exchange it was made for. */
export class Ledger {
  readonly #open = new Map<symbol, string>()

  /** Notes a source; the caller runs what is returned when the source ends. */
  begin(label: string): () => void {
    const key = Symbol(label)
    this.#open.set(key, label)
    return () => void this.#open.delete(key)
  }

  get open(): string[] {
    return [...this.#open.values()]
  }
}
