import { expect } from 'chai'
import { checkTopicName, refuseOwnId } from '../../../../src/shared/streams/channel/topic-name.js'

describe('checkTopicName', () => {
  for (const name of ['a', 'room:7', 'Größe 🙂', ' ', '{tag}', 'x'.repeat(200)]) {
    it(`takes ${JSON.stringify(name)}`, () => expect(checkTopicName(name, 'topic')).to.equal(name))
  }

  for (const name of ['', 'a\0', 'a\r', 'a\u0085', '\ud800', 'x'.repeat(201), 7, null, undefined, ['a']]) {
    it(`refuses ${JSON.stringify(name)}`, () => {
      expect(() => checkTopicName(name, 'topic'))
        .to.throw(/^topic: name must be /)
        .with.property('code', 'INVALID_ARGUMENT')
    })
  }
})

describe('refuseOwnId', () => {
  it('takes no id of the publisher', () => {
    expect(refuseOwnId(undefined, 'Redis')).to.equal(undefined)
    expect(() => refuseOwnId('1', 'Redis')).to.throw("publish: id must be absent, because Redis gives the ids, got '1'")
  })
})
