import { expect } from 'chai'
import type { Content } from '../../../src/shared/files/content.js'
import {
  cacheControlOfPart,
  describeFileHead,
  describeNotModifiedHead,
  effectiveField,
} from '../../../src/shared/files/file-head.js'
import { type FileOptions, readFileOptions } from '../../../src/shared/files/file-options.js'
import { readFileSettings } from '../../../src/shared/files/file-settings.js'
import { nodeExchange } from '../../support/node-exchange.js'

const DATE = 'Sun, 06 Nov 1994 08:49:37 GMT'
const VALIDATORS = { entityTag: '"a"', lastModified: Date.parse(DATE) }
const NONE = { entityTag: undefined, lastModified: undefined }
const optionsOf = (options: FileOptions, filename?: string) =>
  readFileOptions('file()', options, readFileSettings(undefined), filename)
const contentOf = (facts: Partial<Content>): Content => ({ isSeekable: true, ...facts }) as Content
const fieldOf = (lines: readonly (readonly [string, string])[], name: string) =>
  lines.find(([each]) => each.toLowerCase() === name)?.[1]

describe('describeFileHead', () => {
  for (const [title, content, options, filename, expected] of [
    ['the type of the source', { type: 'a/b', name: 'x.txt' }, {}, undefined, 'a/b'],
    [
      'the type of the file, not of the name it is saved under',
      { name: 'x.html' },
      {},
      'y.pdf',
      'text/html; charset=utf-8',
    ],
    [
      'the type by the name it is saved under, if the file has no known extension',
      { name: 'x' },
      {},
      'y.pdf',
      'application/pdf',
    ],
    ['the type by its own name', { name: 'x.pdf' }, {}, undefined, 'application/pdf'],
    [
      'the type by its own name, under one without an extension',
      { name: 'x.pdf' },
      { name: 'invoice' },
      undefined,
      'application/pdf',
    ],
    ['no known extension (RFC 9110 §8.3)', { name: 'x.nothing' }, {}, undefined, 'application/octet-stream'],
  ] as readonly [string, Partial<Content>, FileOptions, string | undefined, string][]) {
    it(`${title}: ${expected}, inferred`, () => {
      const { defaults } = describeFileHead(contentOf(content), optionsOf(options, filename), 'inline', NONE)
      expect(fieldOf(defaults, 'content-type')).to.equal(expected)
    })
  }

  it('a type of the caller is decided', () => {
    const { fields } = describeFileHead(contentOf({ type: 'a/b' }), optionsOf({ type: 'c/d' }), 'inline', NONE)
    expect(fieldOf(fields, 'content-type')).to.equal('c/d')
  })

  for (const [title, content, options, filename, expected] of [
    ['filename counts as it is', { name: 'u7.pdf' }, {}, 'invoice', 'attachment; filename=invoice'],
    [
      'name takes the extension of the file',
      { name: 'u7.pdf' },
      { name: 'invoice' },
      undefined,
      'attachment; filename=invoice.pdf',
    ],
    [
      'name keeps the extension of the file',
      { name: 'u7.pdf' },
      { name: 'a.pdf' },
      undefined,
      'attachment; filename=a.pdf',
    ],
    [
      'name takes it also after a dot',
      { name: 'u7.pdf' },
      { name: 'a.txt' },
      undefined,
      'attachment; filename=a.txt.pdf',
    ],
    ['else the name of the file', { name: 'u7.pdf' }, {}, undefined, 'attachment; filename=u7.pdf'],
  ] as readonly [string, Partial<Content>, FileOptions, string | undefined, string][]) {
    it(`${title}: ${expected} (RFC 6266)`, () => {
      const { fields } = describeFileHead(contentOf(content), optionsOf(options, filename), 'attachment', NONE)
      expect(fieldOf(fields, 'content-disposition')?.replaceAll('"', '')).to.equal(expected)
    })
  }

  it('has validators, ranges and caching as defaults; caching of the call is decided', () => {
    const head = describeFileHead(contentOf({}), optionsOf({}), 'inline', VALIDATORS)
    expect(fieldOf(head.defaults, 'etag')).to.equal('"a"')
    expect(fieldOf(head.defaults, 'last-modified')).to.equal(DATE)
    expect(fieldOf(head.defaults, 'accept-ranges')).to.equal('bytes')
    expect(fieldOf(head.defaults, 'cache-control')).to.equal('public, max-age=0')
    const cached = describeFileHead(contentOf({}), optionsOf({ maxAge: '1h' }), 'inline', VALIDATORS)
    expect(fieldOf(cached.fields, 'cache-control')).to.equal('public, max-age=3600')
  })

  it('has no ranges if the source is read once, or if the call says so', () => {
    for (const [content, options] of [
      [{ isSeekable: false }, {}],
      [{}, { acceptRanges: false }],
    ] as const) {
      const { defaults } = describeFileHead(contentOf(content), optionsOf(options), 'inline', NONE)
      expect(fieldOf(defaults, 'accept-ranges')).to.equal(undefined)
    }
  })

  it('varies by Accept-Encoding if siblings are offered, sent or not (RFC 9110 §12.5.5)', () => {
    const options = optionsOf({ precompressed: ['br'] })
    const plain = describeFileHead(contentOf({}), options, 'inline', NONE)
    const coded = describeFileHead(contentOf({ encoding: 'br' }), options, 'inline', NONE)
    expect([fieldOf(plain.fields, 'vary'), fieldOf(plain.fields, 'content-encoding')]).to.deep.equal([
      'Accept-Encoding',
      undefined,
    ])
    expect([fieldOf(coded.fields, 'vary'), fieldOf(coded.fields, 'content-encoding')]).to.deep.equal([
      'Accept-Encoding',
      'br',
    ])
  })
})

