import { inspect } from 'node:util'

/** The store of a record: how its properties are read, written, removed and listed. */
export interface RecordStore<Value> {
  get(key: string): Value | undefined
  set(key: string, value: Value): void
  delete(key: string): void
  keys(): string[]
}

/** An object whose properties are those of the store: get, set, `delete`, `in`, keys and spread act as on a plain record. */
export function createRecord<Value>(store: RecordStore<Value>): Record<string, Value> {
  const snapshot = () => Object.fromEntries(store.keys().map((key) => [key, store.get(key)]))
  // `inspect` does not call the traps of a proxy. It reads the target, which shows the content of the store here.
  const target = Object.create(null, { [inspect.custom]: { value: snapshot, configurable: true } })
  return new Proxy<Record<string, Value>>(target, {
    get: (_target, key) => (typeof key === 'string' ? store.get(key) : undefined),
    has: (_target, key) => typeof key === 'string' && store.get(key) !== undefined,
    set(_target, key, value: Value | undefined) {
      if (typeof key !== 'string') return false
      if (value === undefined) store.delete(key)
      else store.set(key, value)
      return true
    },
    defineProperty(_target, key, { value }) {
      if (typeof key !== 'string' || value === undefined) return false
      store.set(key, value)
      return true
    },
    deleteProperty(_target, key) {
      if (typeof key === 'string') store.delete(key)
      return true
    },
    ownKeys: () => store.keys(),
    getOwnPropertyDescriptor(_target, key) {
      const value = typeof key === 'string' ? store.get(key) : undefined
      return value === undefined ? undefined : { value, writable: true, enumerable: true, configurable: true }
    },
  })
}
