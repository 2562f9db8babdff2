import { parse } from 'content-disposition'

/** The filename of a Content-Disposition value of another server, if there is one. */
export function filenameOf(disposition: string | undefined): string | undefined {
  if (disposition === undefined) return undefined
  try {
    const { filename } = parse(disposition).parameters
    return typeof filename === 'string' && filename !== '' ? decodeUtf8(filename) : undefined
  } catch {
    return undefined // not of RFC 6266
  }
}

/** Servers that send UTF-8 in a plain `filename` are read as Latin-1 (RFC 9110 §5.5). */
function decodeUtf8(latin1: string): string {
  const bytes = Buffer.from(latin1, 'latin1')
  if (bytes.toString('latin1') !== latin1) return latin1 // it has other characters: it was `filename*`
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return latin1
  }
}
