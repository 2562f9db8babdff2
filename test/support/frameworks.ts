import http from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { responseKit as expressKit, problemHandler as expressProblems } from '../../src/express/index.js'
import type { ProblemHandlerOptions, ResponseKitOptions, ResponseMethods } from '../../src/index.js'
import { responseKit as koaKit, problemHandler as koaProblems } from '../../src/koa/index.js'

const require = createRequire(import.meta.url)

/** What a contract handler gets beside the target: the same facts on every framework. */
export interface HandlerRequest {
  readonly method: string
  readonly url: string
  readonly query: Record<string, unknown>
  /** The framework's own objects, for what only a framework's test needs. */
  readonly native: { readonly req: any; readonly res: any; readonly ctx: any; readonly next: any }
}

export type Handler = (target: ResponseMethods, request: HandlerRequest) => unknown

export interface AppOptions {
  /** Options of `responseKit()`; `false`: not used at all. */
  readonly kit?: ResponseKitOptions | false
  /** Options of `problemHandler()`, which is used only if there are some. */
  readonly problems?: ProblemHandlerOptions
  /** Runs with the native app before the kit is installed. */
  readonly setUp?: (app: any) => void
}

export interface RunningApp {
  readonly origin: string
  readonly port: number
  readonly server: http.Server
  /** Errors that reached the framework's error handling. */
  readonly errors: Error[]
  close(): Promise<void>
}

export interface Framework {
  readonly name: 'express4' | 'express5' | 'koa2' | 'koa3'
  readonly family: 'express' | 'koa'
  /** The module itself: `express` or `Koa`. */
  readonly module: any
  /** An app with the kit and one handler for every request. */
  createListener(handler: Handler, options: AppOptions, errors: Error[]): http.RequestListener
}

function expressFramework(name: 'express4' | 'express5'): Framework {
  const express = require(name)
  return {
    name,
    family: 'express',
    module: express,
    createListener(handler, { kit, problems, setUp }, errors) {
      const app = express()
      app.set('env', 'test') // no stack traces on the console
      setUp?.(app)
      if (kit !== false) app.use(expressKit(kit))
      app.use((req: any, res: any, next: any) => {
        const result = handler(res, {
          method: req.method,
          url: req.url,
          query: req.query,
          native: { req, res, ctx: undefined, next },
        })
        // Express 4 does not look at what a handler returns: a rejection is the handler's own.
        if (name === 'express4' && result instanceof Promise) result.catch(next)
        return result
      })
      app.use((error: Error, _req: unknown, _res: unknown, next: (error: Error) => void) => {
        errors.push(error)
        next(error)
      })
      if (problems !== undefined) app.use(expressProblems(problems))
      return app
    },
  }
}

function koaFramework(name: 'koa2' | 'koa3'): Framework {
  const Koa = require(name)
  return {
    name,
    family: 'koa',
    module: Koa,
    createListener(handler, { kit, problems, setUp }, errors) {
      const app = new Koa()
      app.on('error', (error: Error) => errors.push(error))
      setUp?.(app)
      if (problems !== undefined) app.use(koaProblems(problems))
      if (kit !== false) app.use(koaKit(kit))
      app.use(async (ctx: any, next: any) => {
        await handler(ctx, {
          method: ctx.method,
          url: ctx.url,
          query: ctx.query,
          native: { req: ctx.req, res: ctx.res, ctx, next },
        })
      })
      return app.callback()
    },
  }
}

/** The names in `RESPONSE_KIT_TEST_FRAMEWORKS` if it is set, as for coverage, which one of them gives nearly as well as four. */
const chosen = process.env.RESPONSE_KIT_TEST_FRAMEWORKS?.split(',')
delete process.env.RESPONSE_KIT_TEST_FRAMEWORKS // a test may ask all four in a child process

export const frameworks: readonly Framework[] = [
  expressFramework('express4'),
  expressFramework('express5'),
  koaFramework('koa2'),
  koaFramework('koa3'),
].filter(({ name }) => chosen?.includes(name) ?? true)

/** Serves on a free port of the loopback interface. */
export async function listen(listener: http.RequestListener, errors: Error[] = []): Promise<RunningApp> {
  const server = http.createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    server,
    errors,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
