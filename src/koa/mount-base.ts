import type { ParameterizedContext } from 'koa'

/** What koa-mount has cut off the path by now. */
export function mountBase(ctx: ParameterizedContext): string {
  const { originalUrl } = ctx
  if (ctx.req.url === originalUrl) return ''
  const { path } = ctx
  const [original = ''] = originalUrl.split('?', 1)
  // A request target in absolute form (RFC 9112 §3.2.2) is no path.
  if (original === path || !original.startsWith('/')) return ''
  if (original.endsWith(path)) return original.slice(0, -path.length)
  // koa-mount gives '/' to an app asked for at its very mount point.
  return path === '/' ? original : ''
}
