import { checkKeys } from '../shared/checks/check-keys.js'
import type { Claims } from '../shared/checks/claims.js'
import { invalidType } from '../shared/checks/errors.js'
import type { RedisClient } from './redis-client.js'
import { redisProcessOf } from './redis-process.js'

/** Options of `redisClaims()`. */
export interface RedisClaimsOptions {
  /** What the keys begin with. Default `'response-kit:claim:'`, without a tag, so that a cluster spreads the keys. */
  readonly prefix?: string
}

/**
 * Claims that all processes share, for the options `flash.claims` and `verifySignedUrl({ claim })`: `SET NX` in Redis, with
 * the time at which the claim expires.
 *
 * @param client A client of `ioredis` or of `redis`. The kit opens a connection of its own with its options.
 * @param options `prefix`.
 * @throws `INVALID_ARGUMENT`, `INVALID_OPTION`. A claim rejects with `STORE_FAILED` while Redis is away.
 * @example app.use(responseKit({ flash: { claims: redisClaims(client) } }))
 */
export function redisClaims(client: RedisClient, options: RedisClaimsOptions = {}): Claims {
  const shared = redisProcessOf(client, 'redisClaims')
  checkKeys('redisClaims()', options, ['prefix'])
  const { prefix = 'response-kit:claim:' } = options
  if (typeof prefix !== 'string') throw invalidType("redisClaims(): option 'prefix'", 'a string', prefix)
  const start = shared.server.keyPrefix + prefix
  return {
    async claim(id, expires) {
      const lifetime = expires === undefined ? [] : ['PX', `${Math.max(1, expires.getTime() - Date.now())}`]
      return (await shared.call('SET', `${start}${id}`, '1', 'NX', ...lifetime)) === 'OK'
    },
    async release(id) {
      await shared.call('DEL', `${start}${id}`)
    },
  }
}
