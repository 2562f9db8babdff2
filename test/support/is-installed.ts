/**
 * Whether the tests that need a program can run. If not, a test says so; on CI it is an error.
 *
 * @param what What would not be tested.
 */
export function isInstalled(program: string, isThere: boolean, what: string): boolean {
  if (isThere) return true
  if (process.env.CI) throw new Error(`${program} is not installed: ${what} would not be tested`)
  it(`is NOT tested: ${program} is not installed (${what})`, function () {
    this.skip()
  })
  return false
}
