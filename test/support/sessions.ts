import cookieSession from 'cookie-session'
import connectSession from 'express-session'
import type { Redis } from 'ioredis'
import koaSession from 'koa-session'
import type { Framework, HandlerRequest } from './frameworks.js'

/** Puts a session in front of the kit. Each save in a store is noted in `saves`. */
export type InstallSession = (app: any, saves: string[]) => void

/** A store for express-session that answers after some turns of the event loop. */
class SlowStore extends connectSession.MemoryStore {
  readonly #saves: string[]
  constructor(saves: string[]) {
    super()
    this.#saves = saves
  }
  override set(...[id, data, callback]: Parameters<connectSession.MemoryStore['set']>): void {
    setImmediate(() =>
      setImmediate(() => {
        this.#saves.push(id)
        super.set(id, data, callback)
      }),
    )
  }
}

const expressOptions = { secret: 'x', resave: false, saveUninitialized: false }

/** The session packages of each framework, by a title. */
export function sessionsOf({ family }: Framework): Readonly<Record<string, InstallSession>> {
  if (family === 'express') {
    return {
      'express-session in memory': (app) => app.use(connectSession(expressOptions)),
      'express-session in a slow store': (app, saves) =>
        app.use(connectSession({ ...expressOptions, store: new SlowStore(saves) })),
      'cookie-session': (app) => app.use(cookieSession({ secret: 'x' })),
    }
  }
  return {
    'koa-session in a cookie': (app) => installKoaSession(app, {}),
    'koa-session in a slow store': (app, saves) => {
      const store = koaStore(async (id) => {
        await new Promise((resolve) => setImmediate(resolve))
        saves.push(id)
      })
      installKoaSession(app, { store })
    },
  }
}

/** A store for koa-session that keeps a session after a promise has resolved. */
function koaStore(beforeSet: (id: string) => Promise<void>) {
  const sessions = new Map<string, string>()
  return {
    get: async (id: string) => JSON.parse(sessions.get(id) ?? 'null') ?? undefined,
    set: async (id: string, value: unknown) => {
      await beforeSet(id)
      sessions.set(id, JSON.stringify(value))
    },
    destroy: async (id: string) => void sessions.delete(id),
  }
}

/** A session in a store whose `set` waits until the promise of `hold` resolves. */
export function heldSessionOf({ family }: Framework, hold: () => Promise<void>): (app: any) => void {
  if (family === 'express') {
    class HeldStore extends connectSession.MemoryStore {
      override set(...given: Parameters<connectSession.MemoryStore['set']>): void {
        void hold().then(() => super.set(...given))
      }
    }
    return (app) => app.use(connectSession({ ...expressOptions, store: new HeldStore() }))
  }
  const store = koaStore(hold)
  return (app) => installKoaSession(app, { store })
}

/** The session of a request. */
export function sessionOf({ native }: HandlerRequest): any {
  return native.ctx === undefined ? native.req.session : native.ctx.session
}

/** Ends the session as the package at hand does it. */
export function endSession({ native: { req, ctx } }: HandlerRequest): Promise<void> | undefined {
  if (ctx !== undefined) ctx.session = null
  else if (typeof req.session.destroy === 'function')
    return new Promise((resolve) => req.session.destroy(() => resolve()))
  else req.session = null
  return undefined
}

/** The sessions of `sessionsOf` in a real Redis. */
export async function redisSessionOf({ family }: Framework, redis: Redis): Promise<InstallSession> {
  if (family === 'express') {
    const { RedisStore } = await import('connect-redis')
    return (app) => app.use(connectSession({ ...expressOptions, store: new RedisStore({ client: redis }) }))
  }
  const store = {
    get: async (id: string) => JSON.parse((await redis.get(id)) ?? 'null') ?? undefined,
    set: async (id: string, value: unknown, maxAge: unknown) =>
      void (await redis.set(id, JSON.stringify(value), 'PX', typeof maxAge === 'number' ? maxAge : 86_400_000)),
    destroy: async (id: string) => void (await redis.del(id)),
  }
  return (app) => installKoaSession(app, { store })
}

function installKoaSession(app: any, options: object): void {
  app.keys = ['x']
  app.use(koaSession(options, app))
}
