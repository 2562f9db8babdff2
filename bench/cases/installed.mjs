export const title = 'installed and not used'

const TEXT = 'Hello, world!'
const own = {
  express: (res) => res.setHeader('Content-Type', 'text/plain; charset=utf-8').end(TEXT),
  koa: (ctx) => {
    ctx.body = TEXT
  },
}

/** The kit in place and no call of it, against a middleware that does nothing in its place. */
export const handlers = { ...own, kit: own }

export const middleware = {
  express: (_req, _res, next) => next(),
  koa: (_ctx, next) => next(),
}

export const contenders = ['Express 5', 'Express 4', 'Koa 3', 'Koa 2'].flatMap((name) => [name, `${name} + kit`])
export const referenceOf = (name) => name.replace(' + kit', '')
