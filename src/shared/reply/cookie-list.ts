import {
  type CookieAttributes,
  checkAttributeNames,
  checkAttributeValues,
  checkCookieName,
} from '../cookies/cookie-attributes.js'
import { type CookieValue, stringifyValue } from '../cookies/cookie-value.js'
import { deleteCookie, setCookie } from '../cookies/cookies.js'
import type { Exchange } from '../exchange/exchange.js'
import type { RecordStore } from './record.js'

export interface StagedCookie {
  readonly name: string
  /** `undefined`: the cookie expires. */
  readonly value: CookieValue | undefined
  readonly attributes: CookieAttributes | undefined
}

/** The cookies of a `Reply`, in the order of the calls. They become lines when it is sent, with the settings of the app. */
export class CookieList implements RecordStore<CookieValue> {
  #staged: StagedCookie[] = []

  get size(): number {
    return this.#staged.length
  }

  stage(name: string, value: CookieValue | undefined, attributes?: CookieAttributes): void {
    checkCookieName(name, value === undefined)
    if (value !== undefined) stringifyValue(name, value)
    if (attributes !== undefined) {
      checkAttributeNames(`cookie '${name}'`, attributes, 'INVALID_COOKIE')
      checkAttributeValues(`cookie '${name}'`, attributes, 'INVALID_COOKIE')
    }
    this.#staged.push({ name, value, attributes: attributes && { ...attributes } })
  }

  /** The last value of a name. */
  get(name: string): CookieValue | undefined {
    return this.#staged.findLast((each) => each.name === name)?.value
  }

  /** Replaces everything that was staged for the name. */
  set(name: string, value: CookieValue): void {
    this.stage(name, value) // a bad value takes nothing back
    const last = this.#staged.at(-1)
    this.#staged = this.#staged.filter((each) => each === last || each.name !== name)
  }

  /** Takes back what was staged. A cookie that the client has stays. */
  delete(name: string): void {
    this.#staged = this.#staged.filter((each) => each.name !== name)
  }

  keys(): string[] {
    const names = new Set(this.#staged.map(({ name }) => name))
    return [...names].filter((name) => this.get(name) !== undefined)
  }

  entries(): readonly StagedCookie[] {
    return [...this.#staged]
  }

  writeTo(exchange: Exchange): void {
    for (const { name, value, attributes } of this.#staged) {
      if (value === undefined) deleteCookie(exchange, name, attributes)
      else setCookie(exchange, name, value, attributes)
    }
  }
}
