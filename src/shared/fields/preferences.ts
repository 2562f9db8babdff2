import Negotiator from 'negotiator'

/** Node accepts no more for all fields together, unless the app says so. A longer field is ignored. */
const MAX_LENGTH = 16_384

/**
 * The media type of `available` that an Accept field prefers (RFC 9110 §12.5.1). If it has no preference, the first one;
 * if it accepts none of them, `undefined`. An empty field is no preference, as the frameworks read it.
 */
export function preferredType(accept: string | undefined, available: readonly string[]): string | undefined {
  return new Negotiator({ headers: { accept: readable(accept) || undefined } }).mediaTypes([...available])[0]
}

/**
 * The content codings of `offered` that a client prefers to the plain file by its Accept-Encoding field (RFC 9110
 * §12.5.3), the preferred one first. If two have the same quality, the order of `offered` decides.
 */
export function preferredCodings<Coding extends string>(
  acceptEncoding: string | undefined,
  offered: readonly Coding[],
): Coding[] {
  const field = readable(acceptEncoding)
  if (field === undefined) return []
  const negotiator: CodingNegotiator = new Negotiator({ headers: { 'accept-encoding': field } })
  const order = negotiator.encodings([...offered, 'identity'], { preferred: [...offered] })
  const identity = order.indexOf('identity')
  const preferred = identity < 0 ? order : order.slice(0, identity)
  return offered.filter((each) => preferred.includes(each)).sort((a, b) => order.indexOf(a) - order.indexOf(b))
}

/** The content codings of `offered` that a client accepts, the preferred one first; all, if it has no Accept-Encoding. */
export function acceptableCodings<Coding extends string>(
  acceptEncoding: string | undefined,
  offered: readonly Coding[],
): Coding[] {
  const field = readable(acceptEncoding)
  if (field === undefined) return [...offered]
  const negotiator: CodingNegotiator = new Negotiator({ headers: { 'accept-encoding': field } })
  const order = negotiator.encodings([...offered], { preferred: [...offered] })
  return offered.filter((each) => order.includes(each)).sort((a, b) => order.indexOf(a) - order.indexOf(b))
}

/** Members of version 1 that its types lack. */
interface CodingNegotiator {
  encodings(available: readonly string[], options: { readonly preferred: readonly string[] }): string[]
}

function readable(field: string | undefined): string | undefined {
  return field !== undefined && field.length <= MAX_LENGTH ? field : undefined
}
