import { contentType, lookup } from 'mime-types'

const known = new Map<string, string | undefined>()

/** The Content-Type a name's extension stands for, with its charset; `undefined` where it has none that is known. */
export function mediaTypeOf(name: string): string | undefined {
  const extension = extensionOf(name)
  if (extension === '') return undefined
  if (known.has(extension)) return known.get(extension)
  const type = lookup(extension)
  const value = type === false ? undefined : contentType(type) || type
  if (known.size >= 1000) known.clear() // names may come from users
  known.set(extension, value)
  return value
}

/** `.pdf` of `a.pdf`, in lower case; a name that only begins with a dot has none. */
export function extensionOf(name: string): string {
  const start = Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1
  const dot = name.lastIndexOf('.')
  return dot > start ? name.slice(dot).toLowerCase() : ''
}
