import Negotiator from 'negotiator'

/** The media type of `available` that an Accept field prefers (RFC 9110 §12.5.1). If it has no preference, the first one. */
export function preferredType(accept: string | undefined, available: readonly string[]): string | undefined {
  return new Negotiator({ headers: { accept } }).mediaTypes([...available])[0]
}
