import { createHash } from 'node:crypto'
import { expect } from 'chai'
import { type FileOptions, readFileOptions } from '../../../src/shared/files/file-options.js'
import { readFileSettings } from '../../../src/shared/files/file-settings.js'
import { BytesContent } from '../../../src/shared/files/memory-content.js'
import { findValidators } from '../../../src/shared/files/validators.js'
import { nodeExchange } from '../../support/node-exchange.js'

const BYTES = Buffer.from('content of a file')
const DATE = 'Sun, 06 Nov 1994 08:49:37 GMT'

/** A source with an entity-tag and a date of its own. */
class DatedContent extends BytesContent {
  readonly lastModified: number
  readonly #tag: string | undefined

  constructor(tag: string | undefined, lastModified = Date.parse(DATE)) {
    super('file()', BYTES)
    this.#tag = tag
    this.lastModified = lastModified
  }

  override entityTag(): string {
    return this.#tag as string // absent if the source has none
  }
}

const find = (content: DatedContent, options: FileOptions = {}, staged: Record<string, string> = {}) => {
  const { facts } = nodeExchange()
  for (const [name, value] of Object.entries(staged)) facts.res.setHeader(name, value)
  return findValidators(facts, content, readFileOptions('file()', options, readFileSettings(undefined)), 'file()')
}

describe('findValidators', () => {
  for (const [title, tag, options, staged, expected] of [
    ['the tag of the source', '"a"', {}, {}, '"a"'],
    ['a weak tag on request', '"a"', { etag: 'weak' }, {}, 'W/"a"'],
    ['a weak tag stays weak', 'W/"a"', { etag: 'weak' }, {}, 'W/"a"'],
    ['no tag on request', '"a"', { etag: false }, {}, undefined],
    ['the tag of the call', '"a"', { etag: '"v1"' }, {}, '"v1"'],
    ['a weak tag of the call', '"a"', { etag: 'W/"v1"' }, {}, 'W/"v1"'],
    ['a source without a tag', undefined, { etag: 'weak' }, {}, undefined],
    ['a staged tag counts before all', '"a"', { etag: false }, { ETag: '"s"' }, '"s"'],
  ] as readonly [string, string | undefined, FileOptions, Record<string, string>, string | undefined][]) {
    it(`${title}: ${expected}`, async () => {
      expect((await find(new DatedContent(tag), options, staged)).entityTag).to.equal(expected)
    })
  }

  it('a hash of the content on request: equal for equal bytes, in the characters of an entity-tag (RFC 9110 §8.8.3)', async () => {
    const { entityTag } = await find(new DatedContent('"a"'), { etag: 'content' })
    expect(entityTag).to.equal(`"${createHash('sha256').update(BYTES).digest('base64').slice(0, 27)}"`)
  })

  for (const [title, time, options, staged, expected] of [
    ['the date of the source, in whole seconds', Date.parse(DATE) + 999, {}, {}, DATE],
    ['no date on request', Date.parse(DATE), { lastModified: false }, {}, undefined],
    ['a staged date counts before all', 0, { lastModified: false }, { 'Last-Modified': DATE }, DATE],
    ['a staged text that is no date', Date.parse(DATE), {}, { 'Last-Modified': 'soon' }, undefined],
    // RFC 9110 §5.6.7: four digits of year.
    ['a year of five digits', Date.UTC(10_000, 0, 1), {}, {}, undefined],
    ['a year before 0', Date.parse('-000001-12-31T23:59:59Z'), {}, {}, undefined],
  ] as readonly [string, number, FileOptions, Record<string, string>, string | undefined][]) {
    it(`${title}: ${expected}`, async () => {
      const { lastModified } = await find(new DatedContent('"a"', time), options, staged)
      expect(lastModified).to.equal(expected === undefined ? undefined : Date.parse(expected))
    })
  }
})
