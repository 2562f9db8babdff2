import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

/** Counts the bytes that the tests of a group ask the disk for. Call it in the group. */
export function countReads(): { bytes: number } {
  const { read } = fs
  const counted = { bytes: 0 }
  beforeEach(() => {
    counted.bytes = 0
    const counting = (...call: unknown[]): void => {
      counted.bytes += Number(call[3])
      Reflect.apply(read, fs, call)
    }
    fs.read = counting as typeof read // called as the original is
    syncBuiltinESMExports()
  })
  afterEach(() => {
    fs.read = read
    syncBuiltinESMExports()
  })
  return counted
}
