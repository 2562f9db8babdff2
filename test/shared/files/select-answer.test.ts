import { expect } from 'chai'
import { type FileSendOptions, readFileOptions } from '../../../src/shared/files/file-options.js'
import { BytesContent } from '../../../src/shared/files/memory-content.js'
import { selectFileAnswer } from '../../../src/shared/files/select-answer.js'
import { StreamContent } from '../../../src/shared/files/stream-content.js'
import type { FileValidators } from '../../../src/shared/files/validators.js'
import { nodeExchange } from '../../support/node-exchange.js'

const MODIFIED = Date.parse('2021-01-02T03:04:05Z')
const DATE = 'Sat, 02 Jan 2021 03:04:05 GMT'
const VALIDATORS: FileValidators = { entityTag: '"v1"', lastModified: MODIFIED }
const content = new BytesContent('test', Buffer.from('0123456789'))

interface Case {
  readonly headers: Record<string, string>
  readonly method?: string
  readonly status?: number
  readonly validators?: FileValidators
  readonly options?: Partial<FileSendOptions>
  readonly expected: number | undefined
}

// The order and the rules of RFC 9110 §13.2.2, §13.1.5 and §14.2.
const cases: Readonly<Record<string, Case>> = {
  'no condition: the whole': { headers: {}, expected: undefined },
  'a range: a part': { headers: { range: 'bytes=0-1' }, expected: 206 },
  'a range out of the file: 416': { headers: { range: 'bytes=10-' }, expected: 416 },
  'a range of another unit: the whole': { headers: { range: 'lines=0-1' }, expected: undefined },
  'HEAD with a range: the whole': { headers: { range: 'bytes=0-1' }, method: 'HEAD', expected: undefined },
  'POST with conditions and a range: the whole': {
    headers: { range: 'bytes=0-1', 'if-none-match': '"v1"', 'if-match': '"other"' },
    method: 'POST',
    expected: undefined,
  },
  'a staged 404: the whole': {
    headers: { range: 'bytes=0-1', 'if-none-match': '"v1"' },
    status: 404,
    expected: undefined,
  },
  'a staged 201 with a range: the whole': { headers: { range: 'bytes=0-1' }, status: 201, expected: undefined },
  'If-Match that fails, before all others: 412': {
    headers: { 'if-match': '"v2"', 'if-none-match': '"v1"', range: 'bytes=0-1' },
    expected: 412,
  },
  'If-None-Match that matches, before the range: 304': {
    headers: { 'if-none-match': '"v1"', range: 'bytes=0-1' },
    expected: 304,
  },
  'If-Range with the strong tag: a part': { headers: { 'if-range': '"v1"', range: 'bytes=0-1' }, expected: 206 },
  'If-Range with another tag: the whole': { headers: { 'if-range': '"v2"', range: 'bytes=0-1' }, expected: undefined },
  'If-Range with a weak tag: the whole': {
    headers: { 'if-range': 'W/"v1"', range: 'bytes=0-1' },
    validators: { ...VALIDATORS, entityTag: 'W/"v1"' },
    expected: undefined,
  },
  'If-Range with the exact date: a part': { headers: { 'if-range': DATE, range: 'bytes=0-1' }, expected: 206 },
  'If-Range with the exact date of a file whose time says nothing: the whole': {
    headers: { 'if-range': DATE, range: 'bytes=0-1' },
    validators: { ...VALIDATORS, isDateWeak: true },
    expected: undefined,
  },
  'If-Range with a later date: the whole': {
    headers: { 'if-range': 'Sat, 02 Jan 2021 03:04:06 GMT', range: 'bytes=0-1' },
    expected: undefined,
  },
  'acceptRanges: false: the whole': {
    headers: { range: 'bytes=0-1' },
    options: { acceptRanges: false },
    expected: undefined,
  },
}

describe('selectFileAnswer()', () => {
  for (const [title, { headers, method = 'GET', status, validators = VALIDATORS, options, expected }] of Object.entries(
    cases,
  )) {
    it(title, () => {
      const { facts } = nodeExchange(headers)
      facts.req.method = method
      if (status !== undefined) facts.res.statusCode = status
      const read = { ...readFileOptions('file()', {}, facts.settings.files), ...options }
      expect(selectFileAnswer(facts, content, read, validators).status).to.equal(expected)
    })
  }

  it('answers with the whole of a source that is read once, whatever the range', () => {
    const { facts } = nodeExchange({ range: 'bytes=0-1' })
    const read = readFileOptions('file()', {}, facts.settings.files)
    const stream = new StreamContent(new Set(['x']))
    expect(selectFileAnswer(facts, stream, read, VALIDATORS).status).to.equal(undefined)
  })
})
