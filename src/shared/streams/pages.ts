import { adoptPromise, isThenable } from '../checks/promise.js'
import { atEndOfTurn } from '../wire/end-of-turn.js'
import { isTurnUsedUp, nextTurn } from '../wire/turn-budget.js'
import { BATCH_SIZE } from './batch.js'
import { checkedResult, closeSource, openPullSource, type PullSource } from './pull-source.js'
import { inScope } from './source-scope.js'

/** An item as it was read, with the length of its text. */
export interface Sized {
  readonly length: number
}

/**
 * What an item counts beside its text, for its objects and for the work on it. Without it a page of tiny items would be
 * tens of thousands of them, and a page of empty items would never be full.
 */
const ITEM_COST = 256

/** The next item does not come at once, or is not wanted any more. */
const PAUSE: unique symbol = Symbol('pause')

/** Reads a source in pages of whole items, none much longer than a batch. What comes at once is in one page. */
export class Pages<Item extends Sized> {
  readonly #source: PullSource
  readonly #readItem: (item: unknown) => Item
  /** The source was asked for it, and has not given it yet. */
  #pending: PromiseLike<unknown> | undefined
  #failure: { readonly reason: unknown } | undefined
  #isOver = false
  #pause: (() => void) | undefined

  constructor(source: object | string, readItem: (item: unknown) => Item) {
    this.#source = inScope(source, openPullSource(source))
    this.#readItem = readItem
  }

  /** The next page, `undefined` at the end. Rejects if the source fails, after the items that came before the failure. */
  async next(): Promise<readonly Item[] | undefined> {
    const page: Item[] = []
    try {
      await this.#fill(page)
    } catch (reason) {
      this.#failure = { reason }
      this.cancel()
    }
    if (page.length > 0) return page
    const failure = this.#failure
    this.#failure = undefined
    if (failure !== undefined) throw failure.reason
    return undefined
  }

  /** Ends the reading without waiting for the source. A pending `next` gives what it has. */
  cancel(): void {
    if (this.#isOver) return
    this.#isOver = true
    closeSource(this.#source, ignore)
    this.#pause?.()
  }

  async #fill(page: Item[]): Promise<void> {
    for (let length = 0; length < BATCH_SIZE; ) {
      if (isTurnUsedUp()) await nextTurn()
      if (this.#isOver) return
      const given = this.#pending ?? this.#source.next()
      const result = isThenable(given) ? await this.#settled(given, page.length > 0) : given
      if (result === PAUSE) return
      const { done, value } = checkedResult(result)
      if (this.#isOver) adoptPromise(value)
      else if (done === true) this.#isOver = true
      // A synchronous iterable may yield promises: `for await` waits for them too.
      else if (isThenable(value)) {
        this.#pending = Promise.resolve(value).then((item) => ({ done: false, value: item }))
        adoptPromise(this.#pending) // the loop may go on only in a later turn
      } else {
        const item = this.#readItem(value)
        page.push(item)
        length += item.length + ITEM_COST
      }
    }
  }

  /** What the source gives. If items wait in the page, the wait ends with the turn of the event loop. */
  async #settled(given: PromiseLike<unknown>, isPageWaiting: boolean): Promise<unknown> {
    this.#pending = given
    const settled = await new Promise((resolve, reject) => {
      const pause = (): void => resolve(PAUSE)
      this.#pause = pause
      given.then(resolve, reject)
      if (isPageWaiting) atEndOfTurn(pause)
    })
    if (settled !== PAUSE) this.#pending = undefined
    return settled
  }
}

function ignore(): void {}
