/**
 * Whether the tests that need a program can run. If not, a test says so. `.ci/run` installs all programs, and so it asks for
 * an error: `RESPONSE_KIT_HAS_PROGRAMS`. `CI` is no sign of that, because every runner of GitHub sets it.
 *
 * @param what What would not be tested.
 */
export function isInstalled(program: string, isThere: boolean, what: string): boolean {
  if (isThere) return true
  if (process.env.RESPONSE_KIT_HAS_PROGRAMS) throw new Error(`${program} is not installed: ${what} would not be tested`)
  it(`is NOT tested: ${program} is not installed (${what})`, function () {
    this.skip()
  })
  return false
}
