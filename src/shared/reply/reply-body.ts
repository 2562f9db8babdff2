import { isPromise } from 'node:util/types'
import { describeEmpty, describeStatus } from '../bodies/empty.js'
import { describeHtml, type HtmlBody, readHtmlBody } from '../bodies/html.js'
import { isFragment, sourcesInPage } from '../bodies/html-fragment.js'
import { describeJson } from '../bodies/json.js'
import { describeBytes, describeText, readBytes, readTextBody, type TextBody } from '../bodies/memory-body.js'
import { checkValidators, stageValidators, type ValidatorOptions } from '../bodies/not-modified.js'
import { completeProblem, describeProblem, type ProblemDetails } from '../bodies/problem.js'
import { describeTemplate, type TemplateOptions, type TemplateVariables } from '../bodies/template.js'
import { checkKeys } from '../checks/check-keys.js'
import { invalidType } from '../checks/errors.js'
import type { Exchange } from '../exchange/exchange.js'
import type { View } from '../exchange/host-types.js'
import type { ResponseDescription } from '../exchange/response-description.js'
import { changeFields, takeBackHead } from '../exchange/send.js'
import { deleteUnsent, describeDownload, describeFile } from '../files/file.js'
import type { FileOptions } from '../files/file-options.js'
import { checkSource, type FileSource, isKeptByCaller, releaseOnThrow } from '../files/file-source.js'
import { acceptZip, describeZip } from '../files/zip/zip.js'
import type { ZipSource } from '../files/zip/zip-entries.js'
import type { ZipOptions } from '../files/zip/zip-options.js'
import { checkAwaited } from '../json/check-awaited.js'
import { checkJsonOptions, type JsonOptions } from '../json/json-options.js'
import { type BackCallOptions, describeBack, describeRedirectLocal } from '../redirects/back.js'
import { describeToIntended } from '../redirects/intended.js'
import {
  describeRedirect,
  describeRedirectTo,
  type RedirectOptions,
  type RedirectToOptions,
} from '../redirects/redirect.js'
import { afterSession } from '../redirects/save-session.js'
import type { RouteParameters } from '../routes/route-source.js'
import { type CsvRow, checkCsv, describeCsv } from '../streams/csv.js'
import type { CsvOptions } from '../streams/csv-options.js'
import { describeEventStream, type EventSourceOf, type EventStreamOptions } from '../streams/event-stream.js'
import type { JsonStreamOptions } from '../streams/json-parts.js'
import {
  checkJsonStreamOptions,
  describeJsonArray,
  describeJsonStream,
  describeNdjson,
  type JsonStreamSource,
} from '../streams/json-streams.js'
import { findLater, type IsKept, releaseArray, releaseLater } from '../streams/later-in-json.js'
import { adoptSource, isHeldByAnswer, releaseRefused, releaseSource, withSources } from '../streams/source-owner.js'
import { checkByteSource, checkValueSource, type SourceOf, type StreamSource } from '../streams/stream-source.js'
import { describeStreaming } from '../streams/streaming.js'
import { type Choices, checkChoices, describeChoice, type ValueCalls, valuesOf } from './choices.js'
import { isOneShot, isSpent, spend } from './one-shot.js'

export type Described = ResponseDescription | Promise<ResponseDescription>

/** The bytes of a body in memory. */
export type Bytes = ArrayBufferView | ArrayBufferLike

/** The body of a `Reply`: what it is, and how an exchange describes it. */
export interface ReplyBody {
  readonly kind: BodyKind
  /** The arguments of the call that made it. Another copy of this package makes the same body from them. */
  readonly given: readonly unknown[]
  /** Values of which at most one is sent. They may be replies. */
  readonly values?: readonly unknown[] | undefined
  /** `jsonDefaults` count if the body is JSON and has no such option of its own. */
  describe(exchange: Exchange, values: ValueCalls, jsonDefaults?: JsonOptions): Described
  /** The streams and iterators that it reads, each of which can be read once, and the promises of such. */
  readonly sources: readonly object[]
  /** Closes the streams of a body that will not be sent, but for those that `other` reads as well. */
  release(other?: ReplyBody): void
  /** For a body that comes too late: deletes a file of `deleteAfterSend`. */
  readonly deleteUnsent?: ((exchange: Exchange) => void) | undefined
}

