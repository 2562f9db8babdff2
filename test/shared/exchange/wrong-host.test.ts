import http from 'node:http'
import { Socket } from 'node:net'
import { expect } from 'chai'
import { isObject, isResponse, wrongHost } from '../../../src/shared/exchange/wrong-host.js'

describe('isResponse', () => {
  for (const [title, value, expected] of [
    ['a response of Node', new http.ServerResponse(new http.IncomingMessage(new Socket())), true],
    ['a test double', { setHeader() {}, end() {} }, true],
    ['a request', new http.IncomingMessage(new Socket()), false],
    ['a WHATWG Response', new Response(), false],
    ['an object without end()', { setHeader() {} }, false],
    ['undefined', undefined, false],
    ['null', null, false],
  ] as const) {
    it(`${title}: ${expected}`, () => expect(isResponse(value)).to.equal(expected))
  }
})

describe('isObject', () => {
  for (const [value, expected] of [
    [{}, true],
    [() => {}, true],
    [null, false],
    ['a', false],
    [undefined, false],
  ] as const) {
    it(`${String(value)}: ${expected}`, () => expect(isObject(value)).to.equal(expected))
  }
})

it('wrongHost is a TypeError with a code', () => {
  expect(wrongHost('use another entry')).to.be.an.instanceOf(TypeError).with.property('code', 'WRONG_HOST')
})
