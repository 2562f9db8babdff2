import type { AfterSendTask } from '../exchange/after-send.js'
import type { View } from '../exchange/host-types.js'
import type { RouteParameters } from '../routes/route-source.js'
import { CookieList } from './cookie-list.js'
import { FieldMap } from './field-map.js'
import type { ReplyBody } from './reply-body.js'

/** What a `Reply` holds. Its public calls and attributes change it; `prepareReply` sends it. */
export interface ReplyState {
  status: number | undefined
  body: ReplyBody | undefined
  readonly fields: FieldMap
  readonly cookies: CookieList
  readonly tasks: AfterSendTask[]
  /** What the request has made, for Location: it is found among the routes when the reply is sent. */
  made?: MadeResource | undefined
  /** The Content-Type is that of another server, and is sent as it is. */
  keepsType?: true
}

/** The arguments of `created`. */
export type MadeResource = readonly [target: string | View, parameters: RouteParameters | undefined]

/** The state of a reply that says nothing yet. */
export function createState(body?: ReplyBody): ReplyState {
  return { status: undefined, body, fields: new FieldMap(), cookies: new CookieList(), tasks: [] }
}

/** Whether the reply says nothing yet. */
export function isBlank(state: ReplyState): boolean {
  return state.body === undefined && stagesNothing(state)
}

export function stagesNothing({ status, fields, cookies, tasks, made }: ReplyState): boolean {
  return made === undefined && status === undefined && fields.size === 0 && cookies.size === 0 && tasks.length === 0
}

let readOwnState: (value: object) => ReplyState | undefined = () => undefined

/** The class `Reply` says how the state of its instances is read: it stands above all that describes one. */
export function readOwnStateBy(read: (value: object) => ReplyState | undefined): void {
  readOwnState = read
}

/** The state of a `Reply` of this copy of the package. */
export function ownStateOf(value: object): ReplyState | undefined {
  return readOwnState(value)
}
