import { filenameOf } from '../../fields/content-disposition.js'

/** What a store knows that may name an object. */
interface NameSources {
  /** The Content-Disposition that the object was stored with. */
  readonly disposition: string | undefined
  /** What the application has stored with the object, for example its filename. */
  readonly metadata: Readonly<Record<string, string>> | undefined
  /** The name in the store, such as `reports/2021/june.pdf`. */
  readonly key: string | undefined
}

/** The name for the client that saves an object: of its Content-Disposition, of its metadata, else the end of its key. */
export function nameOfObject({ disposition, metadata = {}, key }: NameSources): string | undefined {
  const stored = Object.entries(metadata).find(([name]) => name.toLowerCase() === 'filename')?.[1]
  return filenameOf(disposition) || (stored && decodeMetadata(stored)) || key?.split('/').at(-1) || undefined
}

/** Metadata is ASCII. Amazon writes other characters as encoded words (RFC 2047), applications often as `%C3%BC`. */
function decodeMetadata(text: string): string {
  if (text.startsWith('=?'))
    return text
      .split(/[ \t]+/)
      .map(decodeWord)
      .join('')
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** An encoded word in UTF-8: `=?UTF-8?B?w7w=?=` or `=?UTF-8?Q?=C3=BC?=`. */
function decodeWord(word: string): string {
  const [, encoding, data] = /^=\?utf-8\?([bq])\?([^?]*)\?=$/i.exec(word) ?? []
  if (encoding === undefined || data === undefined) return word
  if (encoding.toLowerCase() === 'b') return Buffer.from(data, 'base64').toString()
  const escaped = data
    .replaceAll('_', ' ')
    .replaceAll('%', '%25')
    .replace(/=([0-9a-f]{2})/gi, '%$1')
  try {
    return decodeURIComponent(escaped)
  } catch {
    return word
  }
}

/** The codings that an object is stored in. `aws-chunked` is how it was uploaded, and not how it is stored. */
export function codingOfObject(value: string | undefined): string | undefined {
  const codings = (value ?? '').split(',').map((each) => each.trim().toLowerCase())
  const stored = codings.filter((each) => /^[\w.+-]+$/.test(each) && each !== 'aws-chunked' && each !== 'identity')
  return stored.length === 0 ? undefined : stored.join(', ')
}
