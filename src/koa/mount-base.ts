import type { ParameterizedContext } from 'koa'

/** What koa-mount has cut off the path by now. */
export function mountBase({ path, originalUrl }: ParameterizedContext): string {
  const [original = ''] = originalUrl.split('?', 1)
  if (original === path) return ''
  if (original.endsWith(path)) return original.slice(0, -path.length)
  // koa-mount gives '/' to an app asked for at its very mount point.
  return path === '/' ? original : ''
}
