import { inspect } from 'node:util'

/** What the assertions read: a response of supertest or superagent, or any object with these. */
export interface TestedResponse {
  readonly status: number
  readonly text: string | undefined
  field(name: string): string | undefined
  /** Each Set-Cookie line. */
  readonly cookieLines: readonly string[]
}

interface SuperagentLike {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly text?: string
}

export function readResponse(value: unknown): TestedResponse {
  if (!isSuperagentLike(value)) {
    throw new TypeError(`expected a response of supertest, got ${inspect(value, { depth: 0 })}`)
  }
  const { status, headers, text } = value
  const lines = headers['set-cookie'] ?? []
  return {
    status,
    text,
    field(name) {
      const found = headers[name]
      return found === undefined ? undefined : String(found)
    },
    cookieLines: typeof lines === 'string' ? [lines] : lines,
  }
}

function isSuperagentLike(value: unknown): value is SuperagentLike {
  if (typeof value !== 'object' || value === null) return false
  return (
    'status' in value && typeof value.status === 'number' && 'headers' in value && typeof value.headers === 'object'
  )
}

export function show(value: unknown): string {
  return inspect(value, { breakLength: Number.POSITIVE_INFINITY })
}
