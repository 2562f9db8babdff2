import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { expect } from 'chai'
import { s3Source } from '../../src/s3/index.js'
import { contract } from '../support/contract.js'
import { startS3rver } from '../support/s3rver.js'
import { ALPHABET, defineObjectCases, LARGE } from '../support/stored-alphabet.js'

const Bucket = 'files'
const ODD_KEY = 'résumé (1) + %20?.txt'

describe('s3Source on s3rver', function () {
  this.timeout(60_000)
  let server: Awaited<ReturnType<typeof startS3rver>>
  let client: S3Client
  let etag: string | undefined
  const put = (Key: string, Body: string | Buffer, more = {}) =>
    client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }))

  before(async () => {
    server = await startS3rver()
    client = server.client()
    const kept = { ContentType: 'text/plain', Metadata: { filename: 'B%C3%BCcher.txt' } }
    etag = (await put('june.txt', ALPHABET, kept)).ETag
    await put('large.bin', LARGE)
    await put(ODD_KEY, ALPHABET)
  })
  after(() => server.stop())

  contract('an object', (host) => {
    defineObjectCases(
      {
        source: (Key, options) => s3Source(client, { Bucket, Key }, options),
        missing: () => s3Source(client, { Bucket: 'missing', Key: 'a' }),
        denied: () => s3Source(server.client('another-key'), { Bucket, Key: 'june.txt' }),
        put,
        etag: () => etag ?? '',
      },
      host,
    )

    it('has any key', async () => {
      const { text } = await host.answer((target) => target.file(s3Source(client, { Bucket, Key: ODD_KEY })))
      expect(text).to.equal(ALPHABET)
    })
  })
})
