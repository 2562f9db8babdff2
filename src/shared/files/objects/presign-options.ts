import { checkKeys } from '../../checks/check-keys.js'
import { type Duration, durationSeconds } from '../../checks/duration.js'
import { invalidRange, invalidType } from '../../checks/errors.js'

/** How the caller wants the URL of a store. `Request` is what the URL has to ask for. */
interface PresignInit<Request> {
  readonly expiresIn?: Duration
  readonly sign?: (request: Request) => string | Promise<string>
}

/** The same, checked and completed. */
export interface PresignSettings<Request> {
  /** Seconds. */
  readonly expiresIn: number
  readonly sign: (request: Request) => string | Promise<string>
}

/** Amazon and Azure allow no more. */
const LONGEST_SECONDS = 7 * 86_400

/** Checks and completes the option `presigned`. `undefined`: the app itself answers. `call` names the call in errors. */
export function readPresignOptions<Request>(
  call: string,
  given: boolean | PresignInit<Request> | undefined,
  signByDefault: (request: Request) => Promise<string>,
): PresignSettings<Request> | undefined {
  if (given === undefined || given === false) return undefined
  const subject = `${call}: option 'presigned'`
  if (given !== true && (typeof given !== 'object' || given === null)) {
    throw invalidType(subject, 'true, false or { expiresIn, sign }', given)
  }
  const options: PresignInit<Request> = given === true ? {} : given
  checkKeys(subject, options, ['expiresIn', 'sign'])
  const { expiresIn = '5m', sign = signByDefault } = options
  const seconds = durationSeconds(expiresIn, `${subject}: expiresIn`)
  if (seconds < 1 || seconds > LONGEST_SECONDS) {
    throw invalidRange(`${subject}: expiresIn`, 'between 1 second and 7 days', expiresIn)
  }
  if (typeof sign !== 'function') throw invalidType(`${subject}: sign`, 'a function', sign)
  return { expiresIn: seconds, sign }
}
