import { Readable } from 'node:stream'
import { inspect } from 'node:util'
import { expect } from 'chai'
import { bodyOf } from '../../../src/shared/reply/body-of.js'
import { nodeExchange } from '../../support/node-exchange.js'

const VALUES = { describe: () => expect.fail('no value'), release: () => undefined }

describe('bodyOf()', () => {
  for (const [value, kind] of [
    ['<p>', 'text'],
    ['', 'text'],
    [Buffer.from('a'), 'bytes'],
    [new DataView(new ArrayBuffer(1)), 'bytes'],
    [new SharedArrayBuffer(1), 'bytes'],
    [{}, 'json'],
    [[new Set()], 'json'],
    [0, 'json'],
    [false, 'json'],
    [new Date(0), 'json'],
    [new Map(), 'streaming'],
    [new Blob(['a']).stream(), 'streaming'],
    [Readable.from(['a'], { objectMode: false }), 'streaming'],
    [{ toJSON: () => 1, [Symbol.asyncIterator]: () => {} }, 'json'],
    [null, undefined],
    [undefined, undefined],
  ] as const) {
    it(`${inspect(value, { depth: 0 })} is ${kind ?? 'no body'}`, () => {
      expect(bodyOf('reply', value)?.kind).to.equal(kind)
    })
  }

  for (const value of [new Error('x'), Promise.resolve(1), new Response('x')]) {
    it(`${inspect(value, { depth: 0 }).split('\n')[0]} is no content, and no empty object either`, () => {
      expect(() => bodyOf('Reply', value)).to.throw(TypeError, 'Reply: content must be')
    })
  }

  it('a promise that is refused has an owner: its rejection ends no process', () => {
    expect(() => bodyOf('Reply', Promise.reject(new Error('x')))).to.throw(TypeError, 'Reply: content must be')
  })

  for (const value of [() => 1, Symbol('s'), 1n]) {
    it(`${inspect(value)} is refused, and the error names the call`, () => {
      expect(() => bodyOf('respond', value)).to.throw(TypeError, 'respond: value must be')
    })
  }
})

describe('the body of a value', () => {
  it('names the call that the value was given to in an error', () => {
    expect(() => bodyOf('negotiate', { a: 1n })?.describe(nodeExchange(), VALUES)).to.throw(
      'negotiate: value cannot be written',
    )
  })
})
