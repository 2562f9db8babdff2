import { inspect } from 'node:util'
import { isFetchResponse } from '../shared/streams/fetch-response.js'

/** What the assertions read of a response. */
export interface TestedResponse {
  readonly status: number
  /** The body as text. `undefined`: there is none, or it has to be read first. */
  readonly text: string | undefined
  /** Reads the body of a response that has it as a stream only. */
  readonly readText?: () => Promise<string>
  field(name: string): string | undefined
  /** Each Set-Cookie line. */
  readonly cookieLines: readonly string[]
}

/** What supertest, superagent and light-my-request give. */
interface PlainResponse {
  readonly status?: unknown
  readonly statusCode?: unknown
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly text?: unknown
  /** The text, in light-my-request. */
  readonly payload?: unknown
}

/** Reads a response of supertest, of light-my-request (so of Fastify's `inject`), or of `fetch`. */
export function readResponse(value: unknown): TestedResponse {
  if (isFetchResponse(value)) return readFetchResponse(value)
  const status = isPlainResponse(value)
    ? [value.status, value.statusCode].find((each) => typeof each === 'number')
    : undefined
  if (!isPlainResponse(value) || status === undefined) {
    const kinds = 'a response of supertest, fetch or inject'
    throw new TypeError(`expected ${kinds}, got ${inspect(value, { depth: 0 })}`)
  }
  const { headers, text, payload } = value
  const lines = headers['set-cookie'] ?? []
  return {
    status: status as number, // as found
    text: [text, payload].find((each) => typeof each === 'string') as string | undefined, // as found
    field(name) {
      const found = headers[name]
      return found === undefined ? undefined : String(found)
    },
    cookieLines: typeof lines === 'string' ? [lines] : lines,
  }
}

function readFetchResponse(response: Response): TestedResponse {
  const { status, headers } = response
  return {
    status,
    text: undefined,
    async readText() {
      if (response.bodyUsed)
        throw new TypeError('the body of the response has been read: assert first, or give a clone()')
      return response.clone().text() // the test may read it too
    },
    field: (name) => headers.get(name) ?? undefined,
    cookieLines: headers.getSetCookie(),
  }
}

function isPlainResponse(value: unknown): value is PlainResponse {
  return (
    typeof value === 'object' &&
    value !== null &&
    'headers' in value &&
    typeof value.headers === 'object' &&
    value.headers !== null
  )
}

export function show(value: unknown): string {
  return inspect(value, { breakLength: Number.POSITIVE_INFINITY })
}
