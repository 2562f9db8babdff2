import { jsonHandlers } from '../json-handlers.mjs'

export const title = 'JSON, 10 KB'
export const handlers = jsonHandlers(
  Array.from({ length: 100 }, (_, id) => ({
    id,
    name: 'Ada Lovelace',
    mail: 'ada@example.com',
    admin: false,
    tags: ['a', 'b'],
  })),
)
