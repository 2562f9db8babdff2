import { EXCHANGE, type Exchange } from '../exchange/exchange.js'

/** Where the variables stand in place of the property an accessor has taken. */
export const VARIABLES: unique symbol = Symbol('response-kit.variables')

type ViewProperty = 'locals' | 'state'
type Variables = Record<string, unknown>

interface Viewed {
  [VARIABLES]?: Variables
  [EXCHANGE]?: Exchange
}

/** The prototypes watched by now. */
const watched = new WeakSet<object>()

/**
 * Has the view variables put into `res.locals` or `ctx.state` when somebody first asks for it: most requests never do,
 * and making them costs more than the rest of the middleware. The frameworks assign a new object to each response, which
 * reaches the setter.
 */
export function watchVariables(prototype: object, property: ViewProperty): void {
  if (watched.has(prototype)) return
  const before = Object.getOwnPropertyDescriptor(prototype, property)
  // An accessor, such as that of another copy of the kit, keeps what it keeps and is asked for it.
  const { get: read, set: write } = before ?? OWN
  if (read === undefined || write === undefined) return
  watched.add(prototype)
  Object.defineProperty(prototype, property, {
    configurable: true,
    enumerable: before?.enumerable ?? false,
    get(this: Viewed) {
      const variables: Variables | undefined = read.call(this)
      if (variables !== undefined) this[EXCHANGE]?.bringViewVariables(variables)
      return variables
    },
    set: write,
  })
}

const OWN: PropertyDescriptor = {
  get(this: Viewed) {
    return this[VARIABLES]
  },
  set(this: Viewed, variables: Variables) {
    this[VARIABLES] = variables
  },
}

/** A response that was given its variables before its prototype was watched is brought under it. */
export function adoptVariables(target: object, exchange: Exchange, property: ViewProperty): void {
  const own = Object.getOwnPropertyDescriptor(target, property)
  if (own === undefined) return
  if (own.configurable === true && Reflect.deleteProperty(target, property)) Reflect.set(target, property, own.value)
  if (Object.hasOwn(target, property)) exchange.bringViewVariables(own.value) // it is not watched, but somebody's own
}
