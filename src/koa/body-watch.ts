import type { ParameterizedContext, Response } from 'koa'
import { EXCHANGE } from '../shared/exchange/exchange.js'
import type { FieldLine, ResponseDescription } from '../shared/exchange/response-description.js'

/** What other code does to the body after the kit has set it. */
export interface BodyListener {
  /** Other code has set another body than the one before. */
  bodyReplaced(): void
}

type WatchedResponse = Response & { readonly ctx: ParameterizedContext & { readonly [EXCHANGE]?: BodyListener } }

const watched = new WeakSet<object>()
let latest: object | undefined // nearly always the only one

/**
 * Lets the exchange of a context know if other code sets its body. Koa keeps the body in an accessor of the prototype that
 * all responses of an app share. The watching one stands on that prototype too, and does the same for every response.
 */
export function watchBody(ctx: ParameterizedContext): void {
  const prototype: object | null = Object.getPrototypeOf(ctx.response)
  if (prototype === null || prototype === latest) return
  latest = prototype
  if (watched.has(prototype) || prototype !== (ctx.app as { response?: unknown } | undefined)?.response) return
  watched.add(prototype)
  const body = findAccessor(prototype, 'body')
  const { get, set } = body ?? {}
  if (body === undefined || get === undefined || set === undefined) return
  Object.defineProperty(prototype, 'body', {
    ...body,
    set(this: WatchedResponse, value: unknown) {
      const isSame = value === get.call(this)
      set.call(this, value)
      if (!isSame) this.ctx[EXCHANGE]?.bodyReplaced()
    },
  })
}

function findAccessor(object: object, name: string): PropertyDescriptor | undefined {
  for (let each: object | null = object; each !== null; each = Object.getPrototypeOf(each)) {
    const descriptor = Object.getOwnPropertyDescriptor(each, name)
    if (descriptor !== undefined) return { ...descriptor, configurable: true }
  }
  return undefined
}

/** The fields that tell one body from another: they are not true of what takes its place. */
const OF_THE_BYTES: readonly string[] = ['etag', 'last-modified', 'accept-ranges', 'repr-digest']

/** The lines of a description that are true of its own bytes only. Those that the handler has staged are the handler's. */
export function linesOfTheBytes({ fields, defaults }: ResponseDescription): readonly FieldLine[] {
  return [...fields, ...defaults].filter(([name]) => OF_THE_BYTES.includes(name.toLowerCase()))
}

/**
 * Takes back what is no longer true after other code has replaced the body (RFC 9110 §8.8). If that code has coded it, as
 * koa-compress does, the content means the same: a weak tag and the date still hold.
 */
export function removeLinesOfTheBytes(response: Response, lines: readonly FieldLine[], isCoded: boolean): void {
  const { res } = response
  for (const [name, value] of lines) {
    if (res.getHeader(name) !== value) continue // other code has changed it
    const key = name.toLowerCase()
    if (!isCoded || (key !== 'etag' && key !== 'last-modified')) res.removeHeader(name)
    else if (key === 'etag' && !value.startsWith('W/')) res.setHeader(name, `W/${value}`)
  }
}
