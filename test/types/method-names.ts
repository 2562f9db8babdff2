import type { ResponseMethods } from 'response-kit'
import { holds, type IsAny } from './not-any.js'

/** True where every method of the kit is there on `Target`, and none of them is `any`. */
export type HasEveryMethod<Target> = {
  [Name in keyof ResponseMethods]: Name extends keyof Target ? (IsAny<Target[Name]> extends true ? Name : never) : Name
}[keyof ResponseMethods] extends never
  ? true
  : false

holds<HasEveryMethod<ResponseMethods>>()
// @ts-expect-error a target without the methods does not pass
holds<HasEveryMethod<{ text(): void }>>()
// @ts-expect-error nor one whose methods are any
holds<HasEveryMethod<Record<string, any>>>()
