import { expect } from 'chai'
import { parse } from 'content-disposition'
import { type S3ClientLike, type S3PresignedRequest, s3Source } from '../../src/s3/index.js'
import { contract } from '../support/contract.js'
import { readZip } from '../support/read-zip.js'
import { S3Server } from '../support/s3-server.js'

const TEXT = 'abcdefghijklmnopqrstuvwxyz'
const OBJECT = { Bucket: 'bucket', Key: 'reports/june.txt' }
const server = new S3Server()
let client: S3ClientLike
const presigned = () => s3Source(client, OBJECT, { presigned: true })

/** A signer that keeps what it was asked for, so that every framework gets the same URL. */
const recording = () => {
  const asked: S3PresignedRequest[] = []
  const sign = (request: S3PresignedRequest) => {
    asked.push(request)
    return 'https://store.example/signed'
  }
  return { asked, source: s3Source(client, OBJECT, { presigned: { sign, expiresIn: '1h' } }) }
}

describe('presigned objects', () => {
  before(async () => {
    await server.start()
    client = server.client()
    server.put(OBJECT.Key, TEXT, {
      'Content-Type': 'text/plain',
      'x-amz-meta-filename': 'Bericht für Juni.txt'.replace('ü', '%C3%BC'),
    })
  })
  beforeEach(() => server.reset())
  after(() => server.stop())

  contract('a presigned object', ({ answer, serve, askForError }) => {
    it('is a redirect to a URL by which the store itself answers with the disposition and the type', async () => {
      const app = await serve((target) => target.download(presigned()))
      const { status, headers, text } = await askForError(app)
      expect([status, text, headers['cache-control']]).to.deep.equal([302, '', 'no-store'])
      expect(server.log).to.deep.equal(['HEAD'])
      const location = new URL(headers.location ?? '')
      expect(location.searchParams.get('X-Amz-Expires')).to.equal('300')
      const followed = await fetch(location, { headers: { Connection: 'close' } })
      expect(await followed.text()).to.equal(TEXT)
      const disposition = parse(followed.headers.get('content-disposition') ?? '')
      expect([disposition.type, disposition.parameters.filename]).to.deep.equal(['attachment', 'Bericht für Juni.txt'])
      expect(followed.headers.get('content-type')?.toLowerCase()).to.equal('text/plain; charset=utf-8')
    })

    it('to HEAD is signed for HEAD', async () => {
      const { asked, source } = recording()
      const { status, headers } = await answer((target) => target.file(source), { method: 'HEAD' })
      expect([status, headers.location]).to.deep.equal([302, 'https://store.example/signed'])
      expect(asked[0]?.method).to.equal('HEAD')
    })

    it('to HEAD by the package is signed for HEAD too', async () => {
      const app = await serve((target) => target.download(presigned()))
      const { headers } = await askForError(app, { method: 'HEAD' })
      const followed = await fetch(headers.location ?? '', { method: 'HEAD', headers: { Connection: 'close' } })
      expect(followed.status).to.equal(200)
    })

    it('after POST is a 303, so that the client asks the store by GET', async () => {
      const { source } = recording()
      const { status } = await answer((target) => target.download(source), { method: 'POST' })
      expect(status).to.equal(303)
    })

    it('the signer gets the name, the type and the time', async () => {
      const { asked, source } = recording()
      await answer((target) => target.file(source, { name: 'July', type: 'text/csv' }))
      expect(asked[0]).to.deep.equal({
        method: 'GET',
        expiresIn: 3600,
        input: {
          ...OBJECT,
          ResponseContentDisposition: 'inline; filename=July.txt',
          ResponseContentType: 'text/csv; charset=utf-8',
        },
      })
    })

    for (const [title, headers] of [
      ['If-None-Match', { 'If-None-Match': S3Server.tagOf(TEXT) }],
      ['If-Match', { 'If-Match': '"other"' }],
      ['Range', { Range: 'bytes=2-4' }],
      ['a Range that cannot be satisfied', { Range: 'bytes=99-' }],
    ] as const) {
      it(`${title} is for the store: the answer is the redirect (RFC 9110 §13.2.1)`, async () => {
        const { source } = recording()
        const answered = await answer((target) => target.download(source), { headers })
        expect(answered.status).to.equal(302)
        expect(answered.headers).not.to.have.any.keys('etag', 'last-modified', 'content-disposition', 'accept-ranges')
      })
    }

    it('staged fields of the content and of caches do not go out with the redirect', async () => {
      const { source } = recording()
      const { headers } = await answer((target) =>
        target
          .setHeader('Cache-Control', 'public, max-age=60')
          .setHeader('ETag', '"v1"')
          .setHeader('X-Own', 'kept')
          .download(source),
      )
      expect(headers['cache-control']).to.equal('no-store')
      expect(headers['x-own']).to.equal('kept')
      expect(headers).not.to.have.property('etag')
    })

    for (const [title, code, status] of [
      ['missing', 404, 404],
      ['denied', 403, 403],
    ] as const) {
      it(`that is ${title} is a ${status}, and no redirect to an error of the store`, async () => {
        server.fault = ({ res }) => S3Server.fail(res, code, 'x')
        const app = await serve((target) => target.download(presigned()))
        const { status: answered, headers } = await askForError(app)
        expect([answered, headers.location]).to.deep.equal([status, undefined])
      })
    }

    for (const url of [
      '',
      '/local',
      'javascript:alert(1)',
      'https://a/b c',
      'https://a/\r\nX: y',
      'https://a/ü',
      7,
      undefined,
    ]) {
      it(`a signer that gives ${JSON.stringify(url)} is an error that does not show it`, async () => {
        const sign = () => url as string
        const app = await serve((target) => target.download(s3Source(client, OBJECT, { presigned: { sign } })))
        const { status, headers } = await askForError(app)
        expect([status, headers.location]).to.deep.equal([500, undefined])
        expect(app.errors[0]?.message).to.equal('the URL that was signed for an object is no URL of http or https')
      })
    }

    it('in an archive is read', async () => {
      const { source } = recording()
      const { body } = await answer((target) => target.zip([{ name: 'a.txt', source }], 'a.zip'))
      expect(readZip(body)).to.deep.equal({ 'a.txt': TEXT })
    })
  })
})
