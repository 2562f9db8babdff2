import { sends } from './sends.mjs'

export function jsonHandlers(value) {
  const type = 'application/json; charset=utf-8'
  const text = JSON.stringify(value)
  const head = sends(type, text)
  return {
    // The value is written as JSON for each request, as each contender does here.
    node: (req, res) => (JSON.stringify(value) === text ? head(req, res) : undefined),
    express: (res) => res.json(value),
    koa: (ctx) => {
      ctx.body = value
    },
    fastify: (reply) => reply.send(value),
    hono: (context) => context.json(value),
    kit: { express: (res) => res.json(value), koa: (ctx) => ctx.json(value) },
  }
}
