import { invalidRange, invalidType } from '../errors.js'

/** What can be sent as a file. */
export type FileSource = string

/** Refuses at once what cannot be sent as a file. */
export function checkSource(call: string, source: unknown): FileSource {
  if (typeof source !== 'string') throw invalidType(`${call}: source`, 'a path', source)
  if (source === '') throw invalidRange(`${call}: source`, 'a path that is not empty', source)
  return source
}
