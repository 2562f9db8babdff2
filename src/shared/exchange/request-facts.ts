import type { IncomingMessage, ServerResponse } from 'node:http'
import { notConfigured } from '../checks/errors.js'
import type { JsonOptions } from '../json/json-options.js'
import type { Settings, TemplateRenderer } from '../settings/settings.js'
import type { CookieSigning, View, ViewPaths } from './host-types.js'
import { isComplete } from './when-response-closes.js'

/**
 * The facts that the kit decides on: what the request says, what a handler has staged for the response, and how the
 * framework at hand sees both. Each framework supplies them. Reading them changes nothing.
 */
export abstract class RequestFacts {
  abstract readonly settings: Settings
  abstract readonly req: IncomingMessage
  abstract readonly res: ServerResponse
  /** Path and query as the client sent them, even if a mount has cut off a part since. */
  abstract readonly url: string
  /** `scheme://host` by the framework's own trust in proxies. Empty if the Host is missing or malformed. */
  abstract readonly origin: string
  /** The request came by https, by the framework's own trust in proxies. */
  abstract readonly secure: boolean
  /** How the framework's own cookie packages sign, and their keys. */
  abstract readonly cookieSigning: CookieSigning
  /** The status that the handler staged; `undefined` if it staged none. */
  abstract readonly stagedStatus: number | undefined
  /** The view variables of this response: `res.locals`, `ctx.state`. */
  abstract readonly locals: Record<string, unknown>
  /** The parsed form fields, if a body parser has run. */
  abstract readonly form: unknown
  abstract readonly session: unknown

  /** The entity-tag of a dynamic body, by the framework's own setting if it has one. */
  abstract entityTag(body: string | Uint8Array): string | undefined

  /** Whether files carry an entity-tag if no option decides. */
  get tagsFiles(): boolean {
    return true
  }

  /** Whether `download` quotes every filename and writes `charset=UTF-8`, as Express 4 has always done. */
  get hasLegacySpelling(): boolean {
    return false
  }

  /** The paths at which the framework's own router serves a handler. */
  viewPaths(_view: View): ViewPaths {
    return { base: '', paths: [] }
  }

  /** How the framework writes JSON if a call does not say. */
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

  /** A field of the request. */
  field(name: string): string | undefined {
    const value = this.req.headers[name]
    return typeof value === 'string' ? value : value?.join(', ')
  }

  /** A field that the handler has staged. */
  stagedField(name: string): string | undefined {
    const value = this.res.getHeader(name)
    return value === undefined ? undefined : String(value)
  }
}
