import type { KNOWN_FAULTS } from './known-faults.js'

/** Texts of faults of the fuzz that stand today. The room that is named repairs them, and shortens this list. */
export const KNOWN_FUZZ_FAULTS: typeof KNOWN_FAULTS = [
  { cases: /a file was deleted/, room: 'files', fault: 'deleteAfterSend counts if it is truthy' },
  { cases: /an array of .*no answer within/s, room: 'files', fault: 'an array is a source of download' },
  {
    cases: /^(?:method|factory) (?:file|download), .*unclear error/s,
    room: 'files',
    fault: 'the error does not name the call',
  },
  { cases: /^(?:method|factory) zip/, room: 'files/zip', fault: 'an entry that fails ends the process' },
  { cases: /^the process ended: .* zip, /s, room: 'files/zip', fault: 'an entry that fails ends the process' },
  {
    cases: /(?:reader\.read|is not a function|Cannot read properties|The iterator gave)/,
    room: 'streams',
    fault: 'an object that only looks like a stream gives an error of the engine',
  },
  {
    cases: /(?:an object with pipe and on|a destroyed stream).*(?:no answer within|unclear)/s,
    room: 'streams',
    fault: 'a destroyed stream, and what only looks like one, can hang',
  },
  { cases: /^the process ended.*Premature close/s, room: 'streams', fault: 'a destroyed stream can end the process' },
  {
    cases: /an async function that throws.*odd-values/s,
    room: 'exchange',
    fault: 'the rejected promise of a callback ends the process',
  },
  {
    cases: /^method (?:append|set)Headers?.*TypeError undefined/s,
    room: 'methods',
    fault: 'an error of the engine without a code',
  },
  {
    cases: /Invalid character in header content|INVALID_HTTP_TOKEN|Iterator result/,
    room: 'bodies, reply',
    fault: 'a bad type or bad init.headers gives an error of Node or of the engine',
  },
  { cases: /detached ArrayBuffer/, room: 'streams', fault: 'detached bytes give an error of the engine' },
  {
    cases: /(?:INVALID_OPTION|INVALID_ARGUMENT): (?:url|redirect): /,
    room: 'redirects, routes',
    fault: 'the error names another call',
  },
  {
    cases: /^factory .*headers: .*(?: setHeaders: |is not iterable)/s,
    room: 'reply',
    fault: 'the error names setHeaders',
  },
  {
    cases: /^method (?:problem|negotiate|reply).*: (?:json|streaming): /s,
    room: 'bodies',
    fault: 'the error names json',
  },
]
