import type { Secrets } from '../checks/secrets.js'

export interface SigningTable {
  readonly secrets: Secrets
  readonly base: string
}

const signing = new WeakMap<object, SigningTable>()

/** Remembers what a table signs with, out of its users' sight. */
export function setSigning(table: object, settings: SigningTable): void {
  signing.set(table, settings)
}

export function signingOf(table: object | undefined): SigningTable | undefined {
  return table === undefined ? undefined : signing.get(table)
}
