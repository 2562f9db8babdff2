import { invalidType } from '../checks/errors.js'
import { endedBefore } from '../exchange/exchange.js'
import type { RequestFacts } from '../exchange/request-facts.js'
import { isComplete, whenResponseCloses } from '../exchange/when-response-closes.js'
import { holdGiven, releaseSource } from '../streams/source-owner.js'
import { sourceError } from './byte-source.js'
import { checkFileSource, type LateSource, type OpenableSource, type RootInForce } from './file-source.js'

/**
 * Calls the function that makes a source. It is not waited for if the client leaves meanwhile: then its signal fires, and
 * the source that it makes later is released.
 */
export function callLateSource(
  facts: RequestFacts,
  make: LateSource,
  subject: string,
  root: RootInForce,
): Promise<OpenableSource> {
  const controller = new AbortController()
  return new Promise((resolve, reject) => {
    let isOver = false
    whenResponseCloses(facts.req, facts.res, () => {
      const reason = endedBefore(facts.res)
      if (!isOver || !isComplete(facts.res)) controller.abort(reason)
      isOver = true
      reject(reason)
    })
    const accept = (made: unknown): void => {
      try {
        if (!isOver) resolve(checkMade(subject, made, root))
        else releaseSource(made)
      } catch (error) {
        releaseSource(made)
        reject(error)
      }
      isOver = true
    }
    const fail = (reason: unknown): void => {
      isOver = true
      reject(sourceError(reason))
    }
    new Promise<unknown>((done) => done(holdGiven(make({ signal: controller.signal })))).then(accept, fail)
  })
}

function checkMade(subject: string, made: unknown, root: RootInForce): OpenableSource {
  const checked = checkFileSource(subject, made, root)
  if (typeof checked === 'function') throw invalidType(subject, 'a source', made)
  return checked
}
