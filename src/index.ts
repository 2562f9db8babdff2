export { type ErrorCode, ResponseKitError, type ResponseKitErrorOptions } from './shared/errors.js'
export type { BackOptions, ErrorContext, ResponseKitOptions } from './shared/options.js'
export type { ResponseMethods } from './shared/response-methods.js'
export type { QueryValue, QueryValues, RouteParameters, RouteSource, UrlOptions } from './shared/routes/route-source.js'
