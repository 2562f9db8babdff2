import { expect } from 'chai'
import { inReadTurn } from '../../../src/shared/wire/read-turns.js'

const LARGE = 64 * 1024
const THREADS = Math.max(4, Number(process.env.UV_THREADPOOL_SIZE) || 0) // Node's own number of threads

/** Reads that wait until they are told to end, and how many of them have begun. */
function createReads() {
  const ends: ((failure?: Error) => void)[] = []
  const read = (): Promise<void> =>
    new Promise((resolve, reject) => ends.push((failure) => (failure === undefined ? resolve() : reject(failure))))
  return { ends, read }
}

describe('the turns of reads', () => {
  it('let no more large reads begin than Node has threads, and keep their order', async () => {
    const { ends, read } = createReads()
    const all = Array.from({ length: THREADS + 2 }, () => inReadTurn(LARGE, read))
    expect(ends).to.have.length(THREADS)
    ends[0]?.()
    await all[0]
    expect(ends).to.have.length(THREADS + 1)
    ends[1]?.()
    await all[1]
    expect(ends).to.have.length(THREADS + 2)
    for (const end of ends) end()
    await Promise.all(all)
  })

  it('go on after a read that fails', async () => {
    const { ends, read } = createReads()
    const all = Array.from({ length: THREADS + 1 }, () => inReadTurn(LARGE, read))
    const failure = new Error('EIO')
    ends[0]?.(failure)
    expect(await all[0]?.catch((reason: unknown) => reason)).to.equal(failure)
    expect(ends).to.have.length(THREADS + 1)
    for (const end of ends) end()
    await Promise.all(all.slice(1))
  })

  it('are not for small reads', async () => {
    const { ends, read } = createReads()
    const all = Array.from({ length: THREADS + 3 }, () => inReadTurn(1024, read))
    expect(ends).to.have.length(THREADS + 3)
    for (const end of ends) end()
    await Promise.all(all)
  })
})
