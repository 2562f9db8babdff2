import type { IncomingMessage, ServerResponse } from 'node:http'
import { readOrigin } from '../fields/origin.js'
import type { Settings } from '../settings/settings.js'
import { Exchange } from './exchange.js'
import type { PrefixedSigning } from './host-types.js'
import { RequestFacts } from './request-facts.js'
import type { ResponseDescription } from './response-description.js'
import { send } from './send.js'

/** A request of `node:http`, or of `node:http2` through its compatibility API, without a framework. */
export class NodeFacts extends RequestFacts {
  readonly settings: Settings
  readonly routeBase: string = ''
  readonly locals: Record<string, unknown> = {}

  constructor(settings: Settings, req: IncomingMessage, res: ServerResponse) {
    super(req, res)
    this.settings = settings
  }

  get url(): string {
    return this.req.url ?? '/'
  }

  get trustsProxy(): boolean {
    return false
  }

  /** The connection's own scheme, and the Host or `:authority` (RFC 9113 §8.3.1). */
  get origin(): string {
    const { headers } = this.req
    const authority = headers.host ?? headers[':authority']
    return readOrigin(this.secure ? 'https' : 'http', typeof authority === 'string' ? authority : undefined)
  }

  get secure(): boolean {
    return this.isEncrypted
  }

  /** The format of cookie-parser, which needs no second cookie. The keys are the kit's own. */
  get cookieSigning(): PrefixedSigning {
    return { format: 'prefixed', keys: [], verified: undefined }
  }

  /** Body parsers put it there, as in Express. */
  get form(): unknown {
    return (this.req as { body?: unknown }).body
  }

  get session(): unknown {
    return (this.req as { session?: unknown }).session
  }
}

/** The exchange of a request without a framework. Its caller reads `failure`. */
export class NodeExchange extends Exchange {
  readonly facts: NodeFacts

  constructor(facts: NodeFacts) {
    super()
    this.facts = facts
  }

  write(description: ResponseDescription): void | Promise<void> {
    return send(this.facts.req, this.facts.res, description)
  }

  raise(error: Error): void {
    this.noteFailure(error)
  }
}
