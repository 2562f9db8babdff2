import { expect } from 'chai'
import { readRespondArguments } from '../../../src/shared/reply/respond-handler.js'

describe('readRespondArguments()', () => {
  const handler = () => {}

  it('reads (handler) and (options, handler)', () => {
    expect(readRespondArguments(handler)).to.deep.equal({ handler, jsonDefaults: undefined })
    const schema = { type: 'object' }
    expect(readRespondArguments({ schema }, handler)).to.deep.equal({ handler, jsonDefaults: { schema } })
  })

  for (const [given, message, code] of [
    [[undefined], 'respond: handler must be a function', 'INVALID_ARGUMENT'],
    [[{}], 'respond: handler must be a function', 'INVALID_ARGUMENT'],
    [[{}, 'x'], 'respond: handler must be a function', 'INVALID_ARGUMENT'],
    [[{ shema: {} }, handler], "unknown option 'shema' (did you mean 'schema'?)", 'INVALID_OPTION'],
    [[null, handler], 'respond() options must be an object', 'INVALID_OPTION'],
    [[{ schema: 'x' }, handler], "respond: option 'schema' must be a JSON Schema", 'INVALID_OPTION'],
    [[{ schema: null }, handler], "respond: option 'schema' must be a JSON Schema", 'INVALID_OPTION'],
  ] as const) {
    it(`refuses ${JSON.stringify(given)}`, () => {
      const read: (...given: any[]) => unknown = readRespondArguments
      expect(() => read(...given))
        .to.throw(TypeError, message)
        .with.property('code', code)
    })
  }
})
