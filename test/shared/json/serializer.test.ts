import { expect } from 'chai'
import { compileSerializer } from '../../../src/shared/json/serializer.js'

const schema = { type: 'object', properties: { id: { type: 'integer' }, name: { type: 'string' } } }

describe('compileSerializer', () => {
  it('writes the members that the schema names, and no others', () => {
    expect(JSON.parse(compileSerializer(schema)({ id: 7, name: 'a', password: 'secret' }))).to.deep.equal({
      id: 7,
      name: 'a',
    })
  })

  it('compiles a schema once, and another object again', () => {
    expect(compileSerializer(schema)).to.equal(compileSerializer(schema))
    expect(compileSerializer({ ...schema })).not.to.equal(compileSerializer(schema))
  })

  it('throws for a wrong schema, each time', () => {
    const wrong = { type: 'object', properties: { a: { $ref: '#/nothing' } } }
    for (let time = 0; time < 2; time++) expect(() => compileSerializer(wrong)).to.throw(Error)
  })
})
