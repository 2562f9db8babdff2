import type { Request } from 'express'

/**
 * Where the app that handles the request is mounted, as the client wrote it. A Router is no app of its own: the paths of
 * what stands in one are those of its app.
 */
export function mountBase(req: Request): string {
  const { app, originalUrl } = req as Request & { app: { parent?: object } } // set by app.use(sub), missing in the types
  // A request target in absolute form (RFC 9112 §3.2.2) is no path.
  if (app.parent === undefined || !originalUrl.startsWith('/')) return ''
  const depth = app.path().split('/').length - 1
  const [path = ''] = originalUrl.split('?', 1)
  return path
    .split('/')
    .slice(0, depth + 1)
    .join('/')
}
