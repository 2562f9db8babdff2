/** The result of an assertion. Both sentences continue "expected the response". */
export interface Finding {
  readonly holds: boolean
  /** `to redirect to '/a', got 200` */
  readonly message: string
  /** `not to redirect to '/a'` */
  readonly negated: string
  readonly expected?: unknown
  readonly actual?: unknown
}
