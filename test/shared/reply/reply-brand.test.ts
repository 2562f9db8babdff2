import { expect } from 'chai'
import { json, Reply, text } from '../../../src/index.js'
import { isBranded, REPLY_BRAND, stateOfBranded } from '../../../src/shared/reply/reply-brand.js'

class ReplyOfAnotherVersion {
  constructor(readonly data: unknown) {
    Object.defineProperty(this, Symbol.for('response-kit.reply'), { value: () => data })
  }
}

describe('the brand of a Reply', () => {
  it('stands under a symbol of the whole process, and is not listed', () => {
    expect(REPLY_BRAND).to.equal(Symbol.for('response-kit.reply'))
    expect(Object.getOwnPropertyDescriptor(Reply.prototype, REPLY_BRAND)).to.include({ enumerable: false })
  })

  it('an object that JSON made is never a Reply', () => {
    const value = JSON.parse('{"Symbol(response-kit.reply)":1,"@@response-kit.reply":1,"__proto__":{},"setCookie":1}')
    expect(isBranded(value)).to.equal(false)
  })

  for (const [name, data] of [
    ['a later version', { version: 2, status: undefined, fields: [], cookies: [], tasks: [], body: undefined }],
    [
      'a body that is not known here',
      { version: 1, fields: [], cookies: [], tasks: [], body: { kind: 'later', given: [] } },
    ],
    [
      'a body named after a property of all objects',
      { version: 1, fields: [], cookies: [], tasks: [], body: { kind: 'constructor', given: [] } },
    ],
    ['no data', undefined],
  ] as const) {
    it(`${name} is refused, and the error says what to do`, () => {
      expect(() => stateOfBranded(new ReplyOfAnotherVersion(data)))
        .to.throw('install one version only')
        .with.property('code', 'INVALID_ARGUMENT')
    })
  }

  it('a Reply of version 0.1.0, which has no brand, is refused', async () => {
    class Old {
      path = '/srv/secret'
      describe() {}
      setCookie() {}
      setHtml() {}
      toWebResponse() {}
    }
    expect(isBranded(new Old())).to.equal(true)
    expect(() => stateOfBranded(new Old())).to.throw('install one version only')
    expect(() => new Reply(new Old())).to.throw(TypeError, 'Reply: content must be')
  })

  it('a Proxy of a Reply is refused', () => {
    expect(() => stateOfBranded(new Proxy(text('x'), {}))).to.throw(TypeError, 'a Reply itself, not a Proxy')
  })

  it('a Reply is no content of another one', () => {
    expect(() => new Reply(text('x'))).to.throw(TypeError, 'Reply: content must be')
  })

  it('a Reply given to JSON.stringify shows nothing of what it holds', () => {
    expect(JSON.stringify(json({ secret: 1 }))).to.equal('{}')
  })
})
