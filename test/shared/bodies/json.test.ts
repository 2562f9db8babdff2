import { expect } from 'chai'
import { serializeJson } from '../../../src/shared/bodies/json.js'

describe('serializeJson()', () => {
  it('writes as JSON.stringify does, with replacer and space', () => {
    const value = { a: 1, b: [true, null] }
    expect(serializeJson('json', value, {})).to.equal('{"a":1,"b":[true,null]}')
    expect(serializeJson('json', value, { space: 1 })).to.equal('{\n "a": 1,\n "b": [\n  true,\n  null\n ]\n}')
    expect(serializeJson('json', value, { replacer: ['a'] })).to.equal('{"a":1}')
  })

  it('escapes what a page would read as markup', () => {
    expect(serializeJson('json', '</script>&', { escapeHtml: true })).to.equal('"\\u003c/script\\u003e\\u0026"')
  })

  for (const value of [undefined, () => 1, Symbol('s')]) {
    it(`refuses ${String(value)}, and names the call`, () => {
      expect(() => serializeJson('reply', value, {})).to.throw('reply: value cannot be written as JSON')
    })
  }

  it('refuses a serializer that gives no text', () => {
    expect(() => serializeJson('json', {}, { stringify: () => 7 as any })).to.throw(
      'json: value cannot be written as JSON',
    )
  })
})
