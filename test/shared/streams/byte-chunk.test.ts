import { expect } from 'chai'
import { encodeBytes } from '../../../src/shared/streams/byte-chunk.js'
import { thrown } from '../../support/thrown.js'

describe('encodeBytes', () => {
  for (const [title, chunk] of [
    ['a Buffer', Buffer.from([1, 2])],
    ['a typed array', new Uint8Array([1, 2])],
    ['a part of a longer ArrayBuffer', new Uint8Array([0, 1, 2, 3]).subarray(1, 3)],
    ['a DataView', new DataView(new Uint8Array([0, 1, 2]).buffer, 1)],
    ['an ArrayBuffer', new Uint8Array([1, 2]).buffer],
    ['a SharedArrayBuffer', new Uint8Array(new SharedArrayBuffer(2)).fill(1).buffer],
  ] as const) {
    it(`gives the bytes of ${title}`, () => {
      const expected = title === 'a SharedArrayBuffer' ? [1, 1] : [1, 2]
      expect([...(encodeBytes('test: source', chunk, 0) as Buffer)]).to.deep.equal(expected)
    })
  }

  it('leaves text as it is', () => expect(encodeBytes('test: source', 'ä', 0)).to.equal('ä'))

  for (const [title, chunk] of [
    ['undefined', undefined],
    ['null', null],
    ['a number', 7],
    ['a list of bytes', [1, 2]],
    ['an object', {}],
    ['bytes that were transferred', structuredCloneAway(new Uint8Array(2))],
  ] as const) {
    it(`refuses ${title}, and says which chunk it is`, () => {
      const error = thrown(() => encodeBytes('test: source', chunk, 3))
      expect(error.message).to.match(/^test: source: chunk 3 \(counted from 0\)/)
      expect(error.code).to.equal('INVALID_CHUNK')
    })
  }
})

/** Moves the bytes of a view to another owner, and returns the view. */
function structuredCloneAway(view: Uint8Array<ArrayBuffer>): Uint8Array {
  structuredClone(view, { transfer: [view.buffer] })
  return view
}
