import { expect } from 'chai'
import type { BatchReader } from '../../../src/shared/streams/batch.js'
import { holdToLength, stagedLength } from '../../../src/shared/streams/length-checked-reader.js'
import { nodeExchange } from '../../support/node-exchange.js'

function reader(...batches: string[]): BatchReader & { isCancelled: boolean } {
  return {
    isPaused: false,
    isCancelled: false,
    read: () => (batches.length > 0 ? Buffer.from(batches.shift() ?? '') : undefined),
    cancel() {
      this.isCancelled = true
    },
  }
}

/** What is read until the end or the failure, and the code of the failure. */
async function readAll(held: BatchReader): Promise<[text: string, code: unknown]> {
  let text = ''
  try {
    for (let batch = await held.read(); batch !== undefined; batch = await held.read()) text += batch
  } catch (error) {
    return [text, (error as { code: unknown }).code]
  }
  return [text, undefined]
}

describe('holdToLength', () => {
  const cases: [announced: number, batches: string[], text: string, code: string | undefined][] = [
    [0, [], '', undefined],
    [3, ['abc'], 'abc', undefined],
    [3, ['a', 'bc'], 'abc', undefined],
    [3, ['abcd'], 'abc', 'LONG_BODY'],
    [3, ['abc', 'd'], 'abc', 'LONG_BODY'],
    [0, ['a'], '', 'LONG_BODY'],
    [3, ['ab'], 'ab', 'SHORT_BODY'],
    [3, [], '', 'SHORT_BODY'],
  ]
  for (const [announced, batches, text, code] of cases) {
    it(`${announced} bytes of [${batches}]: ${code ?? 'whole'}`, async () => {
      const inner = reader(...batches)
      expect(await readAll(holdToLength(inner, announced))).to.deep.equal([text, code])
      expect(inner.isCancelled).to.equal(code === 'LONG_BODY')
    })
  }

  it('gives the last bytes only after the source has ended', async () => {
    const inner = reader('ab', 'c')
    const read = inner.read.bind(inner)
    inner.read = () => read() ?? Promise.reject(Object.assign(new Error('wrong checksum'), { code: 'CHECKSUM' }))
    expect(await readAll(holdToLength(inner, 3))).to.deep.equal(['ab', 'CHECKSUM'])
  })

  it('leaves a reader alone if no length is announced', () => {
    const inner = reader('a')
    expect(holdToLength(inner, undefined)).to.equal(inner)
  })
})

describe('stagedLength', () => {
  for (const [staged, length] of [
    [undefined, undefined],
    ['0', 0],
    ['12', 12],
    ['', undefined],
    ['1e3', undefined],
    ['0x10', undefined],
    ['-1', undefined],
  ] as const) {
    it(`is ${length} for ${staged === undefined ? 'no field' : `'${staged}'`} (digits alone, RFC 9110 §8.6)`, () => {
      const { facts } = nodeExchange()
      if (staged !== undefined) facts.res.setHeader('Content-Length', staged)
      expect(stagedLength(facts)).to.equal(length)
    })
  }
})
