/** A koa-mount that a request has entered. */
export interface Mount {
  /** The path in front of it, which koa-mount puts back when the request leaves. */
  readonly outside: string | undefined
  /** The path that koa-mount has made; `undefined` until it has. */
  inside: string | undefined
  /** The request has left it, by `next()` or at its end. */
  wasLeft: boolean
  readonly outer: Mount | undefined
}

const MOUNTS: unique symbol = Symbol('response-kit.mounts')

interface Mounts {
  /** What koa-mount has assigned to `ctx.mountPath`. */
  prefix: unknown
  /** The innermost mount that the request is in. */
  current: Mount | undefined
  /** The mounts that the request has left by `next()`, the last one at the end. */
  readonly left: Mount[]
}

interface Mounted {
  path: string
  [MOUNTS]?: Mounts
}

/** The prototypes that have the accessors. */
const watched = new WeakSet<object>()

/**
 * Follows a request through koa-mount. That assigns `ctx.mountPath` and then the cut path when the request enters. It
 * assigns the whole path when the request leaves by `next()`, and the cut path when that returns. The accessors see these
 * assignments on a prototype: they cost a request without a mount nothing.
 */
export function watchMounts(prototype: object): boolean {
  if (watched.has(prototype)) return true
  const { get: readPath, set: writePath } = inheritedDescriptor(prototype, 'path') ?? {}
  if (readPath === undefined || writePath === undefined) return false // made by hand
  watched.add(prototype)
  const before = Object.getOwnPropertyDescriptor(prototype, 'mountPath') // the accessor of another copy of the kit
  Object.defineProperty(prototype, 'mountPath', {
    configurable: true,
    enumerable: false,
    get(this: Mounted) {
      return this[MOUNTS]?.prefix
    },
    set(this: Mounted, prefix: unknown) {
      before?.set?.call(this, prefix)
      const outer = this[MOUNTS]?.current
      const mount = { outside: this.path, inside: undefined, wasLeft: false, outer }
      // The mounts that the request has left are forgotten: a path that is put back could be that of another mount.
      this[MOUNTS] = { prefix, current: mount, left: [] }
    },
  })
  Object.defineProperty(prototype, 'path', {
    configurable: true,
    enumerable: false,
    get: readPath,
    set: function setPath(this: Mounted, path: string) {
      writePath.call(this, path)
      const mounts = this[MOUNTS]
      if (mounts !== undefined) follow(mounts, path, setPath)
    },
  })
  return true
}

/**
 * Takes over a `mountPath` that a context got before its prototype had the accessors. Where that mount ends is not known.
 * A context whose prototype is not the app's own gets the accessors itself.
 */
export function adoptMount(ctx: object): void {
  const isOwn = Object.hasOwn(ctx, 'mountPath')
  const isWatched = watched.has(Object.getPrototypeOf(ctx))
  if (isWatched && !isOwn) return
  const { mountPath: prefix, path } = ctx as { mountPath?: unknown; path: string }
  if (isWatched ? !Reflect.deleteProperty(ctx, 'mountPath') : !watchMounts(ctx)) return
  if (!isOwn) return
  const current = { outside: undefined, inside: path, wasLeft: false, outer: undefined }
  Object.defineProperty(ctx, MOUNTS, { value: { prefix, current, left: [] }, writable: true })
}

/** The innermost mount that the request is in. */
export function currentMount(ctx: object): Mount | undefined {
  return (ctx as Mounted)[MOUNTS]?.current
}

/** Whether the request is in that mount, or in one further inside. `undefined` stands for the app itself: every request is in it. */
export function isInMount(ctx: object, mount: Mount | undefined): boolean {
  if (mount === undefined) return true
  let current = currentMount(ctx)
  while (current !== undefined && current !== mount) current = current.outer
  return current !== undefined
}

function follow(mounts: Mounts, path: string, setPath: (path: string) => void): void {
  const { current, left } = mounts
  const last = left.at(-1)
  let ended = current
  while (ended !== undefined && ended.outside !== path) ended = ended.outer
  if (ended !== undefined) {
    for (let mount = current; mount !== undefined && mount !== ended.outer; mount = mount.outer) mount.wasLeft = true
    mounts.current = ended.outer
    left.push(ended)
  } else if (current !== undefined && current.inside === undefined) {
    current.inside = path
  } else if (path === last?.inside && last.outer === current && isCalledByKoaMount(setPath)) {
    mounts.current = last
    left.pop()
  }
}

/**
 * Whether koa-mount itself has called the setter. Code outside of the mount can rewrite the path to the very path that
 * koa-mount puts back, and only the stack tells the two apart. If it tells nothing, as in a bundle, the mount stays left: no
 * handler outside may get what is for the inside.
 */
function isCalledByKoaMount(setter: (path: string) => void): boolean {
  const trace: { stack?: unknown } = {}
  Error.captureStackTrace(trace, setter)
  const caller = typeof trace.stack === 'string' ? trace.stack.split('\n', 2)[1] : undefined
  return caller !== undefined && /[\\/]node_modules[\\/]koa-mount[\\/]index\.js:\d/.test(caller)
}

function inheritedDescriptor(object: object, name: string): PropertyDescriptor | undefined {
  for (let each: object | null = object; each !== null; each = Object.getPrototypeOf(each)) {
    const descriptor = Object.getOwnPropertyDescriptor(each, name)
    if (descriptor !== undefined) return descriptor
  }
  return undefined
}
