import { sends } from '../sends.mjs'

export const title = 'text'

const TEXT = 'Hello, world! A line of text as an API or a health check sends it.'

export const handlers = {
  node: sends('text/plain; charset=utf-8', TEXT),
  express: (res) => res.type('txt').send(TEXT),
  koa: (ctx) => {
    ctx.type = 'text'
    ctx.body = TEXT
  },
  fastify: (reply) => reply.type('text/plain; charset=utf-8').send(TEXT),
  hono: (context) => context.text(TEXT),
  kit: (target) => target.text(TEXT),
}
