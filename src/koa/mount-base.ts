import type { ParameterizedContext } from 'koa'

/** A middleware that a request has passed on its way through the app. */
export interface MountPlace {
  /** `req.url` there: koa-mount and rewriting middleware change it. */
  readonly url: string
  /** The path at which the client sees the root of the paths there. */
  readonly base: string
}

/**
 * The path at which the client sees the root of `ctx.path`. koa-mount removes its prefix from the path and names it in
 * `ctx.mountPath`. Any other change of the path is a rewrite, and the root stays the same. `outer` is a place that the
 * request has passed before: its base is known.
 */
export function mountBase(ctx: ParameterizedContext, outer: MountPlace | undefined): string {
  const { mountPath } = ctx as { mountPath?: unknown } // koa-mount's own property
  const base = outer?.base ?? ''
  if (typeof mountPath !== 'string') return base
  const before = pathOf(outer?.url ?? ctx.originalUrl)
  const after = pathOf(ctx.req.url ?? '/')
  if (before === after) return base
  const mount = withoutSlash(mountPath)
  const removed = removedStart(before, after)
  // The property holds only the innermost prefix. Nested mounts have removed more.
  if (removed?.endsWith(mount)) return base + removed
  return before === mount || before.startsWith(`${mount}/`) ? base + mount : base
}

/** The text that was removed from the start of a path; `undefined` if the rest of the path has changed too. */
function removedStart(before: string, after: string): string | undefined {
  if (after === '/' || after === '') return withoutSlash(before)
  return before.endsWith(after) ? withoutSlash(before.slice(0, -after.length)) : undefined
}

/** The path of a request target, also of one in absolute form (RFC 9112 §3.2.2). */
function pathOf(target: string): string {
  const [path = ''] = target.split('?', 1)
  return path.startsWith('/') ? path : path.replace(/^https?:\/\/[^/]*/i, '')
}

function withoutSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path
}
