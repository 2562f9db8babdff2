import { ResponseKitError, showValue } from '../checks/errors.js'
import { didYouMean } from '../checks/nearest.js'

/** A name that no route has; the message names the nearest ones. */
export class RouteNotFoundError extends ResponseKitError {
  /** The name of the class, also if a minifier renames the class itself. */
  static override readonly name: string = 'RouteNotFoundError'
  constructor(name: string, known: Iterable<string>) {
    super('ROUTE_NOT_FOUND', `no route is called ${showValue(name)}${didYouMean(name, known)}`)
  }
}

/** Parameters from which no URL of the route can be built; the message names each. */
export class RouteParameterError extends ResponseKitError {
  /** The name of the class, also if a minifier renames the class itself. */
  static override readonly name: string = 'RouteParameterError'
  /** The names of the parameters that are missing, extra or do not fit. */
  readonly parameters: readonly string[]

  constructor(subject: string, problems: readonly { readonly parameter: string; readonly message: string }[]) {
    super('ROUTE_PARAMETER', `${subject}: ${problems.map(({ message }) => message).join(', ')}`)
    this.parameters = problems.map(({ parameter }) => parameter)
  }
}

/** A name as an error shows it, also if it is no text. */
export function nameText(name: unknown): string {
  return typeof name === 'string' ? name : showValue(name)
}
