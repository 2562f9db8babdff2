import { invalidRange, invalidType } from '../checks/errors.js'
import type { CookieAttributes } from '../cookies/cookie-attributes.js'
import type { CookieValue } from '../cookies/cookie-value.js'
import { type AfterSendTask, checkAfterSendTask, stageAfterSend } from '../exchange/after-send.js'
import type { Exchange } from '../exchange/exchange.js'
import { type CacheDirectives, serializeCacheControl } from '../fields/cache-control.js'
import type { FieldsInit, FieldValue } from '../fields/field-entries.js'
import { CookieList } from './cookie-list.js'
import { FieldMap } from './field-map.js'
import { createRecord } from './record.js'

/** What a `Reply` stages beside its body: status, fields, cookies, and what is to happen afterwards. */
export class ReplyHead {
  #status: number | undefined
  readonly #fields = new FieldMap()
  readonly #cookieList = new CookieList()
  #tasks: AfterSendTask[] | undefined
  #headers: Record<string, FieldValue> | undefined
  #cookies: Record<string, CookieValue> | undefined

  /** An integer from 200 to 999. `undefined`: what the handler staged, else 200, or 204 where there is no content. */
  get status(): number | undefined {
    return this.#status
  }

  set status(code: number) {
    if (!Number.isInteger(code) || code < 200 || code > 999) {
      throw invalidRange('Reply: status', 'an integer from 200 to 999', code)
    }
    this.#status = code
  }

  /** The fields, in any letter case, as a record: set, read, `delete`, `in`, spread. */
  get headers(): Record<string, FieldValue> {
    const fields = this.#fields
    this.#headers ??= createRecord<FieldValue>({
      get: (name) => fields.get(name),
      set: (name, value) => fields.set(name, value),
      delete: (name) => fields.delete(name),
      keys: () => fields.names(),
    })
    return this.#headers
  }

  /** The cookies staged here, as a record; `setCookie` takes attributes as well. `delete` takes back, `deleteCookie` expires. */
  get cookies(): Record<string, CookieValue> {
    this.#cookies ??= createRecord<CookieValue>(this.#cookieList)
    return this.#cookies
  }

  setStatus(code: number): this {
    this.status = code
    return this
  }

  setHeader(name: string, value: FieldValue): this {
    this.#fields.set(name, value)
    return this
  }

  appendHeader(name: string, value: string | readonly string[]): this {
    this.#fields.append(name, value)
    return this
  }

  setHeaders(fields: FieldsInit): this {
    this.#fields.setAll(fields)
    return this
  }

  deleteHeader(name: string): this {
    this.#fields.delete(name)
    return this
  }

  getHeader(name: string): FieldValue | undefined {
    return this.#fields.get(name)
  }

  /** As on a response; what depends on the app's settings is checked when the reply is sent. */
  setCookie(name: string, value: CookieValue, attributes?: CookieAttributes): this {
    if (value === undefined) throw invalidType(`cookie '${name}': value`, 'a string, number, boolean or object', value)
    this.#cookieList.stage(name, value, attributes)
    return this
  }

  /** Expires a cookie the client has. */
  deleteCookie(name: string, attributes?: CookieAttributes): this {
    this.#cookieList.stage(name, undefined, attributes)
    return this
  }

  /** `Cache-Control`, as on a response. */
  cacheControl(directives: CacheDirectives | string): this {
    return this.setHeader('Cache-Control', serializeCacheControl(directives))
  }

  /** Runs a task once the response has ended, each time this reply is sent. */
  afterSend(task: AfterSendTask): this {
    checkAfterSendTask(task)
    this.#tasks ??= []
    this.#tasks.push(task)
    return this
  }

  protected get stagesNothing(): boolean {
    const { size } = this.#fields
    return this.#status === undefined && size === 0 && this.#cookieList.size === 0 && this.#tasks === undefined
  }

  /** Puts it all on the exchange's response, and gives back what undoes it. */
  protected stage(exchange: Exchange): () => void {
    if (this.stagesNothing) return nothing
    const { res, stagedStatus } = exchange
    const names = this.#cookieList.size === 0 ? this.#fields.names() : [...this.#fields.names(), 'Set-Cookie']
    const before = names.map((name) => [name, copied(res.getHeader(name))] as const)
    const undo = () => {
      if (this.#status !== undefined) exchange.stageStatus(stagedStatus ?? 200)
      for (const [name, value] of before) {
        if (value === undefined) res.removeHeader(name)
        else res.setHeader(name, value)
      }
    }
    try {
      if (this.#status !== undefined) exchange.stageStatus(this.#status)
      this.#fields.writeTo(res)
      this.#cookieList.writeTo(exchange)
    } catch (reason) {
      undo()
      throw reason
    }
    for (const task of this.#tasks ?? []) stageAfterSend(exchange, task)
    return undo
  }
}

/** Node appends to the very list it gave out. */
function copied(value: string | number | string[] | undefined): string | number | string[] | undefined {
  return Array.isArray(value) ? [...value] : value
}

function nothing(): void {}
