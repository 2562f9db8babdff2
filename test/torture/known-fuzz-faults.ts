import type { KNOWN_FAULTS } from './known-faults.js'

/** Texts of faults of the fuzz that stand today. The room that is named repairs them, and shortens this list. */
export const KNOWN_FUZZ_FAULTS: typeof KNOWN_FAULTS = [
  {
    cases: /an iterator (?:without next|of no results).*TypeError undefined/s,
    room: 'streams, files/zip, routes',
    fault: 'an iterator that breaks its protocol gives an error of the engine',
  },
  { cases: /detached ArrayBuffer/, room: 'files', fault: 'transferred bytes give an error of the engine' },
  {
    cases: /(?:redirectTo|route), argument 1: null.*Cannot read properties/s,
    room: 'routes',
    fault: 'parameters of null give an error of the engine',
  },
  { cases: /argument 2\.query.*is not iterable/s, room: 'routes', fault: 'an iterable of no pairs as the query' },
  {
    cases: /^(?:method|factory) (?:reply|negotiate).*: (?:streaming|bytes): /s,
    room: 'reply',
    fault: 'the error names streaming or bytes in the place of reply or negotiate',
  },
]
