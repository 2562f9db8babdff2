import { sends } from '../sends.mjs'

export const title = '128 different texts'

// All of one length: the kit remembers the entity-tag of one text of a length, so here it remembers none.
const TEXTS = Array.from(
  { length: 128 },
  (_, index) => `Hello, world! A line of text as an API sends it, number ${1000 + index}.`,
)
const answers = TEXTS.map((text) => sends('text/plain; charset=utf-8', text))

/** A test asks several servers in turn, so the numbers of two answers differ. */
export const commonBody = (body) => body.replace(/\d+/, '')

let turn = 0
const next = (list) => list[turn++ % list.length]

export const handlers = {
  node: (req, res) => next(answers)(req, res),
  express: (res) => res.type('txt').send(next(TEXTS)),
  koa: (ctx) => {
    ctx.type = 'text'
    ctx.body = next(TEXTS)
  },
  fastify: (reply) => reply.type('text/plain; charset=utf-8').send(next(TEXTS)),
  hono: (context) => context.text(next(TEXTS)),
  kit: (target) => target.text(next(TEXTS)),
}
