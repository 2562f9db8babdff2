/** What an assertion found. Both sentences go on from "expected the response". */
export interface Finding {
  readonly holds: boolean
  /** `to redirect to '/a', got 200` */
  readonly message: string
  /** `not to redirect to '/a'` */
  readonly negated: string
  readonly expected?: unknown
  readonly actual?: unknown
}
