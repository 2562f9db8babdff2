import { Sandbox } from './sandbox.js'

/**
 * Bytes of a body that is never sent to its end if the client stops reading. Linux keeps up to 36 MB of a connection:
 * the largest values of tcp_rmem and tcp_wmem together.
 */
export const LARGE_SIZE = 64_000_000

const sandbox = new Sandbox()
export const largeBytes: Buffer = Buffer.alloc(LARGE_SIZE, 'x')
export const largePath: string = sandbox.write('large.bin', largeBytes)
after(() => sandbox.remove())

/** Bytes without an end. */
export function* endlessBytes(): Generator<Buffer> {
  for (;;) yield largeBytes.subarray(0, 65_536)
}