/** Every kind of body: the name of its finishing call. */
export type BodyKind =
  | 'text'
  | 'html'
  | 'json'
  | 'bytes'
  | 'empty'
  | 'negotiate'
  | 'notModified'
  | 'problem'
  | 'template'
  | 'streaming'
  | 'ndjson'
  | 'jsonArray'
  | 'jsonStream'
  | 'csv'
  | 'sse'
  | 'file'
  | 'download'
  | 'zip'
  | 'redirect'
  | 'redirectTo'
  | 'redirectLocal'
  | 'back'
  | 'toIntended'

/** `call` is the call that the user wrote: an error names it. */
type Describe = (
  exchange: Exchange,
  jsonDefaults: JsonOptions | undefined,
  call: string,
  values: ValueCalls,
) => Described

/** One finishing call: checks its arguments at once, and describes the response later. */
interface BodyPlan {
  readonly describe: Describe
  /** What the body reads from, if it reads. */
  readonly sources?: readonly unknown[]
  /** Finds the sources in what a promise among them gives. Default: that is a source itself. */
  readonly sourcesOf?: (given: unknown) => readonly unknown[]
  /** Releases what the body reads from, beyond `sources` too. Default: `sources`. */
  readonly release?: (isKept: IsKept) => void
  /** Values of which at most one is sent. They may be replies. */
  readonly values?: readonly unknown[]
  /** The arguments, if checking has read them: an iterator of entries is empty by then. */
  readonly given?: readonly unknown[]
  /** Deletes a file of `deleteAfterSend`, if the body comes too late. */
  readonly deleteUnsent?: (exchange: Exchange) => void
}

/** The arguments of each finishing call. */
export interface BodyArguments extends Record<BodyKind, readonly unknown[]> {
  text: [body: TextBody]
  html: [body: HtmlBody]
  json: [value: unknown, options?: JsonOptions]
  bytes: [data: Bytes]
  empty: [status?: number]
  negotiate: [choices: Choices]
  notModified: [validators: ValidatorOptions, content?: unknown]
  problem: [details: ProblemDetails]
  template: [name: string, variables?: TemplateVariables, options?: TemplateOptions]
  streaming: [source: StreamSource]
  ndjson: [source: SourceOf<unknown>]
  jsonArray: [source: SourceOf<unknown>]
  jsonStream: [value: JsonStreamSource, options?: JsonStreamOptions]
  csv: [rows: SourceOf<CsvRow>, options?: CsvOptions]
  sse: [source: EventSourceOf, options?: EventStreamOptions]
  file: [source: FileSource, options?: FileOptions]
  download: [source: FileSource, filename?: string | null, options?: FileOptions | null]
  zip: [entries: ZipSource, filename?: string, options?: ZipOptions]
  redirect: [location: string, options?: RedirectOptions]
  redirectTo: [target: string | View, parameters?: RouteParameters, options?: RedirectToOptions]
  redirectLocal: [url: unknown, fallback?: string, options?: RedirectOptions]
  back: [fallback?: string | BackCallOptions]
  toIntended: [fallback?: string | BackCallOptions]
}

