import type { ProblemDetails } from '../bodies/problem.js'
import type { TemplateVariables } from '../bodies/template.js'
import type { View } from '../exchange/host-types.js'
import type { FileOptions } from '../files/file-options.js'
import type { FileSource } from '../files/file-source.js'
import type { ZipEntry } from '../files/zip/zip-entry.js'
import { JSON_OPTIONS, type JsonOptions } from '../json/json-options.js'
import type { RedirectOptions } from '../redirects/redirect.js'
import type { RedirectToOptions } from '../redirects/redirect-to.js'
import type { RouteArguments, RouteName } from '../routes/register.js'
import type { RouteParameters } from '../routes/route-source.js'
import type { StreamSource } from '../streams/stream-source.js'
import { redirectBody, redirectToBody } from './redirect-body.js'
import { Reply, type ReplyInit } from './reply.js'
import { bytesBody, htmlBody, jsonBody, problemBody, templateBody, textBody } from './reply-body.js'
import { downloadBody, fileBody, streamingBody, zipBody } from './stream-body.js'

/** `text/plain; charset=utf-8`. */
export function text(body: string, init?: ReplyInit): Reply {
  return new Reply(undefined, init).setBody(textBody(body))
}

/** `text/html; charset=utf-8`. */
export function html(body: string, init?: ReplyInit): Reply {
  return new Reply(undefined, init).setBody(htmlBody(body))
}

/** `application/json; charset=utf-8`; the value is serialised when it is sent. */
export function json(value: unknown, options?: ReplyInit & JsonOptions): Reply {
  if (options === undefined) return new Reply().setBody(jsonBody(value))
  const [how, init] = splitOptions(options, JSON_OPTIONS)
  return new Reply(undefined, init).setBody(jsonBody(value, how))
}

/** `application/octet-stream`: a Buffer, typed array or ArrayBuffer. */
export function bytes(data: ArrayBufferView | ArrayBufferLike, init?: ReplyInit): Reply {
  return new Reply(undefined, init).setBody(bytesBody(data))
}

/** `application/problem+json` (RFC 9457). */
export function problem(details: ProblemDetails, init?: ReplyInit): Reply {
  return new Reply(undefined, init).setBody(problemBody(details))
}

/** An iterable, a generator, a stream, a Blob, or a function that makes one; `type` defaults to `application/octet-stream`. */
export function streaming(source: StreamSource, init?: ReplyInit): Reply {
  return new Reply(undefined, init).setBody(streamingBody(source))
}

/** A file shown in the browser. */
export function file(source: FileSource, options?: FileOptions): Reply {
  return new Reply().setBody(fileBody(source, options))
}

/** A file saved by the browser, as `filename` or under its own name. */
export function download(source: FileSource, filename?: string, options?: FileOptions): Reply {
  return new Reply().setBody(downloadBody(source, filename, options))
}

/** Several sources as one zip archive, made as it is sent. */
export function zip(entries: Iterable<ZipEntry>, filename?: string): Reply {
  return new Reply().setBody(zipBody(entries, filename))
}

/** A redirect to a URL: 302 after GET and HEAD, 303 after every other method, unless `status` says otherwise. */
export function redirect(location: string, options?: RedirectOptions): Reply {
  return new Reply().setBody(redirectBody(location, options))
}

/** A redirect to a named route or a view, found in the option `routes` when it is sent. */
export function redirectTo<const Target extends RouteName | View>(
  target: Target,
  ...rest: RouteArguments<Target, RedirectToOptions>
): Reply
export function redirectTo(target: string | View, parameters?: RouteParameters, options?: RedirectToOptions): Reply {
  return new Reply().setBody(redirectToBody(target, parameters, options))
}

/** A page rendered with the option `templates`, or by Express itself. */
export function template(name: string, variables?: TemplateVariables, init?: ReplyInit): Reply {
  return new Reply(undefined, init).setBody(templateBody(name, variables))
}

/** The options of the body apart from those of the reply, which names what neither knows. */
function splitOptions<Options extends object, Key extends keyof Options>(
  options: Options,
  keys: readonly Key[],
): [Pick<Options, Key>, Omit<Options, Key>] {
  const own = new Set<PropertyKey>(keys)
  const entries = Object.entries(options)
  const part = (isOwn: boolean) => Object.fromEntries(entries.filter(([key]) => own.has(key) === isOwn))
  return [part(true) as Pick<Options, Key>, part(false) as Omit<Options, Key>] // told apart by the very keys
}
