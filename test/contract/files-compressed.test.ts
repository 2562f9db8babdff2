import http from 'node:http'
import zlib from 'node:zlib'
import { expect } from 'chai'
import compression from 'compression'
import compress from 'koa-compress'
import { file } from '../../src/index.js'
import { contract } from '../support/contract.js'
import { request } from '../support/request.js'
import { Sandbox } from '../support/sandbox.js'

const sandbox = new Sandbox()
const text = Array.from({ length: 60_000 }, (_, line) => `line ${line} of a file that compresses well\n`).join('')
const path = sandbox.write('page.txt', text)
const short = sandbox.write('short.txt', 'short')
const image = sandbox.write('image.png', Buffer.alloc(100_000, 'image'))
after(() => sandbox.remove())

const GZIP = { 'Accept-Encoding': 'gzip' }
const DECODERS: Readonly<Record<string, (body: Buffer) => Buffer>> = {
  gzip: zlib.gunzipSync,
  br: zlib.brotliDecompressSync,
  deflate: zlib.inflateSync,
}

contract('files under compression and koa-compress', ({ serve, framework }) => {
  const setUp = (app: any): unknown => app.use(framework.family === 'koa' ? compress() : compression())
  const serveCompressed = (handler: (target: any) => unknown, kit = {}) => serve(handler, { setUp, kit })

  for (const [title, send, kit] of [
    ['a path', (target: any) => target.file(path), {}],
    ['a download', (target: any) => target.download(path), {}],
    ['a path in memory', (target: any) => target.file(path), { files: { cache: { maxFileSize: 5e6 } } }],
    ['a Buffer', (target: any) => target.file(Buffer.from(text), { type: 'text/plain' }), {}],
    ['a staged tag', (target: any) => target.setEtag('v1').file(path), {}],
    ['a tag that is an option', (target: any) => target.file(path, { etag: '"v1"' }), {}],
    ['a hash as the tag', (target: any) => target.file(path, { etag: 'content' }), {}],
    ['a digest', (target: any) => target.file(path, { digest: 'sha-256' }), {}],
    ['progress', (target: any) => target.file(path, { onProgress: () => {} }), {}],
    ['an idle limit', (target: any) => target.file(path), { idleLimit: '1h' }],
    ['a Reply', (target: any) => target.reply(file(path)), {}],
  ] as const) {
    for (const coding of ['gzip', 'br', 'deflate']) {
      it(`a body that is coded has a weak tag and offers no ranges: ${title}, ${coding}`, async () => {
        const app = await serveCompressed(send, kit)
        const plain = await request(app.port)
        expect(plain.headers.etag).to.match(/^"/)
        expect(plain.headers).to.include({ 'accept-ranges': 'bytes' })
        const coded = await request(app.port, { headers: { 'Accept-Encoding': coding } })
        expect(coded.headers['content-encoding']).to.equal(coding)
        expect(DECODERS[coding]?.(coded.body).toString()).to.equal(text)
        expect(coded.headers.etag).to.equal(`W/${plain.headers.etag}`) // RFC 9110 §8.8.3.3
        // RFC 9530 §3: a digest of other bytes is wrong.
        expect(coded.headers).not.to.have.any.keys('accept-ranges', 'repr-digest', 'content-length')
      })
    }
  }

  it('a client that resumes never joins two codings (RFC 9110 §13.1.5)', async () => {
    for (const etag of [undefined, false] as const) {
      const app = await serveCompressed((target) => target.file(path, etag === undefined ? {} : { etag }))
      const begun = await headOf(app.port, GZIP) // and leaves
      expect(begun['content-encoding']).to.equal('gzip')
      // A strong tag, or a date if there is no tag, is what a client may resume by.
      const strong =
        begun.etag === undefined ? begun['last-modified'] : begun.etag.startsWith('W/') ? undefined : begun.etag
      expect(strong).to.equal(undefined)
      // One that sends what it may not gets the whole.
      const given = begun.etag ?? 'Sat, 02 Jan 2021 03:04:06 GMT'
      const resumed = await request(app.port, { headers: { ...GZIP, Range: 'bytes=100-', 'If-Range': given } })
      expect(resumed.status).to.equal(200)
    }
  })

  it('a part is sent as it is, under the strong tag of the file', async () => {
    const app = await serveCompressed((target) => target.file(path))
    const { headers } = await request(app.port)
    const part = await request(app.port, { headers: { ...GZIP, Range: 'bytes=5-19', 'If-Range': `${headers.etag}` } })
    expect([part.status, part.text]).to.deep.equal([206, text.slice(5, 20)])
    expect(part.headers.etag).to.equal(headers.etag)
    expect(part.headers).not.to.have.property('content-encoding')
  })

  it('304 names what the client holds', async () => {
    const app = await serveCompressed((target) => target.setEtag('v1').file(path))
    for (const known of ['"v1"', 'W/"v1"']) {
      const { status, headers } = await request(app.port, { headers: { ...GZIP, 'If-None-Match': known } })
      expect([status, headers.etag]).to.deep.equal([304, known])
    }
  })

  for (const [title, source, headers] of [
    ['the client accepts no coding', path, {}],
    ['the client refuses it', path, { 'Accept-Encoding': 'gzip;q=0' }],
    ['the body is short', short, GZIP],
    ['the type does not compress', image, GZIP],
  ] as const) {
    it(`a body that is not coded keeps its strong tag and its ranges: ${title}`, async () => {
      const app = await serveCompressed((target) => target.file(source))
      const sent = await request(app.port, { headers })
      expect(sent.headers).not.to.have.property('content-encoding')
      expect(sent.headers.etag).to.match(/^"/)
      expect(sent.headers).to.include({ 'accept-ranges': 'bytes' })
    })
  }

  it('a sibling made ahead of time keeps its own strong tag', async () => {
    sandbox.write('page.txt.gz', zlib.gzipSync(text))
    const app = await serveCompressed((target) => target.file(path, { precompressed: ['gzip'] }))
    const { headers, body } = await request(app.port, { headers: GZIP })
    expect(zlib.gunzipSync(body).toString()).to.equal(text)
    expect(headers.etag).to.match(/^"[^"]*-gzip"$/)
    expect(headers).to.include({ 'accept-ranges': 'bytes' })
  })

  it('another answer in place of the file keeps its own tag', async () => {
    const broken = { size: 5, etag: '"of-the-file"', read: () => Promise.reject(new Error('unreadable')) }
    const app = await serveCompressed((target) =>
      target.download(broken, 'a.txt', () => target.setEtag('v2').text('x'.repeat(5000))),
    )
    const { headers } = await request(app.port, { headers: GZIP })
    expect(headers.etag).to.equal('"v2"')
  })

  it('a middleware that codes by writeHead is seen as well', async () => {
    const app = await serve((target) => target.file(path), {
      setUp(app) {
        const wrap = (res: any): void => {
          const { writeHead, end } = res
          res.end = (...given: unknown[]) => end.apply(res, given) // it would code the bytes here
          res.writeHead = (status: number) => {
            res.writeHead = writeHead
            return res.writeHead(status, { 'Content-Encoding': 'x-custom' })
          }
        }
        if (framework.family === 'koa') {
          app.use((ctx: any, next: any) => {
            wrap(ctx.res)
            return next()
          })
        } else {
          app.use((_req: any, res: any, next: any) => {
            wrap(res)
            next()
          })
        }
      },
    })
    // Such a middleware may code a part too, against no-transform: a client must not join that to another part.
    for (const headers of [{}, { Range: 'bytes=0-9' }, { Range: 'bytes=0-9,20-29' }]) {
      const sent = await request(app.port, { headers })
      expect(sent.headers.etag).to.match(/^W\/"/)
      expect(sent.headers).not.to.have.property('accept-ranges')
    }
  })
})

/** The fields of an answer whose body the client does not wait for. */
function headOf(port: number, headers: http.OutgoingHttpHeaders): Promise<http.IncomingHttpHeaders> {
  return new Promise((resolve, reject) => {
    const outgoing = http.get({ port, host: '127.0.0.1', headers, agent: false }, (incoming) => {
      resolve(incoming.headers)
      outgoing.destroy()
    })
    outgoing.on('error', reject)
  })
}
