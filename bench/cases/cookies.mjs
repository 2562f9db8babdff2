import { setCookie } from 'hono/cookie'
import { sends } from '../sends.mjs'

export const title = '3 cookies'

const TEXT = 'Hello, world!'
const ATTRIBUTES = { path: '/', httpOnly: true, sameSite: 'Lax' }
const COOKIES = [
  ['session', 'b3BhcXVlIHNlc3Npb24gaWQ'],
  ['theme', 'dark'],
  ['seen', 'yes'],
]

export const handlers = {
  node: sends('text/plain; charset=utf-8', TEXT, {
    'Set-Cookie': COOKIES.map(([name, value]) => `${name}=${value}; Path=/; HttpOnly; SameSite=Lax`),
  }),
  express: (res) => {
    for (const [name, value] of COOKIES) res.cookie(name, value, ATTRIBUTES)
    res.type('txt').send(TEXT)
  },
  koa: (ctx) => {
    for (const [name, value] of COOKIES) ctx.cookies.set(name, value, ATTRIBUTES)
    ctx.type = 'text'
    ctx.body = TEXT
  },
  fastify: (reply) => {
    for (const [name, value] of COOKIES) reply.setCookie(name, value, ATTRIBUTES)
    return reply.type('text/plain; charset=utf-8').send(TEXT)
  },
  hono: (context) => {
    for (const [name, value] of COOKIES) setCookie(context, name, value, ATTRIBUTES)
    return context.text(TEXT)
  },
  kit: (target) => {
    for (const [name, value] of COOKIES) target.setCookie(name, value, ATTRIBUTES)
    target.text(TEXT)
  },
}
