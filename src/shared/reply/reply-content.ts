import type { FileOptions } from '../files/file-options.js'
import type { FileSource } from '../files/file-source.js'
import type { JsonOptions } from '../json/json-options.js'
import type { RedirectOptions } from '../redirects/redirect.js'
import type { StreamSource } from '../streams/stream-source.js'
import { redirectBody } from './redirect-body.js'
import { type BodyKind, bytesBody, htmlBody, jsonBody, type ReplyBody, textBody } from './reply-body.js'
import { ReplyHead } from './reply-head.js'
import { fileBody, streamingBody } from './stream-body.js'

type Bytes = ArrayBufferView | ArrayBufferLike

/** What a `Reply` has as its body, by calls or as attributes. The last body set wins. */
export class ReplyContent extends ReplyHead {
  protected body: ReplyBody | undefined

  /** What the body is; `undefined`: there is none. */
  get kind(): BodyKind | undefined {
    return this.body?.kind
  }

  /** The body where it is plain text. */
  get text(): string | undefined {
    return this.#content('text') as string | undefined // textBody() admits nothing else
  }

  set text(body: string) {
    this.body = textBody(body)
  }

  /** The body where it is a page. */
  get html(): string | undefined {
    return this.#content('html') as string | undefined // htmlBody() admits nothing else
  }

  set html(body: string) {
    this.body = htmlBody(body)
  }

  /** The body where it is bytes. */
  get bytes(): Bytes | undefined {
    return this.#content('bytes') as Bytes | undefined // bytesBody() admits nothing else
  }

  set bytes(data: Bytes) {
    this.body = bytesBody(data)
  }

  /** The JSON value. An empty object appears on first touch; beside a body of another kind, with the first assignment. */
  get json(): Record<string, unknown> {
    if (this.body?.kind === 'json') return this.body.content as Record<string, unknown> // what the caller gave
    const value: Record<string, unknown> = {}
    const body = jsonBody(value)
    this.body ??= body
    const assign: ProxyHandler<typeof value> = {
      set: (target, key, member) => {
        this.body = body
        return Reflect.set(target, key, member)
      },
    }
    return this.body === body ? value : new Proxy(value, assign)
  }

  set json(value: unknown) {
    this.body = jsonBody(value)
  }

  /** The source where the body is streamed: an iterable, a generator, a stream, a Blob, or a function that makes one. */
  get streaming(): StreamSource | undefined {
    return this.#content('streaming') as StreamSource | undefined // streamingBody() admits nothing else
  }

  set streaming(source: StreamSource) {
    this.body = streamingBody(source)
  }

  setText(body: string): this {
    return this.setBody(textBody(body))
  }

  setHtml(body: string): this {
    return this.setBody(htmlBody(body))
  }

  setJson(value: unknown, options?: JsonOptions): this {
    return this.setBody(jsonBody(value, options))
  }

  setBytes(data: Bytes): this {
    return this.setBody(bytesBody(data))
  }

  setStreaming(source: StreamSource): this {
    return this.setBody(streamingBody(source))
  }

  /** A file shown in the browser. */
  setFile(source: FileSource, options?: FileOptions): this {
    return this.setBody(fileBody(source, options))
  }

  /** A redirect to a URL. */
  setRedirect(location: string, options?: RedirectOptions): this {
    return this.setBody(redirectBody(location, options))
  }

  /** Any kind of body, as the factories make it. */
  setBody(body: ReplyBody | undefined): this {
    this.body = body
    return this
  }

  #content(kind: BodyKind): unknown {
    return this.body?.kind === kind ? this.body.content : undefined
  }
}
