import { type BodyMethods, bodyMethods, jsonMethod } from './bodies.js'
import { type CookieMethods, cookieMethods } from './cookies.js'
import { type DownloadMethod, type FileMethod, fileMethods, type ZipMethod } from './files.js'
import { type FlashMethods, flashMethods } from './flash.js'
import { type HeaderBuilders, headerBuilders } from './header-builders.js'
import { type BackMethod, type RedirectMethods, redirectMethods } from './redirects.js'
import { type ReplyMethods, replyMethods } from './replies.js'
import { type FieldMethods, type StagingMethods, stagingMethods } from './staging.js'
import { type StreamMethods, streamMethods } from './streams.js'

/** What every response gets, under the same names on every framework. */
export interface ResponseMethods extends AddedMethods, FieldMethods, BackMethod, DownloadMethod {}

/** Those that no framework has a method of its own for. */
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

/** The one table of methods: shared functions, which find their exchange on `this`. Each part is typed where it stands. */
export const responseMethods: Readonly<Record<keyof ResponseMethods, unknown>> = {
  ...stagingMethods,
  ...headerBuilders,
  ...cookieMethods,
  ...bodyMethods,
  ...fileMethods,
  ...redirectMethods,
  ...flashMethods,
  ...replyMethods,
  ...streamMethods,
}

/** What `override` may name, the same on every framework, so that one set of options serves them all. */
export const methodNames: readonly string[] = [...Object.keys(responseMethods), ...Object.keys(jsonMethod)]
