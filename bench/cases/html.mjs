import { sends } from '../sends.mjs'

export const title = 'HTML, 1.4 KB'

const HTML = `<!doctype html><title>Page</title>${'<p>A paragraph of a small page.</p>'.repeat(40)}`

export const handlers = {
  node: sends('text/html; charset=utf-8', HTML),
  express: (res) => res.send(HTML),
  koa: (ctx) => {
    ctx.type = 'html'
    ctx.body = HTML
  },
  fastify: (reply) => reply.type('text/html; charset=utf-8').send(HTML),
  hono: (context) => context.html(HTML),
  kit: (target) => target.html(HTML),
}
