export type { AfterSendTask, SendOutcome } from './shared/after-send.js'
export { type Channel, channel } from './shared/channel.js'
export type { ChannelStore, StoredEvent } from './shared/channels/channel-store.js'
export type { ChannelOptions } from './shared/channels/read-store.js'
export type { CookieAttributes } from './shared/cookies/cookie-attributes.js'
export type { CookieOptions } from './shared/cookies/cookie-settings.js'
export type { CookieValue, StoredCookieValue } from './shared/cookies/cookie-value.js'
export type { ReadCookieOptions } from './shared/cookies/cookies.js'
export { type ErrorCode, ResponseKitError, type ResponseKitErrorOptions } from './shared/errors.js'
export type { OctetSource } from './shared/files/chunk-source.js'
export type { FileOptions } from './shared/files/file-options.js'
export type { CacheOptions, FilesOptions } from './shared/files/file-settings.js'
export type { FileSource } from './shared/files/file-source.js'
export type { OffloadOptions } from './shared/files/offload.js'
export type { Progress } from './shared/files/progress.js'
export type { RandomAccessSource } from './shared/files/random-access.js'
export type { ZipEntry } from './shared/files/zip-entry.js'
export type { Flash } from './shared/flash/flash.js'
export type { CacheDirectives } from './shared/headers/cache-control.js'
export type { LinkAttributes, LinkDestination } from './shared/headers/link.js'
export type { ServerTimingOptions } from './shared/headers/server-timing.js'
export type { JsonOptions, JsonReplacer } from './shared/json/json-options.js'
export type { JsonSchema } from './shared/json/serializer.js'
export type { PreloadAttributes, SiteData } from './shared/methods/header-builders.js'
export type { Choices } from './shared/negotiation/negotiate.js'
export type { BackOptions, ErrorContext, ResponseKitOptions } from './shared/options.js'
export type { ProblemHandlerOptions } from './shared/problems/problem-handler-options.js'
export {
  bytes,
  download,
  file,
  html,
  json,
  problem,
  redirect,
  redirectTo,
  streaming,
  template,
  text,
  zip,
} from './shared/replies/factories.js'
export type { RespondOptions } from './shared/replies/respond-arguments.js'
export { sendReply } from './shared/replies/send-reply.js'
export { Reply, type ReplyInit } from './shared/reply.js'
export type { ResponseMethods } from './shared/response-methods.js'
export type { BackCallOptions } from './shared/responses/back.js'
export type { EventSourceOf, EventStreamOptions } from './shared/responses/event-stream.js'
export type { ProblemDetails } from './shared/responses/problem.js'
export type { RedirectOptions } from './shared/responses/redirect.js'
export type { RedirectToOptions } from './shared/responses/redirect-to.js'
export type { StreamingOptions } from './shared/responses/streaming.js'
export type { TemplateOptions, TemplateVariables } from './shared/responses/template.js'
export { defineRoutes, type Routes } from './shared/routes/define-routes.js'
export { type GroupedRoute, group, type RouteDefinitions } from './shared/routes/group.js'
export type { PathParameters, SegmentValue } from './shared/routes/path-parameters.js'
// Everything, so that an app's `declare module 'response-kit'` reaches the interface itself.
export * from './shared/routes/register.js'
export type { RouteOptions } from './shared/routes/resolve-route.js'
export { RouteNotFoundError, RouteParameterError } from './shared/routes/route-errors.js'
export type { QueryValue, QueryValues, RouteParameters, RouteSource, UrlOptions } from './shared/routes/route-source.js'
export type { SignedUrlOptions } from './shared/routes/signed-url.js'
export type { RouteTableOptions } from './shared/routes/table-options.js'
export type { VerifySignedUrlOptions } from './shared/routes/verify-signed-url.js'
export type { View } from './shared/routes/views.js'
export type { ServerSentEvent } from './shared/streams/serialize-event.js'
export type { StreamOptions } from './shared/streams/stream-options.js'
export type { Chunk, SourceContext, SourceOf, StreamSource } from './shared/streams/stream-source.js'
