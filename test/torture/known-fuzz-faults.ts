import type { KNOWN_FAULTS } from './known-faults.js'

/** Texts of faults of the fuzz that stand today. The room that is named repairs them, and shortens this list. */
export const KNOWN_FUZZ_FAULTS: typeof KNOWN_FAULTS = [
  { cases: /^(?:method|factory) zip/, room: 'files/zip', fault: 'an entry that fails ends the process' },
  { cases: /^the process ended: .* zip, /s, room: 'files/zip', fault: 'an entry that fails ends the process' },
  {
    cases: /(?:INVALID_OPTION|INVALID_ARGUMENT): (?:url|redirect): /,
    room: 'redirects, routes',
    fault: 'the error names another call',
  },
  {
    cases: /^method (?:set|append)Header, argument 1: .*\(express\d\): unclear error: TypeError undefined/,
    room: 'none',
    fault: "Express and Node have these methods, and their errors are Node's own",
  },
]
