import { Readable } from 'node:stream'
import { expect } from 'chai'
import { zip } from '../../src/index.js'
import type { Ending } from './client.js'
import { contentOf } from './content.js'
import { judge, judgeMemory } from './judge.js'
import { kinds } from './kinds.js'
import type { Fault } from './plan.js'

const SIZE = 200_000
const whole = contentOf(1, 0, SIZE)

const complete = (body: Buffer, status = 200, inStep = true): Ending => ({
  how: 'complete',
  status,
  answer: { fields: {}, body },
  inStep,
})

function judgement(fault: Fault, ending: Ending, name = 'streaming of generator'): string | undefined {
  const kind = kinds.find((each) => each.name === name)
  if (kind === undefined) throw new Error('there is no such kind')
  try {
    return judge(kind, { kind: kind.name, fault, seed: 1, size: SIZE }, ending)
  } catch (error) {
    return (error as Error).message
  }
}

describe('torture: what counts as wrong', () => {
  for (const [title, fault, ending, expected] of [
    ['a whole answer', 'none', complete(whole), undefined],
    [
      'one byte is wrong',
      'none',
      complete(Buffer.concat([whole.subarray(0, SIZE - 1), Buffer.from('x')])),
      'wrong bytes',
    ],
    [
      'a chunk is lost',
      'none',
      complete(Buffer.concat([whole.subarray(0, 17_000), whole.subarray(34_000)])),
      'wrong bytes',
    ],
    ['the answer is short', 'none', complete(whole.subarray(1)), 'wrong bytes'],
    ['another status', 'none', complete(whole, 500), 'status 500'],
    ['a cut without a reason', 'none', { how: 'cut', status: 200 }, 'the answer is cut'],
    ['silence', 'none', { how: 'nothing for too long' }, 'no byte came'],
    ['an answer that spoils the next', 'none', complete(whole, 200, false), 'out of step'],
    ['HEAD with a body', 'head only', complete(whole), 'HEAD'],
    ['the client left', 'leaves at 1 B', { how: 'client left' }, undefined],
    [
      'it left with a part',
      'leaves at 64 KB',
      { how: 'client left', status: 200, part: whole.subarray(0, 70_000) },
      undefined,
    ],
    [
      'it left with other bytes',
      'leaves at 64 KB',
      { how: 'client left', status: 200, part: contentOf(2, 0, 70_000) },
      'wrong bytes',
    ],
    ['a cut part is right', 'fails late', { how: 'cut', status: 200, part: whole.subarray(0, 100_000) }, undefined],
    [
      'a cut part has other bytes',
      'fails late',
      { how: 'cut', status: 200, part: whole.subarray(1, 100_000) },
      'wrong bytes',
    ],
    [
      'a cut part is too long',
      'is too long',
      { how: 'cut', status: 200, part: contentOf(1, 0, SIZE + 1) },
      'wrong bytes',
    ],
    ['an early failure is a 500', 'fails early', complete(Buffer.from('no'), 500), undefined],
    ['an early failure is a cut', 'fails early', { how: 'cut', status: 200 }, 'no error page'],
    ['a late failure is a cut', 'fails late', { how: 'cut', status: 200 }, undefined],
    ['a late failure looks whole', 'fails late', complete(whole.subarray(0, 100_000)), 'looks complete'],
    ['a short source looks whole', 'is too short', complete(whole.subarray(0, 100_000)), 'looks complete'],
    ['a long source ends at its length', 'is too long', complete(whole), undefined],
    ['a long source sends more', 'is too long', complete(contentOf(1, 0, SIZE + 1)), 'wrong bytes'],
    ['a stalled client is cut off', 'stalls forever', { how: 'cut', status: 200 }, undefined],
    ['a stalled client gets all', 'stalls forever', complete(whole), 'idleLimit'],
  ] satisfies [string, Fault, Ending, string | undefined][]) {
    it(`${title}: ${expected ?? 'right'}`, () => {
      const found = judgement(fault, ending)
      if (expected === undefined) expect(found).to.equal(undefined)
      else expect(found).to.include(expected)
    })
  }
})

describe('torture: the beginning of a body', () => {
  for (const name of ['ndjson of generator', 'html with generator', 'template as a stream']) {
    it(`${name}: a source that fails late has sent its first bytes, and no others`, () => {
      const cut = (text: string): Ending => ({ how: 'cut', status: 200, part: Buffer.from(text) })
      expect(judgement('fails late', cut(''), name)).to.equal(undefined)
      expect(judgement('fails late', cut('other bytes'), name)).to.include('wrong bytes')
    })
  }

  it('of a stored archive is that of its first entry, in blocks', async () => {
    const archive = async (content: Buffer): Promise<Ending> => {
      const entries = [{ name: 'path.bin', source: Readable.from([content], { objectMode: false }), compress: false }]
      const response = await zip(entries).toWebResponse()
      const part = Buffer.from(await response.arrayBuffer())
      return { how: 'client left', status: 200, part: part.subarray(0, 150_000) }
    }
    const name = 'zip of generator, stored'
    expect(judgement('leaves at 64 KB', await archive(whole), name)).to.equal(undefined)
    expect(judgement('leaves at 64 KB', await archive(contentOf(2, 0, SIZE)), name)).to.include('wrong bytes')
  })
})

describe('torture: content', () => {
  it('is the same in any parts', () => {
    const parts = [contentOf(7, 0, 65_520), contentOf(7, 65_520, 2), contentOf(7, 65_522, 100_000)]
    expect(Buffer.concat(parts).equals(contentOf(7, 0, 165_522))).to.equal(true)
  })

  it('differs between seeds', () => {
    expect(contentOf(1, 0, 100).equals(contentOf(2, 0, 100))).to.equal(false)
  })

  for (const [title, megabytes, expected] of [
    ['large bodies come and go', [60, 51, 30, 119, 100, 50, 73, 31, 90], undefined],
    ['caches fill at first', [20, 60, 70, 75, 70, 72, 75, 71, 74], undefined],
    ['each round keeps some', [30, 40, 50, 60, 70, 80, 90, 100, 110], 'not given back'],
    ['a short run', [30, 60, 90], undefined],
  ] as const) {
    it(`${title}: ${expected ?? 'right'}`, () => {
      const judged = judgeMemory(megabytes)
      if (expected === undefined) expect(judged).to.equal(undefined)
      else expect(judged).to.contain(expected)
    })
  }
})
