export type { HtmlBody } from './shared/bodies/html.js'
export type { TextBody } from './shared/bodies/memory-body.js'
export type { ValidatorOptions } from './shared/bodies/not-modified.js'
export type { ProblemDetails } from './shared/bodies/problem.js'
export type { ProblemHandlerOptions } from './shared/bodies/problem-handler/problem-handler-options.js'
export type { TemplateOptions, TemplateVariables } from './shared/bodies/template.js'
export type { Claims } from './shared/checks/claims.js'
export type { Duration } from './shared/checks/duration.js'
export { type ErrorCode, ResponseKitError, type ResponseKitErrorOptions } from './shared/checks/errors.js'
export type { CookieAttributes } from './shared/cookies/cookie-attributes.js'
export type { CookieOptions } from './shared/cookies/cookie-settings.js'
export type { CookieValue, StoredCookieValue } from './shared/cookies/cookie-value.js'
export type { ReadCookieOptions } from './shared/cookies/cookies.js'
export type { AfterSendTask, SendOutcome } from './shared/exchange/after-send.js'
export type { PathSyntax, View } from './shared/exchange/host-types.js'
export type { Sent } from './shared/exchange/sent.js'
export type { CacheControlOptions, CacheDirectives } from './shared/fields/cache-control.js'
export type { DeprecationInit } from './shared/fields/deprecation.js'
export type { FieldsInit, FieldValue } from './shared/fields/field-entries.js'
export type { HtmlFragment } from './shared/fields/html-text.js'
export type { LinkAttributes, LinkDestination } from './shared/fields/link.js'
export type { ServerTimingOptions } from './shared/fields/server-timing.js'
export type { ByteSource } from './shared/files/byte-source.js'
export type { ReadContext } from './shared/files/content.js'
export type { Dotfiles } from './shared/files/disk/resolve-path.js'
export type { FileOptions } from './shared/files/file-options.js'
export type { CacheOptions, FilesOptions } from './shared/files/file-settings.js'
export type { FileSource, LateSource, PresentSource } from './shared/files/file-source.js'
export type { ObjectSource } from './shared/files/objects/object-source.js'
export type { OffloadOptions } from './shared/files/offload.js'
export type { Precompression } from './shared/files/precompressed.js'
export type { OnProgress, Progress } from './shared/files/progress.js'
export type { RandomAccessSource, ReadRange } from './shared/files/random-access.js'
export type { ZipDuplicates } from './shared/files/zip/entry-names.js'
export type { ZipSource } from './shared/files/zip/zip-entries.js'
export type { ZipEntry } from './shared/files/zip/zip-entry.js'
export type { ZipMissing, ZipOptions } from './shared/files/zip/zip-options.js'
export type { JsonOptions, JsonReplacer } from './shared/json/json-options.js'
export type { JsonSchema } from './shared/json/serializer.js'
export type { BodyMethods, BytesOptions, JsonMethod } from './shared/methods/bodies.js'
export type { CookieMethods } from './shared/methods/cookies.js'
export type {
  DownloadMethod,
  FileCallback,
  FileMethod,
  LastDownloadArgument,
  SentWithoutCallback,
  ZipMethod,
} from './shared/methods/files.js'
export type { FlashMethods } from './shared/methods/flash.js'
export type { EtagOptions, HeaderBuilders, PreloadAttributes, SiteData } from './shared/methods/header-builders.js'
export type { BackMethod, RedirectMethods } from './shared/methods/redirects.js'
export type { ReplyMethods } from './shared/methods/replies.js'
export type { AddedMethods, ResponseMethods } from './shared/methods/response-methods.js'
export type { FieldMethods, StagingMethods } from './shared/methods/staging.js'
export type { StreamMethods } from './shared/methods/streams.js'
export { type BackCallOptions, localUrl } from './shared/redirects/back.js'
export type { Flash } from './shared/redirects/flash.js'
export type { InputOptions } from './shared/redirects/form-input.js'
export type { RedirectOptions, RedirectToOptions } from './shared/redirects/redirect.js'
export type { Choices } from './shared/reply/choices.js'
export {
  back,
  bytes,
  created,
  csv,
  download,
  empty,
  file,
  type HtmlFactory,
  html,
  json,
  jsonArray,
  jsonStream,
  ndjson,
  negotiate,
  notModified,
  problem,
  redirect,
  redirectLocal,
  redirectTo,
  sse,
  streaming,
  template,
  text,
  toIntended,
  zip,
} from './shared/reply/factories.js'
export { Reply, type ReplyInit } from './shared/reply/reply.js'
export type { BodyKind, Bytes } from './shared/reply/reply-body.js'
export type { RespondOptions } from './shared/reply/respond-handler.js'
export { sendReply } from './shared/reply/send-reply.js'
export {
  defineRoutes,
  type RouteParametersOf,
  type Routes,
  type RouteTableOptions,
} from './shared/routes/define-routes.js'
export { type GroupedRoute, type GroupedRoutes, group, type RouteDefinitions } from './shared/routes/group.js'
export type { PathParameters, SegmentValue } from './shared/routes/path-parameters.js'
// Everything, so that an app's `declare module 'response-kit'` reaches the interface itself.
export * from './shared/routes/register.js'
export type { RouteOptions, UrlParts } from './shared/routes/resolve-route.js'
export { RouteNotFoundError, RouteParameterError } from './shared/routes/route-errors.js'
export type {
  QueryInit,
  QueryValue,
  QueryValues,
  RouteParameters,
  RouteSource,
  UrlOptions,
} from './shared/routes/route-source.js'
export type { SignedUrlOptions } from './shared/routes/signed-url.js'
export {
  SignedUrlError,
  type SignedUrlProblem,
  type VerifySignedUrlOptions,
} from './shared/routes/verify-signed-url.js'
export type {
  BackOptions,
  ErrorContext,
  FlashOptions,
  ResponseKitOptions,
  TemplateRenderer,
  ViewHelperOptions,
} from './shared/settings/settings.js'
export { type Channel, channel } from './shared/streams/channel/channel.js'
export type { ChannelClient, PublishOptions } from './shared/streams/channel/channel-client.js'
export type { ClientListener } from './shared/streams/channel/channel-core.js'
export type { ChannelEvent } from './shared/streams/channel/channel-event.js'
export type { IterationOptions } from './shared/streams/channel/channel-iteration.js'
export type { ChannelOptions } from './shared/streams/channel/channel-options.js'
export type {
  ChannelStore,
  ChannelSubscription,
  StoredEvent,
  StoredEvents,
  TopicStore,
} from './shared/streams/channel/channel-store.js'
export { type Channels, type ChannelsOptions, channels } from './shared/streams/channel/channels.js'
export type { FirstEvents } from './shared/streams/channel/first-events.js'
export type { CsvRow } from './shared/streams/csv.js'
export type { CsvColumn, CsvColumns, CsvOptions } from './shared/streams/csv-options.js'
export type { EventSourceOf, EventStreamOptions, RetryRange } from './shared/streams/event-stream.js'
export type { JsonStreamOptions } from './shared/streams/json-parts.js'
export type { JsonStreamSource } from './shared/streams/json-streams.js'
export type { ServerSentEvent } from './shared/streams/serialize-event.js'
export type { StreamOptions } from './shared/streams/stream-options.js'
export type {
  Chunk,
  IterableSource,
  PipeableStream,
  SourceContext,
  SourceOf,
  StreamSource,
} from './shared/streams/stream-source.js'
export type { StreamingOptions } from './shared/streams/streaming.js'
