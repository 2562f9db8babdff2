import { inspect } from 'node:util'
import { S3Client } from '@aws-sdk/client-s3'
import { expect } from 'chai'
import { download } from '../../src/index.js'
import { s3Source } from '../../src/s3/index.js'

const client = new S3Client({
  region: 'us-east-1',
  credentials: { accessKeyId: 'AKIASECRET', secretAccessKey: 'very-secret' },
})
const object = { Bucket: 'b', Key: 'k' }
const make = (...given: readonly any[]) => (s3Source as any)(...given)

describe('arguments of s3Source', () => {
  for (const [title, given, code, text] of [
    [
      'no client',
      [undefined, object],
      'INVALID_ARGUMENT',
      's3Source(): client must be an S3Client of @aws-sdk/client-s3',
    ],
    ['a client of another kind', [{ getObject: 1 }, object], 'INVALID_ARGUMENT', 's3Source(): client'],
    ['no object', [client], 'INVALID_OPTION', 's3Source()'],
    ['no bucket', [client, { Key: 'k' }], 'INVALID_ARGUMENT', 's3Source(): Bucket must be a string that is not empty'],
    ['no key', [client, { Bucket: 'b' }], 'INVALID_ARGUMENT', 's3Source(): Key must be a string that is not empty'],
    ['an empty key', [client, { Bucket: 'b', Key: '' }], 'INVALID_ARGUMENT', 's3Source(): Key'],
    [
      'a list of a query as the key',
      [client, { Bucket: 'b', Key: ['a', 'b'] }],
      'INVALID_ARGUMENT',
      "got [ 'a', 'b' ]",
    ],
    [
      'an object of a query as the key',
      [client, { Bucket: 'b', Key: { a: '1' } }],
      'INVALID_ARGUMENT',
      's3Source(): Key',
    ],
    ['a range', [client, { ...object, Range: 'bytes=0-1' }], 'INVALID_OPTION', "unknown option 'Range'"],
    ['a misspelt member', [client, { ...object, VersionID: 'v' }], 'INVALID_OPTION', "did you mean 'VersionId'?"],
    ['a version that is no string', [client, { ...object, VersionId: 1 }], 'INVALID_ARGUMENT', 's3Source(): VersionId'],
    ['an unknown option', [client, object, { presign: true }], 'INVALID_OPTION', "did you mean 'presigned'?"],
    [
      'presigned: text',
      [client, object, { presigned: 'yes' }],
      'INVALID_OPTION',
      "s3Source(): option 'presigned' must be true, false or",
    ],
    ['presigned: null', [client, object, { presigned: null }], 'INVALID_OPTION', 'presigned'],
    [
      'presigned: an unknown option',
      [client, object, { presigned: { expires: 1 } }],
      'INVALID_OPTION',
      "did you mean 'expiresIn'?",
    ],
    [
      'presigned: no time',
      [client, object, { presigned: { expiresIn: 0 } }],
      'INVALID_OPTION',
      'between 1 second and 7 days',
    ],
    [
      'presigned: too long',
      [client, object, { presigned: { expiresIn: '8d' } }],
      'INVALID_OPTION',
      'between 1 second and 7 days',
    ],
    [
      'presigned: a time without a unit',
      [client, object, { presigned: { expiresIn: '60' } }],
      'INVALID_OPTION',
      'expiresIn',
    ],
    [
      'presigned: a sign that is no function',
      [client, object, { presigned: { sign: 'x' } }],
      'INVALID_OPTION',
      'a function',
    ],
  ] as const) {
    it(`${title}: an error with ${code}`, () => {
      expect(() => make(...given))
        .to.throw(text)
        .that.includes({ code })
    })
  }

  it('an error does not show a key of the application', () => {
    expect(() => make(client, { ...object, SSECustomerKey: { secret: 'very-secret' } }))
      .to.throw()
      .with.property('message')
      .that.does.not.include('very-secret')
  })

  it('a log of the source does not show the client', () => {
    expect(inspect(s3Source(client, object), { depth: 9, showHidden: true })).not.to.match(/very-secret|AKIASECRET/)
  })

  it('nothing that a client sends is an object source', () => {
    const sent = JSON.parse('{ "kind": "response-kit.object" }')
    expect(() => download(sent))
      .to.throw()
      .that.includes({ code: 'INVALID_ARGUMENT' })
  })
})
