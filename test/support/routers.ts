import { createRequire } from 'node:module'
import Router from '@koa/router'

const require = createRequire(import.meta.url)

/** What a framework's own router makes of a request: the route it chose and the parameters it read. */
export interface Match {
  readonly route: string
  readonly parameters: Record<string, unknown>
}

export interface RealRouter {
  readonly name: string
  readonly syntax: 'modern' | 'legacy'
  /** Routes by name, tried in their order. */
  match(routes: ReadonlyMap<string, string>, path: string): Promise<Match | undefined>
}

/** The routers of the frameworks themselves, asked without a socket. */
export const realRouters: readonly RealRouter[] = [
  expressRouter('express4', 'legacy'),
  expressRouter('express5', 'modern'),
  { name: '@koa/router', syntax: 'modern', match: matchByKoa },
]

function expressRouter(name: 'express4' | 'express5', syntax: RealRouter['syntax']): RealRouter {
  const express = require(name)
  return {
    name,
    syntax,
    match: (routes, path) =>
      new Promise((resolve, reject) => {
        const router = express.Router()
        for (const [route, pattern] of routes) {
          router.get(pattern, (req: any) => resolve({ route, parameters: { ...req.params } }))
        }
        router({ method: 'GET', url: path }, {}, (error: unknown) => (error ? reject(error) : resolve(undefined)))
      }),
  }
}

async function matchByKoa(routes: ReadonlyMap<string, string>, path: string): Promise<Match | undefined> {
  const router = new Router()
  let match: Match | undefined
  for (const [route, pattern] of routes) {
    router.get(route, pattern, (ctx: any) => {
      match = { route, parameters: { ...ctx.params } }
    })
  }
  const [pathname] = path.split('?', 1)
  await router.routes()({ method: 'GET', path: pathname, request: {} } as any, async () => undefined)
  return match
}
