/** Whether a value says itself how it is written as JSON. Any object or BigInt may, also by inheritance. */
export function hasToJson(value: unknown): value is { toJSON(key: string): unknown } {
  if ((typeof value !== 'object' || value === null) && typeof value !== 'bigint') return false
  return typeof (value as { toJSON?: unknown }).toJSON === 'function' // any property of any value can be read like this
}
