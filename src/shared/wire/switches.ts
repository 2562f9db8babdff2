/**
 * Turns each trick of this room on or off. The package runs with all of them on that gain something on this version of
 * Node. The test suite also runs with all of them off, which shows that no promise depends on one.
 */
export interface Switches {
  /** `response-writer.ts`: frames for many clients */
  chunkFraming: boolean
  /** `prototypes-at-birth.ts` */
  prototypesAtBirth: boolean
  /** `reserved-properties.ts` */
  reservedProperties: boolean
  /** `buffer-pool.ts` */
  pooledBuffers: boolean
}

const isBeforeNode24 = Number(process.versions.node.split('.', 1)[0]) < 24

/** Sealed also for the build: a bundler takes the properties of a plain object for constants, and drops them. */
export const switches: Switches = Object.seal({
  chunkFraming: true,
  prototypesAtBirth: isBeforeNode24,
  reservedProperties: isBeforeNode24,
  pooledBuffers: true,
})
