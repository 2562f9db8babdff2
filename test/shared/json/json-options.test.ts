import { expect } from 'chai'
import { checkJsonOptions } from '../../../src/shared/json/json-options.js'
import { thrown } from '../../support/thrown.js'

const schema = { type: 'object', properties: { a: { type: 'number' } } }

describe('checkJsonOptions', () => {
  for (const [title, options] of [
    ['no option', {}],
    ['a replacer function and a space', { replacer: (_: string, value: unknown) => value, space: 2 }],
    ['a replacer list and a text as space', { replacer: ['a', 1], space: '\t' }],
    ['a serializer of the caller', { stringify: String }],
    ['a schema', { schema }],
    ['a schema, escaped', { schema, escapeHtml: true }],
    ['undefined', { replacer: undefined, space: undefined, stringify: undefined, schema: undefined }],
  ] as const) {
    it(`takes ${title}`, () => expect(checkJsonOptions('json()', options as never)).to.equal(options))
  }

  for (const [key, value] of [
    ['stringify', 'text'],
    ['replacer', 'a'],
    ['replacer', {}],
    ['space', true],
    ['escapeHtml', 'yes'],
    ['schema', 'object'],
    ['schema', null],
    ['spaces', 2],
  ] as const) {
    it(`refuses ${key}: ${JSON.stringify(value)}, and names the call`, () => {
      const error = thrown(() => checkJsonOptions('json()', { [key]: value } as never))
      expect(error.message)
        .to.match(/^json\(\)/)
        .and.include(key)
      expect(error.code).to.equal('INVALID_OPTION')
    })
  }

  for (const [title, options] of [
    ['schema and stringify', { schema, stringify: String }],
    ['schema and space', { schema, space: 2 }],
    ['stringify and replacer', { stringify: String, replacer: ['a'] }],
  ] as const) {
    it(`refuses ${title} together`, () => {
      expect(thrown(() => checkJsonOptions('json()', options as never)).code).to.equal('INVALID_OPTION')
    })
  }

  it('refuses a wrong schema when it is given, not when it is used', () => {
    expect(() => checkJsonOptions('json()', { schema: { type: 'nonsense' } as never })).to.throw(Error)
  })
})
