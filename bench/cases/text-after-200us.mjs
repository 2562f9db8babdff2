import { busyHandlers } from '../busy-handlers.mjs'
import { handlers as text } from './text.mjs'

export const title = 'text, the handler takes 0.2 ms'
export const handlers = busyHandlers(text, 0.2)