/** How each kind of body is made. */
const PLANS: { readonly [Kind in BodyKind]: (...given: BodyArguments[Kind]) => BodyPlan } = {
  text: (body) => {
    readTextBody('text', body)
    return { describe: (exchange) => describeText(exchange.facts, body) }
  },
  html: (body) => {
    readHtmlBody(body)
    const sources = isFragment(body) ? sourcesInPage(body) : []
    return { sources, sourcesOf: sourcesInPage, describe: (exchange) => describeHtml(exchange, body) }
  },
  /** The value becomes text when it is sent: it may change until then. */
  json: (value, options) => {
    if (options !== undefined) checkJsonOptions('json()', options)
    checkAwaited('json: value', value)
    return {
      describe: (exchange, defaults, call) =>
        describeJson(exchange.facts, value, defaults === undefined ? options : { ...defaults, ...options }, call),
    }
  },
  bytes: (data) => {
    readBytes(data)
    return { describe: (exchange) => describeBytes(exchange.facts, data) }
  },
  empty: (status) => {
    if (status !== undefined) describeEmpty(status)
    return { describe: (exchange) => describeEmpty(status ?? exchange.facts.stagedStatus ?? 204) }
  },
  negotiate: (choices) => {
    const checked = checkChoices(choices)
    return {
      values: valuesOf(checked),
      describe: (exchange, _defaults, _call, values) => describeChoice(exchange, checked, values),
    }
  },
  notModified: (validators, content) => {
    checkValidators(validators)
    return {
      values: [content],
      describe: (exchange, _defaults, _call, values) => describeUnlessCurrent(exchange, validators, content, values),
    }
  },
  problem: (details) => {
    completeProblem(details)
    return { describe: (exchange) => describeProblem(exchange.facts, details) }
  },
  template: (name, variables, options) => {
    if (typeof name !== 'string') throw invalidType('template: name', 'a string', name)
    return { describe: (exchange) => describeTemplate(exchange, name, variables, options) }
  },
  streaming: (source) => {
    checkByteSource('streaming: source', source)
    return { sources: [source], describe: (exchange, _defaults, call) => describeStreaming(exchange, source, {}, call) }
  },
  ndjson: (source) => {
    checkValueSource('ndjson: source', source)
    return { sources: [source], describe: (exchange) => describeNdjson(exchange, source) }
  },
  jsonArray: (source) => {
    checkValueSource('jsonArray: source', source)
    const sources = [source, ...findLater(source)]
    const release = (isKept: IsKept) => releaseArray(source, releaseRefused, isKept)
    return { sources, sourcesOf: findLater, release, describe: (exchange) => describeJsonArray(exchange, source) }
  },
  /** The value becomes text when it is sent, as that of `json`. */
  jsonStream: (value, options) => {
    try {
      checkJsonStreamOptions(options)
    } catch (error) {
      releaseLater(value)
      throw error
    }
    const describe = (exchange: Exchange) => describeJsonStream(exchange, value, options)
    const release = (isKept: IsKept) => releaseLater(value, releaseRefused, isKept)
    return { sources: findLater(value), sourcesOf: findLater, release, describe }
  },
  csv: (rows, options) => {
    releaseOnThrow(rows, () => checkCsv(rows, options))
    return { sources: [rows], describe: (exchange) => describeCsv(exchange, rows, options) }
  },
  sse: (source, options) => ({
    sources: [source],
    describe: (exchange) => describeEventStream(exchange, source, options),
  }),
  file: (source, options) => {
    const checked = source === '' ? source : checkSource('file(): source', source) // a root may allow it
    return planFile('file()', source, options, (exchange) => describeFile(exchange, checked, options))
  },
  download: (source, filename, options) => {
    const checked = source === '' ? source : checkSource('download(): source', source) // a root may allow it
    return planFile('download()', source, options, (exchange) => describeDownload(exchange, checked, filename, options))
  },
  zip: (entries, filename, options) => {
    const call = acceptZip(entries, filename, options)
    const { given, sources } = call.entries
    return {
      given: [given, filename, options],
      sources,
      describe: (exchange) => describeZip(exchange, call),
    }
  },
  redirect: (location, options) => {
    if (typeof location !== 'string') throw invalidType('redirect: location', 'a string', location)
    if (options !== undefined) checkKeys('redirect()', options, ['status'])
    return { describe: (exchange) => afterSession(exchange, describeRedirect(exchange.facts, location, options)) }
  },
  redirectTo: (target, parameters, options) => {
    if (typeof target !== 'string' && typeof target !== 'function') {
      throw invalidType('redirectTo: target', "a route's name or a view", target)
    }
    return { describe: (exchange) => describeRedirectTo(exchange, target, parameters, options) }
  },
  back: (fallback) => ({
    describe: (exchange) => describeBack(exchange, fallback),
  }),
  redirectLocal: (url, fallback, options) => ({
    describe: (exchange) => describeRedirectLocal(exchange, url, fallback, options),
  }),
  toIntended: (fallback) => ({
    describe: (exchange) => describeToIntended(exchange, fallback),
  }),
}

