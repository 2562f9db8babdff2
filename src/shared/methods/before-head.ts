import { ResponseKitError } from '../checks/errors.js'
import { EXCHANGE } from '../exchange/exchange.js'
import type { KitTarget } from './target.js'

type Method = (this: KitTarget, ...args: never[]) => unknown

/** Makes each of the methods refuse a call after the head of the response was sent: its change would not be sent. */
export function beforeHead<Methods extends object>(methods: Methods): Methods {
  const guarded = Object.entries(methods as Record<string, Method>).map(([name, method]) => [name, guard(name, method)])
  return Object.fromEntries(guarded) as Methods // the same names and signatures
}

function guard(name: string, method: Method): Method {
  return function (...args) {
    if (this[EXCHANGE].facts.res.headersSent) {
      throw new ResponseKitError('ALREADY_SENT', `${name}(): the head of the response has been sent`)
    }
    return method.apply(this, args)
  }
}
