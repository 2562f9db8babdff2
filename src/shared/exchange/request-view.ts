import type { IncomingMessage, ServerResponse } from 'node:http'
import { notConfigured } from '../checks/errors.js'
import type { JsonOptions } from '../json/json-options.js'
import type { Settings, TemplateRenderer } from '../settings/settings.js'
import type { CookieSigning, View, ViewPaths } from './host-types.js'
import { isComplete } from './when-response-closes.js'

/** A request, and what a handler has staged for its answer, reduced to the facts the kit decides on. */
export abstract class RequestView {
  settings: Settings
  /** The request's cookies, still encoded, once somebody has asked for one. */
  requestCookies: Readonly<Record<string, string | undefined>> | undefined
  /** The Set-Cookie lines the kit has staged, in the array the response holds. */
  cookieLines: string[] | undefined
  /** The path the app that brought the routes is mounted at: put before every URL built from them. */
  routeBase = ''

  constructor(settings: Settings) {
    this.settings = settings
  }

  abstract readonly req: IncomingMessage
  abstract readonly res: ServerResponse
  /** Path and query as the client sent them, whatever a mount has cut off since. */
  abstract readonly url: string
  /** `scheme://host`, under the framework's own proxy trust; empty where the Host is missing or malformed. */
  abstract readonly origin: string
  /** The request came by https, under the framework's own proxy trust. */
  abstract readonly secure: boolean
  /** How the framework's own cookie packages sign, and with what. */
  abstract readonly cookieSigning: CookieSigning
  /** What the handler staged; `undefined` where it did not. */
  abstract readonly stagedStatus: number | undefined
  /** The view variables of this response: `res.locals`, `ctx.state`. */
  abstract readonly locals: Record<string, unknown>
  /** Puts the view variables into them, once; called again and again, when somebody asks for them. */
  abstract installViewVariables(variables: Record<string, unknown>): void
  /** The parsed form fields, where a body parser has run. */
  abstract readonly form: unknown
  abstract readonly session: unknown

  abstract stageStatus(status: number): void
  /** The entity-tag of a dynamic body, under the framework's own setting where it has one. */
  abstract entityTag(body: string | Uint8Array): string | undefined
  /** Whether files carry an entity-tag where no option says so. */
  get tagsFiles(): boolean {
    return true
  }

  /** Whether `download` quotes every filename and writes `charset=UTF-8`, as the host's own has always done. */
  get hasLegacySpelling(): boolean {
    return false
  }

  /** Where the framework's own router serves a handler. */
  viewPaths(_view: View): ViewPaths {
    return { base: '', paths: [] }
  }

  /** How the framework writes JSON where a call says nothing. */
  get jsonDefaults(): JsonOptions | undefined {
    return undefined
  }

  /** Renders a template with the view variables and those given. */
  render(name: string, variables: Readonly<Record<string, unknown>>): ReturnType<TemplateRenderer> {
    const { templates } = this.settings
    if (templates === undefined) throw notConfigured('template()', 'templates')
    return templates(name, { ...this.locals, ...variables })
  }

  get method(): string {
    return this.req.method ?? 'GET'
  }

  /** The client left before the response was complete. Node destroys a complete response too. */
  get aborted(): boolean {
    return !isComplete(this.res) && (this.res.destroyed || (this.req.socket?.destroyed ?? false))
  }

  field(name: string): string | undefined {
    const value = this.req.headers[name]
    return typeof value === 'string' ? value : value?.join(', ')
  }

  stagedField(name: string): string | undefined {
    const value = this.res.getHeader(name)
    return value === undefined ? undefined : String(value)
  }
}
