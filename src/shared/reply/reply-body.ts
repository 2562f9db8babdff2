import { describeBytes } from '../bodies/bytes.js'
import { describeJson } from '../bodies/json.js'
import { completeProblem, describeProblem, type ProblemDetails } from '../bodies/problem.js'
import { describeTemplate, type TemplateOptions, type TemplateVariables } from '../bodies/template.js'
import { describeHtml, describeText } from '../bodies/text.js'
import { isBytes } from '../checks/bytes.js'
import { invalidType } from '../checks/errors.js'
import type { Exchange } from '../exchange/exchange.js'
import type { ResponseDescription } from '../exchange/response-description.js'
import { checkJsonOptions, type JsonOptions } from '../json/json-options.js'

export type Described = ResponseDescription | Promise<ResponseDescription>

/** The content of a `Reply`: what it is, and how an exchange describes it. */
export interface ReplyBody {
  readonly kind: BodyKind
  readonly content: unknown
  /** `jsonDefaults` count where the body is JSON and says nothing of its own. */
  describe(exchange: Exchange, jsonDefaults?: JsonOptions): Described
  /** Lets go of a stream that is not going to be sent. */
  release?(): void
}

export type BodyKind =
  | 'text'
  | 'html'
  | 'json'
  | 'bytes'
  | 'problem'
  | 'template'
  | 'streaming'
  | 'file'
  | 'download'
  | 'zip'
  | 'redirect'
  | 'redirectTo'

export function textBody(content: string): ReplyBody {
  if (typeof content !== 'string') throw invalidType('text: body', 'a string', content)
  return { kind: 'text', content, describe: (exchange) => describeText(exchange, content) }
}

export function htmlBody(content: string): ReplyBody {
  if (typeof content !== 'string') throw invalidType('html: body', 'a string', content)
  return { kind: 'html', content, describe: (exchange) => describeHtml(exchange, content) }
}

/** Serialised when it is sent: the value may change until then. */
export function jsonBody(content: unknown, options?: JsonOptions): ReplyBody {
  if (options !== undefined) checkJsonOptions('json()', options)
  return {
    kind: 'json',
    content,
    describe: (exchange, defaults) =>
      describeJson(exchange, content, defaults === undefined ? options : { ...defaults, ...options }),
  }
}

export function bytesBody(content: ArrayBufferView | ArrayBufferLike): ReplyBody {
  if (!isBytes(content)) throw invalidType('bytes: data', 'a Buffer, typed array or ArrayBuffer', content)
  return { kind: 'bytes', content, describe: (exchange) => describeBytes(exchange, content) }
}

export function problemBody(content: ProblemDetails): ReplyBody {
  completeProblem(content)
  return { kind: 'problem', content, describe: (exchange) => describeProblem(exchange, content) }
}

export function templateBody(content: string, variables?: TemplateVariables, options?: TemplateOptions): ReplyBody {
  if (typeof content !== 'string') throw invalidType('template: name', 'a string', content)
  return { kind: 'template', content, describe: (exchange) => describeTemplate(exchange, content, variables, options) }
}
