export const title = 'redirect'

/** Each framework writes its own few words beside the Location. */
export const comparesBody = false

export const options = { routes: { url: (_name, { id }) => `/target/${id}` } }

const LOCATION = '/target/7'

export const handlers = {
  node: (_req, res) => res.writeHead(302, { Location: LOCATION, 'Content-Length': 0 }).end(),
  express: (res) => res.redirect(LOCATION),
  koa: (ctx) => ctx.redirect(LOCATION),
  fastify: (reply) => reply.redirect(LOCATION),
  hono: (context) => context.redirect(LOCATION),
  kit: (target) => target.redirectTo('target', { id: 7 }),
}
