import http from 'node:http'
import { createRequire } from 'node:module'
import { createServer, responseKit as expressKit } from 'response-kit/express'
import { responseKit as koaKit } from 'response-kit/koa'

const require = createRequire(import.meta.url)

/** Every contender starts a server, not yet listening, that answers all requests as a case's handler for it says. */
export const contenders = {
  'node:http': ({ handlers }) => http.createServer(handlers.node),
  'Express 5': express('express5', 'express'),
  'Express 5 + createServer': express('express5', 'express', createServer),
  'Express 5 + kit': express('express5', 'kit'),
  'Express 5 + createServer + kit': express('express5', 'kit', createServer),
  'Express 4': express('express4', 'express'),
  'Express 4 + createServer': express('express4', 'express', createServer),
  'Express 4 + kit': express('express4', 'kit'),
  'Express 4 + createServer + kit': express('express4', 'kit', createServer),
  'Koa 3': koa('koa3', 'koa'),
  'Koa 3 + kit': koa('koa3', 'kit'),
  'Koa 2': koa('koa2', 'koa'),
  'Koa 2 + kit': koa('koa2', 'kit'),
  'Fastify 5': fastify,
  Hono: hono,
}

function express(name, family, serve = http.createServer) {
  return ({ handlers, middleware, options }) => {
    const app = require(name)()
    const handler = handlers[family].express ?? handlers[family]
    const first = family === 'kit' ? expressKit(options) : middleware?.express
    if (first !== undefined) app.use(first)
    app.get('/', (_req, res) => handler(res))
    return serve(app)
  }
}

function koa(name, family) {
  return ({ handlers, middleware, options }) => {
    const app = new (require(name))()
    const handler = handlers[family].koa ?? handlers[family]
    const first = family === 'kit' ? koaKit(options) : middleware?.koa
    if (first !== undefined) app.use(first)
    app.use(async (ctx) => {
      handler(ctx)
    })
    return http.createServer(app.callback())
  }
}

async function fastify({ handlers }) {
  const app = require('fastify')()
  await app.register(require('@fastify/cookie'))
  app.get('/', (_request, reply) => handlers.fastify(reply))
  await app.ready()
  return app.server
}

async function hono({ handlers }) {
  const [{ Hono }, { createAdaptorServer }] = await Promise.all([import('hono'), import('@hono/node-server')])
  const app = new Hono()
  app.get('/', handlers.hono)
  return createAdaptorServer({ fetch: app.fetch, overrideGlobalObjects: false }) // the tests run in this process
}
