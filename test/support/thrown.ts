/** The error a call throws. */
export function thrown<Failure extends Error = Error & { code?: string }>(call: () => unknown): Failure {
  try {
    call()
  } catch (error) {
    return error as Failure
  }
  throw new Error('nothing was thrown')
}
