import { Sandbox } from './sandbox.js'

/** Bytes of a body that no socket takes at once: a client that does not read stops it. */
export const LARGE_SIZE = 32_000_000

const sandbox = new Sandbox()
export const largeBytes: Buffer = Buffer.alloc(LARGE_SIZE, 'x')
export const largePath: string = sandbox.write('large.bin', largeBytes)
after(() => sandbox.remove())

/** Bytes without an end. */
export function* endlessBytes(): Generator<Buffer> {
  for (;;) yield largeBytes.subarray(0, 65_536)
}
