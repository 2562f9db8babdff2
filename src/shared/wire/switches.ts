/**
 * Turns each trick of this room on or off. The package always runs with all of them on; the test suite also runs with all
 * of them off, which shows that no promise depends on one.
 */
export interface Switches {
  /** `one-write.ts` */
  oneWrite: boolean
  /** `response-writer.ts` */
  chunkFraming: boolean
}

export const switches: Switches = { oneWrite: true, chunkFraming: true }
