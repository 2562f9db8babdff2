import { runInNewContext } from 'node:vm'
import { expect } from 'chai'
import { isBytes, toBuffer } from '../../../src/shared/checks/bytes.js'

const whole = Uint8Array.from([9, 1, 2, 3, 4, 9]).buffer

describe('bytes in memory', () => {
  const shared = new SharedArrayBuffer(4)
  new Uint8Array(shared).set([1, 2, 3, 4])
  for (const [kind, bytes] of Object.entries({
    'a Buffer': Buffer.from([1, 2, 3, 4]),
    'a part of a Buffer': Buffer.from(whole).subarray(1, 5),
    'a Uint8Array that begins within its buffer': new Uint8Array(whole, 1, 4),
    'a DataView': new DataView(whole, 1, 4),
    'a typed array of wider elements': new Uint32Array(Uint8Array.from([1, 2, 3, 4]).buffer),
    'an ArrayBuffer': Uint8Array.from([1, 2, 3, 4]).buffer,
    'a SharedArrayBuffer': shared,
    'a Uint8Array of another realm': runInNewContext('Uint8Array.from([1, 2, 3, 4])') as Uint8Array,
  })) {
    it(`${kind}: just its own bytes`, () => {
      expect(isBytes(bytes)).to.equal(true)
      const buffer = toBuffer(bytes)
      expect(Buffer.isBuffer(buffer)).to.equal(true)
      expect([...buffer]).to.deep.equal([1, 2, 3, 4])
    })
  }

  it('are not copied', () => {
    const bytes = new Uint8Array(whole.slice(0))
    toBuffer(bytes)[0] = 77
    expect(bytes[0]).to.equal(77)
    const buffer = Buffer.from('x')
    expect(toBuffer(buffer)).to.equal(buffer)
  })

  it('text, lists and objects are none', () => {
    for (const value of ['text', [1, 2], {}, null, undefined, 5, new Blob(['x']), { byteLength: 1, buffer: whole }]) {
      expect(isBytes(value)).to.equal(false)
    }
  })
})
