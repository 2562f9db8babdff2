import { jsonHandlers } from '../json-handlers.mjs'

export const title = 'JSON, 100 B'
export const handlers = jsonHandlers({
  id: 4711,
  name: 'Ada Lovelace',
  mail: 'ada@example.com',
  admin: false,
  tags: ['a', 'b'],
})
