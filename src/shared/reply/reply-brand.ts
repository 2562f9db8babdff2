import { invalidType, ResponseKitError } from '../checks/errors.js'
import type { AfterSendTask } from '../exchange/after-send.js'
import type { FieldValue } from '../fields/field-entries.js'
import type { StagedCookie } from './cookie-list.js'
import { isBodyKind, type ReplyBody, recreateBody } from './reply-body.js'
import { createState, type MadeResource, ownStateOf, type ReplyState } from './reply-state.js'

/**
 * Under this symbol, which all realms of a process share, a `Reply` gives what it holds as plain data. So a middleware
 * sends a reply that another copy of the package has made: two versions in one project, or one copy for each test file,
 * as Jest loads them.
 */
export const REPLY_BRAND: unique symbol = Symbol.for('response-kit.reply')

/** Raise it if a copy of the package that has this number cannot read the data any more. */
const BRAND_VERSION = 1

/** A `Reply` as plain data. */
interface ReplyData {
  readonly version: number
  readonly status: number | undefined
  readonly fields: readonly (readonly [name: string, value: FieldValue])[]
  readonly cookies: readonly StagedCookie[]
  readonly tasks: readonly AfterSendTask[]
  readonly body: Pick<ReplyBody, 'kind' | 'given'> | undefined
  /** Absent in the data of copies that have no `created`. */
  readonly made?: MadeResource | undefined
}

/** The data under the brand of a reply of this copy. */
export function dataOfReply({ status, fields, cookies, tasks, body, made }: ReplyState): ReplyData {
  return {
    version: BRAND_VERSION,
    status,
    fields: fields.entries(),
    cookies: cookies.entries(),
    tasks: [...tasks],
    body: body && { kind: body.kind, given: body.given },
    made,
  }
}

/** Whether a value is a `Reply`, also of another copy of the package. */
export function isBranded(value: unknown): value is object {
  return typeof value === 'object' && value !== null && (REPLY_BRAND in value || isUnbrandedReply(value))
}

/** What a `Reply` holds, also one of another copy of the package. `undefined`: the value is no `Reply`. */
export function stateOf(value: unknown): ReplyState | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  return ownStateOf(value) ?? (isBranded(value) ? stateOfBranded(value) : undefined)
}

/** The state of a `Reply` of another copy of the package; an error if this copy cannot read it. */
export function stateOfBranded(value: object): ReplyState {
  const data = readData(value)
  if (data?.version !== BRAND_VERSION || (data.body !== undefined && !isBodyKind(data.body.kind))) {
    const message =
      'reply: this Reply comes from another version of response-kit; install one version only (npm ls response-kit)'
    throw new ResponseKitError('INVALID_ARGUMENT', message)
  }
  const { status, fields, cookies, tasks, body, made } = data
  const state = createState(body && recreateBody(body.kind, body.given))
  state.status = status
  state.made = made
  state.tasks.push(...tasks)
  for (const [name, fieldValue] of fields) state.fields.set(name, fieldValue)
  for (const { name, value: cookieValue, attributes } of cookies) state.cookies.stage(name, cookieValue, attributes)
  return state
}

function readData(value: object): ReplyData | undefined {
  if (!(REPLY_BRAND in value) || typeof value[REPLY_BRAND] !== 'function') return undefined
  try {
    return value[REPLY_BRAND]()
  } catch (cause) {
    throw Object.assign(invalidType('reply: value', 'a Reply itself, not a Proxy or a copy of one', value), { cause })
  }
}

/** The replies of response-kit 0.1.0 have no brand. */
function isUnbrandedReply(value: object): boolean {
  return ['toWebResponse', 'setCookie', 'setHtml', 'describe'].every(
    (name) => name in value && typeof value[name as keyof typeof value] === 'function',
  )
}
