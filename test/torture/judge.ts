import type { Ending } from './client.js'
import type { Kind } from './kinds.js'
import { type Plan, SOURCE_FAULTS } from './plan.js'

/** What is wrong with the end of an exchange; `undefined`: nothing. Throws if a whole answer has wrong bytes. */
export function judge(kind: Kind, plan: Plan, ending: Ending): string | undefined {
  // Bytes of another answer are wrong wherever this one ends.
  if ('part' in ending && ending.part !== undefined && ending.status === (kind.status ?? 200)) {
    kind.verifyPart?.(ending.part, plan)
  }
  if (ending.how === 'client left') return undefined
  if (ending.how === 'nothing for too long') return 'no byte came for too long'
  if (ending.how === 'complete' && !ending.inStep) return 'the connection is out of step after the answer'
  const isSourceFault = (SOURCE_FAULTS as readonly string[]).includes(plan.fault)
  return isSourceFault ? judgeSourceFault(kind, plan, ending) : judgeWhole(kind, plan, ending)
}

type Met = Extract<Ending, { how: 'complete' | 'cut' }>

const MOST_GROWTH = 15

/**
 * What is wrong with the megabytes in use after each round; `undefined`: nothing. Single rounds differ, because bodies of
 * 20 MB come and go. What is never given back lifts the least of them. The first rounds fill the caches.
 */
export function judgeMemory(megabytes: readonly number[]): string | undefined {
  const third = Math.floor(megabytes.length / 3)
  if (third < 3) return undefined // too short a run
  const early = Math.min(...megabytes.slice(third, 2 * third))
  const late = Math.min(...megabytes.slice(2 * third))
  return late - early > MOST_GROWTH ? `memory is not given back: ${early} MB, later ${late} MB` : undefined
}

/** The source is sound: the answer is whole, unless the server cut off a client that stalls forever. */
function judgeWhole(kind: Kind, plan: Plan, ending: Met): string | undefined {
  const isStalled = plan.fault === 'stalls forever'
  if (ending.how === 'cut' && isStalled) return undefined
  if (ending.how === 'cut') return `the answer is cut (status ${ending.status})`
  if (ending.status !== (kind.status ?? 200) && plan.fault !== 'head only') return `status ${ending.status}`
  if (plan.fault !== 'head only') kind.verify(ending.answer, plan)
  else if (ending.status !== 200 || ending.answer.body.length > 0) return 'the answer to HEAD is no 200 without a body'
  return isStalled && kind.isWhole !== true ? 'idleLimit does not end the stalled answer' : undefined
}

/** The source has a fault: an answer that looks whole must be whole; an early failure is an error page. */
function judgeSourceFault(kind: Kind, plan: Plan, ending: Met): string | undefined {
  const isEarly = plan.fault === 'fails early'
  if (ending.how === 'cut') {
    return isEarly && kind.hasEarlierParts !== true ? 'an early failure is no error page' : undefined
  }
  if (ending.status >= 500) return isEarly ? undefined : `status ${ending.status} for a late failure`
  if (ending.status !== (kind.status ?? 200)) return `status ${ending.status}`
  if (plan.fault !== 'is too long') return 'a cut answer looks complete'
  kind.verify(ending.answer, plan)
  return undefined
}
