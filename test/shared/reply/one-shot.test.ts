import { open } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { expect } from 'chai'
import { isOneShot, isSpent, spend } from '../../../src/shared/reply/one-shot.js'
import { thrown } from '../../support/thrown.js'

describe('isOneShot', () => {
  for (const [title, source, expected] of [
    ['a Node stream', Readable.from(['a']), true],
    ['a web stream', new ReadableStream(), true],
    ['a fetch Response', new Response('a'), true],
    ['an iterator', ['a'].values(), true],
    ['a generator', (function* () {})(), true],
    ['a list', ['a'], false],
    ['a Set', new Set(['a']), false],
    ['a Blob', new Blob(['a']), false],
    ['bytes', Buffer.from('a'), false],
    ['a function', () => ['a'], false],
    ['a path', '/srv/a.txt', false],
    ['null', null, false],
  ] as const) {
    it(`${title}: ${expected}`, () => expect(isOneShot(source)).to.equal(expected))
  }

  it('a FileHandle: true', async () => {
    const handle = await open(import.meta.filename)
    try {
      expect(isOneShot(handle)).to.equal(true)
    } finally {
      await handle.close()
    }
  })
})

describe('spend', () => {
  it('takes a source once, and names the body in the error of the second time', () => {
    const source = ['a'].values()
    expect(isSpent(source)).to.equal(false)
    spend('ndjson', source)
    expect(isSpent(source)).to.equal(true)
    const error = thrown(() => spend('ndjson', source))
    expect(error.code).to.equal('ALREADY_SENT')
    expect(error.message).to.contain('its ndjson source can be read only once')
  })
})
