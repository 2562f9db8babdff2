export const title = 'redirect'

/** Each framework writes its own few words beside the Location. */
export const comparesBody = false

export const options = { routes: { url: (_name, { id }) => `/target/${id}` } }

const LOCATION = '/target/7'

export const handlers = {
  node: (_req, res) => {
    const body = `Found. Redirecting to ${LOCATION}`
    const type = 'text/plain; charset=utf-8'
    res.writeHead(302, { Location: LOCATION, 'Content-Type': type, 'Content-Length': body.length }).end(body)
  },
  express: (res) => res.redirect(LOCATION),
  koa: (ctx) => ctx.redirect(LOCATION),
  fastify: (reply) => reply.redirect(LOCATION),
  hono: (context) => context.redirect(LOCATION),
  kit: (target) => target.redirectTo('target', { id: 7 }),
}
