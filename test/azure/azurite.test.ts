import { gunzipSync, gzipSync } from 'node:zlib'
import type { BlobClient, ContainerClient } from '@azure/storage-blob'
import { expect } from 'chai'
import { type BlobClientLike, blobSource } from '../../src/azure/index.js'
import { hasAzurite, startAzurite } from '../support/azurite.js'
import { contract } from '../support/contract.js'
import { ALPHABET, defineObjectCases, LARGE } from '../support/stored-alphabet.js'

/** The client of a blob, with something that happens before each download. */
function afterFacts(blob: BlobClient, change: () => Promise<unknown>): BlobClientLike {
  return {
    name: blob.name,
    getProperties: (options) => blob.getProperties(options),
    async download(offset, count, options) {
      await change()
      return blob.download(offset, count, options)
    },
  }
}

describe('blobSource on Azurite', function () {
  this.timeout(60_000)
  if (!hasAzurite('blobs of Azure')) return
  let server: Awaited<ReturnType<typeof startAzurite>>
  let container: ContainerClient
  let etag: string | undefined
  const put = (name: string, body: string | Buffer, more = {}) =>
    container.getBlockBlobClient(name).upload(body, Buffer.byteLength(body), more)

  before(async () => {
    server = await startAzurite()
    container = server.client().getContainerClient('files')
    await container.create()
    const kept = { blobHTTPHeaders: { blobContentType: 'text/plain' }, metadata: { fileName: 'B%C3%BCcher.txt' } }
    etag = (await put('june.txt', ALPHABET, kept)).etag
    await put('large.bin', LARGE)
    await put('coded.txt', gzipSync(ALPHABET), {
      blobHTTPHeaders: { blobContentType: 'text/plain', blobContentEncoding: 'gzip' },
    })
    await put('empty.txt', '')
  })
  after(() => server.stop())

  contract('a blob', (host) => {
    const { answer, serve, askForError } = host
    const inAnotherClient = (place: string, name: string, key?: string) =>
      blobSource(server.client(key).getContainerClient(place).getBlobClient(name))
    defineObjectCases(
      {
        source: (name, options) => blobSource(container.getBlobClient(name), options),
        missing: () => inAnotherClient('missing', 'a'),
        denied: () => inAnotherClient('files', 'june.txt', Buffer.from('another key').toString('base64')),
        put,
        etag: () => etag ?? '',
      },
      host,
    )

    it('that is stored in a coding keeps it', async () => {
      const { headers, body } = await answer((target) => target.file(blobSource(container.getBlobClient('coded.txt'))))
      expect([headers['content-encoding'], gunzipSync(body).toString()]).to.deep.equal(['gzip', ALPHABET])
    })

    it('without bytes is sent', async () => {
      const { status, headers } = await answer((target) =>
        target.file(blobSource(container.getBlobClient('empty.txt'))),
      )
      expect([status, headers['content-length']]).to.deep.equal([200, '0'])
    })

    it('that is replaced between its facts and its bytes is sent in the new version (If-Match, 412)', async () => {
      await put('changing.txt', 'old')
      let isReplaced = false
      const blob = afterFacts(container.getBlobClient('changing.txt'), async () => {
        if (!isReplaced) await put('changing.txt', 'the new one')
        isReplaced = true
      })
      const app = await serve((target) => target.file(blobSource(blob)))
      const { status, headers, text } = await askForError(app) // each upload has a tag of its own
      expect([status, text, headers['content-length']]).to.deep.equal([200, 'the new one', '11'])
    })

    it('that is replaced each time is a 503', async () => {
      await put('changing.txt', 'old')
      const blob = afterFacts(container.getBlobClient('changing.txt'), () => put('changing.txt', 'new'))
      const app = await serve((target) => target.file(blobSource(blob)))
      const { status, headers } = await askForError(app)
      expect([status, headers['retry-after']]).to.deep.equal([503, '1'])
      expect(app.errors[0]).to.include({ code: 'SOURCE_CHANGED' })
    })

    it('presigned is a URL that can only be read', async () => {
      const source = blobSource(container.getBlobClient('june.txt'), { presigned: true })
      const app = await serve((target) => target.download(source))
      const { headers } = await askForError(app)
      for (const [method, status] of [
        ['HEAD', 200],
        ['DELETE', 403],
      ] as const) {
        const answered = await fetch(headers.location ?? '', { method, headers: { Connection: 'close' } })
        await answered.text()
        expect([method, answered.status]).to.deep.equal([method, status])
      }
    })

    it('presigned by a signer of the app', async () => {
      const sign = ({ contentDisposition }: { contentDisposition: string }) =>
        `https://store.example/?rscd=${encodeURIComponent(contentDisposition)}`
      const source = blobSource(container.getBlobClient('june.txt'), { presigned: { sign } })
      const { status, headers } = await answer((target) => target.file(source, { name: 'July' }))
      const location = 'https://store.example/?rscd=inline%3B%20filename%3DJuly.txt'
      expect([status, headers.location]).to.deep.equal([302, location])
    })
  })
})