function planFile(
  name: string,
  source: FileSource,
  options: FileOptions | null | undefined,
  describe: (exchange: Exchange) => Promise<ResponseDescription>,
): BodyPlan {
  return {
    sources: isKeptByCaller(source, options) ? [] : [source],
    describe,
    deleteUnsent: (exchange) => deleteUnsent(exchange, name, source, options),
  }
}

const VALIDATORS: readonly string[] = ['ETag', 'Last-Modified']

/** The 304 or 412 that the preconditions decide, else the content. A content that fails takes the validators back. */
async function describeUnlessCurrent(
  exchange: Exchange,
  validators: ValidatorOptions,
  content: unknown,
  values: ValueCalls,
): Promise<ResponseDescription> {
  const { facts } = exchange
  const { res } = facts
  let decided: ResponseDescription | undefined
  const staged = changeFields(res, VALIDATORS, () => {
    decided = stageValidators(facts, validators)
  })
  if (decided !== undefined) {
    values.release(content)
    return decided
  }
  if (content === undefined) return describeStatus(facts.stagedStatus ?? 204)
  const takeBack = exchange.whenGivenUp(() => takeBackHead(res, staged))
  try {
    return await values.describe(exchange, 'notModified', content)
  } catch (error) {
    takeBack()
    throw error
  }
}

/** Makes a body from the arguments of its finishing call, which it checks. */
export function createBody<Kind extends BodyKind>(kind: Kind, ...given: BodyArguments[Kind]): ReplyBody {
  return recreateBody(kind, given)
}

/** The same for a value that was given to another call, which its errors name. */
export function createBodyFor<Kind extends BodyKind>(
  call: string,
  kind: Kind,
  ...given: BodyArguments[Kind]
): ReplyBody {
  return recreateBody(kind, given, call)
}

/** The same from the arguments that another copy of the package gives. */
export function recreateBody(kind: BodyKind, given: readonly unknown[], call: string = kind): ReplyBody {
  // The plan of a kind checks its arguments, whatever their types.
  const plan = (PLANS[kind] as (...given: unknown[]) => BodyPlan)(...given)
  const { sourcesOf = asOne } = plan
  withSources(plan.sources ?? [], sourcesOf, adoptSource)
  plan.values?.forEach(adoptSource)
  const sources = [...new Set(plan.sources?.filter(isOwned))] // a page may have one in two places
  const body: ReplyBody = {
    kind,
    given: plan.given ?? given,
    sources,
    values: plan.values,
    describe: (exchange, values, jsonDefaults) => plan.describe(exchange, jsonDefaults, call, values),
    release: doNothing,
    deleteUnsent: plan.deleteUnsent,
  }
  if (sources.length === 0 && plan.release === undefined) return body
  const releaseSources = (isKept: IsKept): void => {
    const unread = sources.filter((source) => !isKept(source))
    withSources(unread, sourcesOf, releaseRefused)
  }
  const release = (other?: ReplyBody): void => {
    const needed = new Set<unknown>([...(other?.sources ?? []), ...(other?.given ?? [])])
    // A source that has been spent belongs to the response that it was spent on.
    const isKept: IsKept = (source) => isSpent(source) || isHeldByAnswer(source) || needed.has(source)
    const releaseUnread = plan.release ?? releaseSources
    releaseUnread(isKept)
  }
  return {
    ...body,
    describe(exchange, values, jsonDefaults) {
      const own: object[] = []
      try {
        for (const source of sources) {
          if (isPromise(source) && isSpent(source)) continue // what it gives may be for several answers
          spend(kind, source)
          own.push(source)
        }
        return body.describe(exchange, values, jsonDefaults)
      } catch (error) {
        withSources(own, sourcesOf, releaseSource)
        throw error
      }
    },
    release,
  }
}

function isOwned(source: unknown): source is object {
  return isOneShot(source) || isPromise(source)
}

function asOne(source: unknown): readonly unknown[] {
  return [source]
}

export function isBodyKind(kind: unknown): kind is BodyKind {
  return typeof kind === 'string' && Object.hasOwn(PLANS, kind)
}

function doNothing(): void {}
