import { expect } from 'chai'
import fc from 'fast-check'
import { type ByteRange, selectRanges, serializeContentRange } from '../../../src/shared/fields/range.js'

describe('Range (RFC 9110 §14.1.2)', () => {
  const cases: readonly (readonly [string, number, ReturnType<typeof selectRanges>])[] = [
    // The examples of the RFC, for a representation of 10000 bytes.
    ['bytes=0-499', 10_000, [{ firstPos: 0, lastPos: 499 }]],
    ['bytes=500-999', 10_000, [{ firstPos: 500, lastPos: 999 }]],
    ['bytes=-500', 10_000, [{ firstPos: 9500, lastPos: 9999 }]],
    ['bytes=9500-', 10_000, [{ firstPos: 9500, lastPos: 9999 }]],
    ['bytes=0-0,-1', 10_000, [range(0, 0), range(9999, 9999)]],
    ['bytes= 0-999, 4500-5499, -1000', 10_000, [range(0, 999), range(4500, 5499), range(9000, 9999)]],
    ['bytes=500-600,601-999', 10_000, [range(500, 999)]],
    ['bytes=500-700,601-999', 10_000, [range(500, 999)]],
    // A first-pos beyond the end cannot be satisfied, one beside it can.
    ['bytes=10000-', 10_000, 'unsatisfiable'],
    ['bytes=10000-,0-0', 10_000, [range(0, 0)]],
    ['bytes=-0', 10_000, 'unsatisfiable'],
    // Nothing can be left out of no content: the answer is a 200 with the empty body.
    ['bytes=0-', 0, 'ignored'],
    ['bytes=0-0', 0, 'ignored'],
    ['bytes=0-99', 0, 'ignored'],
    ['bytes=0-,-1', 0, 'ignored'],
    ['bytes=-5', 0, 'ignored'],
    ['bytes=9-8', 10_000, 'ignored'],
    ['bytes=', 10_000, 'ignored'],
    ['bytes=,', 10_000, 'ignored'],
    ['bytes=1-2-3', 10_000, 'ignored'],
    ['bytes=+1-2', 10_000, 'ignored'],
    ['bytes=1e1-', 10_000, 'ignored'],
    ['bytes =0-1', 10_000, 'ignored'],
    ['items=0-1', 10_000, 'ignored'],
    ['bytes=0-99999999999999999999999', 10, [range(0, 9)]],
    ['bytes=8-9,0-1', 10, [range(8, 9), range(0, 1)]],
    ['bytes=0-4,5-9', 10, 'ignored'],
  ]
  for (const [field, size, expected] of cases) {
    it(`${field} of ${size}`, () => expect(selectRanges(field, size)).to.deep.equal(expected))
  }

  it('is read in time that grows with its length only, and not read if it is long', () => {
    const start = process.hrtime.bigint()
    for (const field of [
      `bytes=${'0-,'.repeat(400)}`,
      `bytes=${' '.repeat(1_000_000)}`,
      `bytes=${'1'.repeat(1_000_000)}-`,
    ]) {
      expect(selectRanges(field, 10_000)).to.equal('ignored')
    }
    expect(Number(process.hrtime.bigint() - start) / 1e6).to.be.below(100)
  })

  it('of any kind selects nothing outside, nothing twice, and no more than ten parts', () => {
    const spec = fc.tuple(fc.option(fc.nat(300)), fc.option(fc.nat(300))).map(([a, b]) => `${a ?? ''}-${b ?? ''}`)
    const field = fc.oneof(
      fc.array(spec, { maxLength: 14 }).map((list) => `bytes=${list.join(',')}`),
      fc.string().map((text) => `bytes=${text}`),
      fc.string(),
    )
    fc.assert(
      fc.property(field, fc.nat(200), (value, size) => {
        const selection = selectRanges(value, size)
        if (typeof selection === 'string') return
        expect(selection).to.have.length.within(1, 10)
        const sorted = [...selection].sort((a, b) => a.firstPos - b.firstPos)
        let end = -2
        for (const { firstPos, lastPos } of sorted) {
          expect(firstPos).to.be.above(end + 1)
          expect(lastPos).to.be.within(firstPos, size - 1)
          end = lastPos
        }
      }),
      { numRuns: 2000 },
    )
  })
})

describe('Content-Range (RFC 9110 §14.4)', () => {
  it('names the range and the whole, or the whole alone', () => {
    expect(serializeContentRange(range(42, 1233), 1234)).to.equal('bytes 42-1233/1234')
    expect(serializeContentRange(undefined, 1234)).to.equal('bytes */1234')
  })
})

function range(firstPos: number, lastPos: number): ByteRange {
  return { firstPos, lastPos }
}
