import { ResponseKitError } from '../checks/errors.js'
import { EXCHANGE, type Exchange, type KitMethod } from '../exchange/exchange.js'
import { createExtraArgumentCheck } from './extra-arguments.js'

/** The object with the methods: an Express response or a Koa context that has passed `responseKit()`. */
export interface KitTarget {
  readonly [EXCHANGE]: Exchange
}

/**
 * The same methods. One that is called without its target, as after `const { text } = res`, or with an argument too many,
 * throws an error that says so.
 */
export function checkCalls<Methods extends object>(methods: Methods): Methods {
  const entries = Object.entries(methods as Record<string, KitMethod>)
  // Each method is replaced by one that takes and returns the same.
  return Object.fromEntries(entries.map(([name, method]) => [name, checked(name, method)])) as Methods
}

function checked(name: string, method: KitMethod): KitMethod {
  const refuseExtra = createExtraArgumentCheck(name)
  const call: KitMethod = function (this: unknown, ...given) {
    const exchange = (this as Partial<KitTarget> | null | undefined)?.[EXCHANGE]
    if (exchange === undefined) {
      const message = `${name}() needs its response: call it as res.${name}() or ctx.${name}(), and not after const { ${name} } = res`
      throw new ResponseKitError('INVALID_ARGUMENT', message)
    }
    refuseExtra(given)
    return exchange.call(method, this, given)
  }
  return Object.defineProperties(call, { name: { value: name }, length: { value: method.length } })
}
