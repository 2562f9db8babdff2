/** How a response ended. */
export interface SendOutcome {
  /** The client left before the response was complete. */
  readonly aborted: boolean
  /** What failed while the kit answered, if anything did. */
  readonly error: Error | undefined
}

/** A task that runs after the response has ended. */
export type AfterSendTask = (outcome: SendOutcome) => unknown
