export { type PostgresClaimsOptions, postgresClaims } from './postgres-claims.js'
export type { PostgresPool } from './postgres-pool.js'
export { type PostgresStoreOptions, postgresStore } from './postgres-store.js'