describe('describeNotModifiedHead', () => {
  it('has what a 304 must repeat, and nothing of the content (RFC 9110 §15.4.5)', () => {
    const headers = { 'Content-Type': 'a/b', 'Content-Location': '/a', 'Last-Modified': DATE, 'X-A': '1' }
    const { fields, defaults } = describeNotModifiedHead(
      nodeExchange().facts,
      optionsOf({ headers, precompressed: ['gzip'] }),
      VALIDATORS,
    )
    expect(fields.map(([name]) => name)).to.deep.equal(['Content-Location', 'X-A', 'Vary'])
    expect(fieldOf(defaults, 'etag')).to.equal('"a"')
    expect(fieldOf(defaults, 'cache-control')).to.equal('public, max-age=0')
    expect(fieldOf(defaults, 'last-modified')).to.equal(undefined)
  })

  it('has Last-Modified if there is no entity-tag', () => {
    const { defaults } = describeNotModifiedHead(nodeExchange().facts, optionsOf({}), {
      ...VALIDATORS,
      entityTag: undefined,
    })
    expect(fieldOf(defaults, 'last-modified')).to.equal(DATE)
  })
})

describe('a field that the answer will have', () => {
  it('is the decided one, else the staged one, else the inferred one', () => {
    const { facts } = nodeExchange()
    const head = { fields: [], defaults: [['X-A', 'd']] } as {
      fields: [string, string][]
      defaults: [string, string][]
    }
    expect(effectiveField(facts, head, 'x-a')).to.equal('d')
    facts.res.setHeader('X-A', 's')
    expect(effectiveField(facts, head, 'x-a')).to.equal('s')
    head.fields.push(['X-A', 'e'])
    expect(effectiveField(facts, head, 'x-a')).to.equal('e')
  })

  // RFC 9111 §5.2.2.6
  for (const [value, expected] of [
    ['', 'no-transform'],
    ['public, max-age=0', 'public, max-age=0, no-transform'],
    ['No-Transform, private', 'No-Transform, private'],
    ['x-no-transform', 'x-no-transform, no-transform'],
  ] as const) {
    it(`Cache-Control '${value}' of a part is '${expected}'`, () => {
      const head = { fields: [['Cache-Control', value] as const], defaults: [] }
      expect(cacheControlOfPart(nodeExchange().facts, head)).to.equal(expected)
    })
  }
})
