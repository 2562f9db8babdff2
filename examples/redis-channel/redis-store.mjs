// A store for channel() that shares it between processes through a Redis stream (Redis 6.2 or later, ioredis):
//
//   const news = channel({ store: redisStore(new Redis(url), 'news') })
//
// Every process that serves clients of the channel reads the stream on a connection of its own. The ids of events are
// those of Redis, so a client may return to any process.

/** The form of a Redis stream's ids. */
const ENTRY_ID = /^\d{1,20}-\d{1,20}$/

/** The most events that are read at once for a client that returns. */
const PAGE = 500

/**
 * @param {import('ioredis').Redis} redis
 * @param {string} key the key of the stream
 * @param {{ keep?: number }} [options] about how many events are kept for clients that return
 * @returns {import('response-kit').ChannelStore}
 */
export function redisStore(redis, key, { keep = 1000 } = {}) {
  return {
    async append({ id: given, fields }) {
      if (given !== undefined) throw new RangeError(`publish: id is given by Redis here, got '${given}'`)
      const id = await redis.xadd(key, 'MAXLEN', '~', keep, '*', 'fields', fields)
      return { id, fields }
    },
    async subscribe(deliver, fail) {
      const [last] = await redis.xrevrange(key, '+', '-', 'COUNT', 1)
      const position = last?.[0] ?? '0-0' // stands before the first id that Redis gives
      const reading = redis.duplicate()
      let isOpen = true
      follow(reading, key, position, deliver, () => isOpen).catch((error) => {
        reading.disconnect()
        if (isOpen) fail(error)
      })
      return {
        position,
        close() {
          isOpen = false
          reading.disconnect()
        },
      }
    },
    async *since(id) {
      let start = ENTRY_ID.test(id) ? `(${id}` : '-'
      for (;;) {
        const entries = await redis.xrange(key, start, '+', 'COUNT', PAGE)
        yield* entries.map(toEvent)
        if (entries.length < PAGE) return
        start = `(${entries.at(-1)[0]}`
      }
    },
  }
}

async function follow(reading, key, start, deliver, isOpen) {
  let position = start
  while (isOpen()) {
    const [[, entries]] = await reading.xread('COUNT', 100, 'BLOCK', 0, 'STREAMS', key, position)
    if (!isOpen()) return
    for (const entry of entries) {
      deliver(toEvent(entry))
      position = entry[0]
    }
  }
}

function toEvent([id, [, fields]]) {
  return { id, fields }
}
