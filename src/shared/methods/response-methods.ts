import { beforeHead } from './before-head.js'
import { type BodyMethods, bodyMethods, type JsonMethod } from './bodies.js'
import { type CookieMethods, cookieMethods } from './cookies.js'
import { type DownloadMethod, type FileMethod, fileMethods, type ZipMethod } from './files.js'
import { type FlashMethods, flashMethods } from './flash.js'
import { type HeaderBuilders, headerBuilders } from './header-builders.js'
import { type BackMethod, type RedirectMethods, redirectMethods } from './redirects.js'
import { type ReplyMethods, replyMethods } from './replies.js'
import { type FieldMethods, type StagingMethods, stagingMethods } from './staging.js'
import { type StreamMethods, streamMethods } from './streams.js'
import { checkCalls } from './target.js'

/** What every response has, under the same names on every framework. */
export interface ResponseMethods extends AddedMethods, FieldMethods, BackMethod, DownloadMethod {}

/** The methods whose names no framework has. */
export interface AddedMethods
  extends StagingMethods,
    HeaderBuilders,
    CookieMethods,
    BodyMethods,
    FileMethod,
    ZipMethod,
    RedirectMethods,
    FlashMethods,
    ReplyMethods,
    StreamMethods {}

/** The methods that prepare the response or read from it, and send nothing. */
export type PreparingName =
  | keyof (StagingMethods & FieldMethods & HeaderBuilders & CookieMethods)
  | 'afterSend'
  | 'route'
  | 'backField'
  | 'localUrl'
  | 'flash'
  | 'withFlash'
  | 'withInput'
  | 'withErrors'
  | 'reflash'
  | 'intended'

/** The methods that send a response: each has a factory and a setter of `Reply`, which `test/types` checks. */
export type FinishingName = Exclude<keyof ResponseMethods | keyof JsonMethod, PreparingName>

// Node's own calls throw by themselves, with the code that Express users know.
const { setHeader, appendHeader, getHeader, ...staging } = stagingMethods
const { getCookie, ...cookies } = cookieMethods
const { flash, toIntended, ...flashing } = flashMethods

/** The one table of methods: shared functions, which find their exchange on `this`. Each part is typed in its own file. */
export const responseMethods: Readonly<Record<keyof ResponseMethods, unknown>> = checkCalls({
  ...beforeHead({ ...staging, ...headerBuilders, ...cookies, ...flashing }),
  setHeader,
  appendHeader,
  getHeader,
  getCookie,
  flash,
  toIntended,
  ...bodyMethods,
  ...fileMethods,
  ...redirectMethods,
  ...replyMethods,
  ...streamMethods,
})
