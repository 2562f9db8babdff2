// uri-host [ ":" port ] (RFC 9110 §7.2), with the characters of real host names only: no userinfo, no path, no space.
const HOST = /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,253})|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/

/** `scheme://host` without a default port. Empty if the scheme is not http(s), or if the Host is missing or malformed. */
export function readOrigin(scheme: string, host: string | undefined): string {
  if (host === undefined || !HOST.test(host) || (scheme !== 'http' && scheme !== 'https')) return ''
  const text = `${scheme}://${host}`
  return URL.canParse(text) ? new URL(text).origin : ''
}

/** The origin that a text names: an http(s) URL of scheme and host alone, perhaps with a slash at its end. */
export function parseOrigin(text: unknown): string | undefined {
  const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) return undefined
  return `${text}`.toLowerCase().replace(/\/$/, '') === url.origin ? url.origin : undefined
}
