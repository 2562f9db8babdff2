import { expect } from 'chai'
import { compileSerializer } from '../../../src/shared/json/serializer.js'

const schema = { type: 'object', properties: { id: { type: 'integer' }, name: { type: 'string' } } }
const SUBJECT = "json(): option 'schema'"

describe('compileSerializer', () => {
  it('writes the members that the schema names, and no others', () => {
    expect(JSON.parse(compileSerializer(schema, SUBJECT)({ id: 7, name: 'a', password: 'secret' }))).to.deep.equal({
      id: 7,
      name: 'a',
    })
  })

  it('compiles a schema once, and another object again', () => {
    expect(compileSerializer(schema, SUBJECT)).to.equal(compileSerializer(schema, SUBJECT))
    expect(compileSerializer({ ...schema }, SUBJECT)).not.to.equal(compileSerializer(schema, SUBJECT))
  })

  it('throws for a wrong schema, each time, and names the option', () => {
    const wrong = { type: 'object', properties: { a: { $ref: '#/nothing' } } }
    for (let time = 0; time < 2; time++) {
      expect(() => compileSerializer(wrong, SUBJECT))
        .to.throw(TypeError, /^json\(\): option 'schema' cannot be compiled: /)
        .with.property('code', 'INVALID_OPTION')
    }
  })
})
