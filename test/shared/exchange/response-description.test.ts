import { Readable } from 'node:stream'
import { expect } from 'chai'
import {
  type DirectReadable,
  isBodySource,
  type ResponseDescription,
  withOpened,
} from '../../../src/shared/exchange/response-description.js'

describe('isBodySource', () => {
  for (const [title, body, expected] of [
    ['no body', undefined, false],
    ['a text', 'x', false],
    ['bytes', new Uint8Array(1), false],
    ['a source', { open: () => '', cancel() {} }, true],
  ] as const) {
    it(`${title}: ${expected}`, () => expect(isBodySource(body)).to.equal(expected))
  }
})

describe('withOpened', () => {
  const description: ResponseDescription = { fields: [['X-A', '1']], defaults: [['Content-Type', 'a/b']], body: 'x' }
  const opened = (defaults?: DirectReadable['defaults']): DirectReadable =>
    Object.assign(Readable.from([]), defaults === undefined ? {} : { defaults })

  it('adds the fields that only the open body knows, after those that are known', () => {
    const { fields, defaults } = withOpened(
      description,
      opened([
        ['Content-Type', 'c/d'],
        ['X-B', '2'],
      ]),
    )
    expect(fields).to.deep.equal([['X-A', '1']])
    expect(defaults).to.deep.equal([
      ['Content-Type', 'a/b'],
      ['X-B', '2'],
    ])
  })

  it('leaves a description whose body has nothing to add', () => {
    for (const body of ['text', new Uint8Array(1), opened()])
      expect(withOpened(description, body)).to.equal(description)
  })
})
