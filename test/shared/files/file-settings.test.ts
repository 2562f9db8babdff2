import { resolve } from 'node:path'
import { expect } from 'chai'
import { readFileSettings, readRoot } from '../../../src/shared/files/file-settings.js'

describe("the option 'files'", () => {
  it('has defaults: no root, no cache, no offloading, no symbolic links out of the root', () => {
    expect(readFileSettings(undefined)).to.deep.equal({
      root: undefined,
      followSymlinks: false,
      cache: undefined,
      offload: undefined,
    })
  })

  it('makes the root absolute', () => {
    expect(readRoot('root', 'files')).to.equal(resolve('files'))
    expect(readRoot('root', '/srv/../files/')).to.equal('/files')
    expect(readRoot('root', undefined)).to.equal(undefined)
    expect(() => readRoot('root', null)).to.throw(TypeError, 'root') // only a call takes null
  })

  it('completes the cache: 64 MB in all, 1 MB a file, one look at the disk a request', () => {
    expect(readFileSettings({ cache: {} }).cache).to.deep.equal({
      maxBytes: 64 * 1024 * 1024,
      maxFileSize: 1024 * 1024,
      maxAgeMs: 0,
    })
    expect(readFileSettings({ cache: { maxAge: '1.5s', maxBytes: 0 } }).cache).to.include({
      maxAgeMs: 1500,
      maxBytes: 0,
    })
    expect(readFileSettings({ cache: { maxAge: 2 } }).cache?.maxAgeMs, 'a number is seconds').to.equal(2000)
  })

  for (const [title, value, words] of [
    ['an unknown key', { rooot: '/a' }, "did you mean 'root'"],
    ['a root that is no text', { root: 7 }, "option 'files.root'"],
    ['an empty root', { root: '' }, "option 'files.root'"],
    ['a root with a null byte', { root: '/a\0' }, "option 'files.root'"],
    ['followSymlinks that is no boolean', { followSymlinks: 1 }, "option 'files.followSymlinks'"],
    ['an unknown key of the cache', { cache: { size: 1 } }, 'size'],
    ['a negative size', { cache: { maxBytes: -1 } }, "option 'files.cache.maxBytes'"],
    ['NaN', { cache: { maxFileSize: Number.NaN } }, "option 'files.cache.maxFileSize'"],
    ['a duration without a unit', { cache: { maxAge: '5' } }, "option 'files.cache.maxAge'"],
  ] as const) {
    it(`refuses ${title}`, () => expect(() => readFileSettings(value)).to.throw(Error, words))
  }
})
