import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')

/** Collects what other tests have left, so that a measurement does not meet the collector at their cost. */
export const collectGarbage: () => void = runInNewContext('gc')
