import { createHash } from 'node:crypto'
import { checkKeys } from '../shared/checks/check-keys.js'
import type { Claims } from '../shared/checks/claims.js'
import { type PostgresPool, readPool } from './postgres-pool.js'
import { readTable } from './tables.js'

/** Options of `postgresClaims()`. */
export interface PostgresClaimsOptions {
  /** The table of the claims, with its schema if it needs one. It is made if it is not there. Default `'response_kit_claims'`. */
  readonly table?: string
}

const COLUMNS = 'id text primary key, expires timestamptz not null'
/** Expired claims are removed after this many claims of a process. */
const CLEAN_EVERY = 1000

/**
 * Claims that all processes share, for the options `flash.claims` and `verifySignedUrl({ claim })`: a row of a table for each.
 *
 * @param pool A `Pool` of the package `pg`.
 * @param options `table`.
 * @throws `INVALID_ARGUMENT`, `INVALID_OPTION`. A claim rejects with `STORE_FAILED` while Postgres is away.
 * @example app.use(responseKit({ flash: { claims: postgresClaims(pool) } }))
 */
export function postgresClaims(pool: PostgresPool, options: PostgresClaimsOptions = {}): Claims {
  const server = readPool(pool, 'postgresClaims')
  checkKeys('postgresClaims()', options, ['table'])
  const name = options.table === undefined ? 'response_kit_claims' : options.table
  const table = readTable(server, name, 'postgresClaims()', () => COLUMNS)
  let count = 0
  return {
    async claim(id, expires) {
      const lifetimeMs = expires === undefined ? null : Math.max(1, expires.getTime() - Date.now())
      // An expired claim is taken over. Of two that try, the second sees the row of the first, because that is locked.
      const won = await table.query(
        `insert into ${table.sql} as claims (id, expires)
         values ($1, coalesce(clock_timestamp() + $2::float8 * interval '1 ms', 'infinity'))
         on conflict (id) do update set expires = excluded.expires where claims.expires <= clock_timestamp()
         returning 1 as won`,
        [keyOf(id), lifetimeMs],
      )
      if (count++ % CLEAN_EVERY === 0) {
        table.query(`delete from ${table.sql} where expires <= clock_timestamp()`).catch(() => undefined)
      }
      return won.length === 1
    },
    async release(id) {
      await table.query(`delete from ${table.sql} where id = $1`, [keyOf(id)])
    },
  }
}

/** A short plain text stays as it is. Postgres has no place for a NUL, and none for a long text in an index. */
function keyOf(id: string): string {
  if (/^[\x20-\x7e]{1,200}$/.test(id) && !id.startsWith('sha256 ')) return id
  return `sha256 ${createHash('sha256').update(id).digest('base64url')}`
}
