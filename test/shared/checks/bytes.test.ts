import { runInNewContext } from 'node:vm'
import { expect } from 'chai'
import { isBytes, toBuffer, viewBytes } from '../../../src/shared/checks/bytes.js'
import { thrown } from '../../support/thrown.js'
import { transferred } from '../../support/transferred.js'

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

  it('text, lists and objects are not bytes', () => {
    for (const value of ['text', [1, 2], {}, null, undefined, 5, new Blob(['x']), { byteLength: 1, buffer: whole }]) {
      expect(isBytes(value)).to.equal(false)
    }
  })
})

describe('bytes that have been transferred', () => {
  for (const [kind, make] of Object.entries({
    'an ArrayBuffer': () => new ArrayBuffer(4),
    'a Buffer': () => Buffer.from(new ArrayBuffer(4)),
    'a part of a Buffer': () => Buffer.from(new ArrayBuffer(8), 2, 4),
    'a Uint8Array': () => new Uint8Array(4),
    'a typed array of wider elements': () => new Float64Array(4),
    'a DataView': () => new DataView(new ArrayBuffer(4)),
    'an empty Buffer': () => Buffer.from(new ArrayBuffer(0)),
  })) {
    it(`${kind}: an error names the call`, () => {
      const bytes = transferred(make())
      expect(isBytes(bytes)).to.equal(true)
      expect(thrown(() => toBuffer(bytes))).to.be.instanceOf(TypeError)
      const error = thrown(() => viewBytes('call: data', bytes))
      expect(error).to.be.instanceOf(TypeError).and.include({ code: 'INVALID_ARGUMENT' })
      expect((error as Error).message).to.match(/^call: data must be bytes that have not been transferred, got /)
    })
  }

  it('is no word for bytes that are empty', () => {
    for (const bytes of [Buffer.alloc(0), new Uint8Array(0), new ArrayBuffer(0), new DataView(new ArrayBuffer(0))]) {
      expect(viewBytes('call: data', bytes)).to.have.length(0)
    }
  })
})
