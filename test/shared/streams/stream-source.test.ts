import { EventEmitter } from 'node:events'
import { PassThrough, Readable } from 'node:stream'
import { runInNewContext } from 'node:vm'
import { expect } from 'chai'
import { checkByteSource, checkValueSource } from '../../../src/shared/streams/stream-source.js'
import { thrown } from '../../support/thrown.js'

/** [title, source, `streaming` takes it, `ndjson` and `jsonArray` take it] */
const SOURCES: readonly (readonly [string, unknown, boolean, boolean])[] = [
  ['a function', () => [], true, true],
  ['a text', 'text', true, false],
  ['bytes', Buffer.from('a'), true, false],
  ['an ArrayBuffer', new ArrayBuffer(1), true, false],
  ['a typed array of another realm', runInNewContext('new Uint8Array(1)'), true, false],
  ['a Blob', new Blob(['a']), true, false],
  ['a list', ['a'], true, true],
  ['a generator', (function* () {})(), true, true],
  ['an async generator', (async function* () {})(), true, true],
  ['a Set', new Set(['a']), true, true],
  ['a Node stream', Readable.from(['a']), true, true],
  ['a stream of the kind before Node 0.10', Object.assign(new EventEmitter(), { pipe() {} }), true, true],
  ['a web stream', new Blob(['a']).stream(), true, true],
  ['a renderer of React', { pipe() {}, abort() {} }, true, false],
  ['undefined', undefined, false, false],
  ['null', null, false, false],
  ['a number', 7, false, false],
  ['a plain object', { a: 1 }, false, false],
  ['a promise', Promise.resolve(['a']), false, false],
  ['an object with a half of the methods of a stream', { pipe() {} }, false, false],
]

for (const [name, check, column] of [
  ['checkByteSource', checkByteSource, 2],
  ['checkValueSource', checkValueSource, 3],
] as const) {
  describe(name, () => {
    for (const source of SOURCES) {
      it(`${source[column] ? 'takes' : 'refuses'} ${source[0]}`, () => {
        if (source[column]) return check('test: source', source[1])
        const error = thrown(() => check('test: source', source[1]))
        expect(error.message).to.match(/^test: source must be /)
        expect(error.code).to.equal('INVALID_ARGUMENT')
      })
    }
  })
}

it('no check takes anything out of a source', async () => {
  const stream = new PassThrough({ objectMode: true })
  stream.end('a')
  checkByteSource('test: source', stream)
  checkValueSource('test: source', stream)
  expect(await stream.toArray()).to.deep.equal(['a'])
})
