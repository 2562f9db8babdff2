import { json } from 'response-kit'
import { jsonHandlers } from '../json-handlers.mjs'

export const title = 'JSON, 100 B, as a Reply'

const value = { id: 4711, name: 'Ada Lovelace', mail: 'ada@example.com', admin: false, tags: ['a', 'b'] }

export const handlers = { ...jsonHandlers(value), kit: (target) => target.reply(json(value)) }
