import http, {
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http'
import type { Application } from 'express'
import { invalidSecretType, invalidType } from '../shared/checks/errors.js'
import { withPrototype } from '../shared/wire/prototypes-at-birth.js'
import { reserved } from './reserved.js'

/** The two constructors that Node's servers take as options. */
export interface MessageConstructors {
  /** Node makes the requests of the server with it. */
  readonly IncomingMessage: typeof IncomingMessage
  /** Node makes the responses of the server with it. */
  readonly ServerResponse: typeof ServerResponse
}

/**
 * An http server for an Express app, in place of `app.listen()` and `http.createServer(app)`. It behaves the same and is
 * faster: its requests and responses have the prototypes of the app from the start.
 *
 * @param app An Express application.
 * @param options Those of Node's `http.createServer`. Default: none.
 * @throws TypeError `INVALID_ARGUMENT` if `app` is no Express application.
 * @example createServer(app).listen(3000)
 */
export function createServer(app: Application, options: ServerOptions = {}): Server {
  const messages = messagesOf('createServer', app, options) as ServerOptions // typed for any pair of subclasses
  return http.createServer({ ...options, ...messages }, app as RequestListener) // an app is a function of the two
}

/**
 * The options that make any server of Node's fit an Express app. They change nothing themselves.
 *
 * @param app An Express application.
 * @param base Options that bring constructors of the caller's own. Default: Node's.
 * @throws TypeError `INVALID_ARGUMENT` if `app` is no Express application.
 * @example https.createServer({ key, cert, ...serverOptions(app) }, app).listen(443)
 */
export function serverOptions(app: Application, base: ServerOptions = {}): MessageConstructors {
  return messagesOf('serverOptions', app, base)
}

function messagesOf(call: string, app: unknown, base: ServerOptions): MessageConstructors {
  const { request, response } = checkApp(call, app)
  if (typeof base !== 'object' || base === null) throw invalidSecretType(`${call}: options`, 'an object', base) // such as a key of TLS
  return {
    IncomingMessage: withPrototype(request, base.IncomingMessage ?? http.IncomingMessage, http.IncomingMessage),
    ServerResponse: withPrototype(
      response,
      base.ServerResponse ?? http.ServerResponse,
      http.ServerResponse,
      reserved.reserveOn,
    ),
  }
}

function checkApp(
  call: string,
  app: unknown,
): { readonly request: IncomingMessage; readonly response: ServerResponse } {
  const { request, response } = (typeof app === 'function' ? app : {}) as { request?: unknown; response?: unknown }
  if (request instanceof http.IncomingMessage && response instanceof http.ServerResponse) return { request, response }
  throw invalidType(`${call}: app`, 'an Express application', app)
}
