import { createHash } from 'node:crypto'
import { invalidRange, invalidType } from '../shared/checks/errors.js'
import { isMissingTable, type PostgresServer, type Row } from './postgres-pool.js'

/** A table that the kit uses, and makes if it is not there. */
export interface Table {
  /** Quoted, for SQL. */
  readonly sql: string
  /** Resolves when the table is there. */
  ready(): Promise<void>
  /** Sends a statement when the table is there. If it was dropped, it is made again. */
  query(text: string, values?: readonly unknown[]): Promise<readonly Row[]>
}

/** Reads the option `table` of a call. */
export function readTable(server: PostgresServer, name: unknown, call: string, columns: () => string): Table {
  const subject = `${call}: option 'table'`
  if (typeof name !== 'string') throw invalidType(subject, 'a name', name)
  const parts = name.split('.')
  if (parts.length > 2 || !parts.every((part) => /^[a-z_][a-z0-9_]{0,50}$/.test(part))) {
    throw invalidRange(subject, "a name of small letters, digits and '_', or schema.name", name)
  }
  const sql = parts.map((part) => `"${part}"`).join('.')
  let making: Promise<void> | undefined
  const ready = (): Promise<void> => {
    making ??= makeTable(server, sql, columns()).catch((error) => {
      making = undefined // the next call tries again
      throw error
    })
    return making
  }
  return {
    sql,
    ready,
    async query(text, values) {
      await ready()
      try {
        return await server.query(text, values)
      } catch (error) {
        if (!isMissingTable(error)) throw error
        making = undefined
        await ready()
        return server.query(text, values) // Postgres has done nothing of the first one
      }
    },
  }
}

async function makeTable(server: PostgresServer, sql: string, columns: string): Promise<void> {
  // A role that may not create tables can use one that is there.
  const [found] = await server.query('select to_regclass($1) is not null as there', [sql])
  if (found?.there === true) return
  // One implicit transaction. Without the lock two processes that make the table at the same time fail.
  await server.query(`select pg_advisory_xact_lock(${lockOf(sql)}); create table if not exists ${sql} (${columns})`)
}

/** A number of 64 bits that stands for a text, for an advisory lock. */
export function lockOf(text: string): string {
  return createHash('sha256').update(`response-kit\0${text}`).digest().readBigInt64BE().toString()
}
