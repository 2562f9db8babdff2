import { S3 } from '@aws-sdk/client-s3'
import { expect } from 'chai'
import { parse } from 'content-disposition'
import { file } from '../../src/index.js'
import { type S3ClientLike, s3Source } from '../../src/s3/index.js'
import { collectProgress } from '../support/collect-progress.js'
import { contract } from '../support/contract.js'
import { readZip } from '../support/read-zip.js'
import { S3Server } from '../support/s3-server.js'
import { importSecondCopy } from '../support/second-copy.js'

const TEXT = 'abcdefghijklmnopqrstuvwxyz'
const TAG = S3Server.tagOf(TEXT)
const server = new S3Server()
let client: S3ClientLike
const source = (Key: string) => s3Source(client, { Bucket: 'secret-bucket', Key })
const nameOf = (disposition = '') => parse(disposition).parameters.filename

describe('objects of a store', () => {
  before(async () => {
    await server.start()
    client = server.client()
    server.put('reports/2021/june.txt', TEXT, { 'Content-Type': 'text/plain' })
    server.put('empty.txt', '', { 'Content-Type': 'text/plain' })
  })
  beforeEach(() => server.reset())
  after(() => server.stop())

  contract('an object', ({ answer, serve, ask, askForError }) => {
    it('is saved with its type, length, validators and the end of its key as the name', async () => {
      const { status, headers, text } = await answer((target) => target.download(source('reports/2021/june.txt')))
      expect([status, text]).to.deep.equal([200, TEXT])
      expect(headers).to.include({
        'content-length': '26',
        etag: TAG,
        'last-modified': 'Sat, 02 Jan 2021 03:04:05 GMT',
        'accept-ranges': 'bytes',
        'x-content-type-options': 'nosniff',
      })
      expect(headers['content-type']?.toLowerCase()).to.equal('text/plain; charset=utf-8')
      expect(parse(headers['content-disposition'] ?? '').type).to.equal('attachment')
      expect(nameOf(headers['content-disposition'])).to.equal('june.txt')
      expect(server.log).to.deep.equal(['HEAD', `GET ${TAG}`])
    })

    for (const [title, fields, name] of [
      [
        'its Content-Disposition',
        { 'Content-Disposition': `attachment; filename*=UTF-8''b%C3%BCcher.csv` },
        'bücher.csv',
      ],
      ['its metadata', { 'x-amz-meta-filename': 'books.csv' }, 'books.csv'],
      ['its metadata with escapes', { 'x-amz-meta-filename': 'b%C3%BCcher.csv' }, 'bücher.csv'],
      ['its metadata as S3 encodes it', { 'x-amz-meta-filename': '=?UTF-8?B?YsO8Y2hlci5jc3Y=?=' }, 'bücher.csv'],
      ['its metadata as S3 encodes it by Q', { 'x-amz-meta-filename': '=?UTF-8?Q?b=C3=BC_1.csv?=' }, 'bü 1.csv'],
      ['its metadata, without a path', { 'x-amz-meta-filename': '../../etc/books.csv' }, 'books.csv'],
    ] as const) {
      it(`has the name of ${title}`, async () => {
        server.put('object', TEXT, fields)
        const { headers } = await answer((target) => target.download(source('object')))
        expect(nameOf(headers['content-disposition'])).to.equal(name)
      })
    }

    it('takes the name, the type and the tag of the call in place of its own', async () => {
      const { headers } = await answer((target) =>
        target.download(source('reports/2021/june.txt'), 'july.csv', { type: 'text/csv', etag: '"v1"' }),
      )
      expect(headers['content-type']?.toLowerCase()).to.equal('text/csv; charset=utf-8')
      expect([headers.etag, nameOf(headers['content-disposition'])]).to.deep.equal(['"v1"', 'july.csv'])
    })

    it('keeps the coding it is stored in, and not that of its upload', async () => {
      server.put('coded', TEXT, { 'Content-Encoding': 'aws-chunked, gzip' })
      const { headers, text } = await answer((target) => target.file(source('coded')))
      expect([headers['content-encoding'], headers.etag, text]).to.deep.equal(['gzip', TAG, TEXT])
    })

    it('without bytes is sent without a GET', async () => {
      const { status, headers } = await answer((target) => target.file(source('empty.txt')))
      expect([status, headers['content-length']]).to.deep.equal([200, '0'])
      expect(server.log).to.deep.equal(['HEAD'])
    })

    it('answers a range by one GET of the range', async () => {
      const { status, headers, text } = await answer((target) => target.file(source('reports/2021/june.txt')), {
        headers: { Range: 'bytes=2-4' },
      })
      expect([status, headers['content-range'], text]).to.deep.equal([206, 'bytes 2-4/26', 'cde'])
      expect(server.log).to.deep.equal(['HEAD', `GET bytes=2-4 ${TAG}`])
    })

    it('answers several ranges by one GET of each', async () => {
      const { status, text } = await answer((target) => target.file(source('reports/2021/june.txt')), {
        headers: { Range: 'bytes=0-1, -2' },
      })
      expect(status).to.equal(206)
      expect(text).to.match(/\r\n\r\nab\r\n[\s\S]+\r\n\r\nyz\r\n/)
      expect(server.log).to.deep.equal(['HEAD', `GET bytes=0-1 ${TAG}`, `GET bytes=24-25 ${TAG}`])
    })

    for (const [title, init, status] of [
      ['HEAD', { method: 'HEAD' }, 200],
      ['HEAD with a range', { method: 'HEAD', headers: { Range: 'bytes=2-4' } }, 200],
      ['a 304 by the tag', { headers: { 'If-None-Match': TAG } }, 304],
      ['a 304 by the date', { headers: { 'If-Modified-Since': 'Sat, 02 Jan 2021 03:04:05 GMT' } }, 304],
      ['a 412 by the tag', { headers: { 'If-Match': '"other"' } }, 412],
      ['a 412 by the date', { headers: { 'If-Unmodified-Since': 'Fri, 01 Jan 2021 03:04:05 GMT' } }, 412],
      ['a 416', { headers: { Range: 'bytes=26-' } }, 416],
    ] as const) {
      it(`reads no bytes for ${title}`, async () => {
        const answered = await answer((target) => target.file(source('reports/2021/june.txt')), init)
        expect([answered.status, answered.text]).to.deep.equal([status, ''])
        if (status === 200) expect(answered.headers['content-length']).to.equal('26')
        expect(server.log).to.deep.equal(['HEAD'])
      })
    }

    it('reads no bytes for a status without a body', async () => {
      const { status } = await answer((target) => target.setStatus(204).file(source('reports/2021/june.txt')))
      expect(status).to.equal(204)
      expect(server.log).to.deep.equal(['HEAD'])
    })

    it('answers If-Range by the tag: the range, or the whole after a change', async () => {
      const app = await serve((target) => target.file(source('reports/2021/june.txt')))
      const same = await ask(app, { headers: { Range: 'bytes=2-4', 'If-Range': TAG } })
      const other = await ask(app, { headers: { Range: 'bytes=2-4', 'If-Range': '"other"' } })
      expect([same.text, other.text]).to.deep.equal(['cde', TEXT])
    })

    it('is sent by a Reply, as often as the Reply', async () => {
      const reply = file(source('reports/2021/june.txt'))
      const app = await serve((target) => target.reply(reply))
      const texts = [await ask(app), await ask(app)].map(({ text }) => text)
      expect(texts).to.deep.equal([TEXT, TEXT])
    })

    it('is made by a function when it is needed', async () => {
      const { text } = await answer((target) => target.file(() => source('reports/2021/june.txt')))
      expect(text).to.equal(TEXT)
    })

    it('of another copy of the package is sent too', async () => {
      const copy = await importSecondCopy('s3/index.ts')
      const { text } = await answer((target) =>
        target.file(copy.s3Source(client, { Bucket: 'b', Key: 'reports/2021/june.txt' })),
      )
      expect(text).to.equal(TEXT)
    })

    it('is read by the methods of an S3, without commands', async () => {
      const s3 = new S3(server.configuration)
      const { text } = await answer((target) =>
        target.file(s3Source(s3, { Bucket: 'b', Key: 'reports/2021/june.txt' })),
      )
      expect(text).to.equal(TEXT)
    })

    it('with a weak tag is read without a condition, which a weak tag never meets', async () => {
      server.put('weak', TEXT, { ETag: 'W/"v1"' })
      const { headers, text } = await answer((target) => target.file(source('weak')))
      expect([headers.etag, text]).to.deep.equal(['W/"v1"', TEXT])
      expect(server.log).to.deep.equal(['HEAD', 'GET'])
    })

    it('tells the progress of its bytes', async () => {
      const { told, whole, onProgress } = collectProgress()
      await answer((target) => target.file(source('reports/2021/june.txt'), { onProgress }))
      await whole
      expect(told.at(-1)).to.deep.equal({ sent: 26, total: 26 })
    })

    for (const Key of ['../other/a.txt', 'a/../../b', './a', 'a/.', '..', 'a\\..\\b']) {
      it(`with the key ${Key} is a 404, and the store is not asked`, async () => {
        const app = await serve((target) => target.file(source(Key)))
        expect((await askForError(app)).status).to.equal(404)
        expect(server.log).to.deep.equal([])
      })
    }
  })

  contract('objects in an archive', ({ answer, serve, askForError }) => {
    const entries = () => [
      { name: 'a.txt', source: source('reports/2021/june.txt') },
      { name: 'b.txt', source: source('empty.txt') },
    ]

    it('are entries, each read by one GET', async () => {
      const { body } = await answer((target) => target.zip(entries(), 'all.zip'))
      expect(readZip(body)).to.deep.equal({ 'a.txt': TEXT, 'b.txt': '' })
      expect(server.log.filter((line) => line.startsWith('GET'))).to.deep.equal([`GET ${TAG}`])
    })

    it('give the length of an archive that is not compressed', async () => {
      const { headers, body } = await answer((target) => target.zip(entries(), 'all.zip', { compress: false }))
      expect(headers['content-length']).to.equal(`${body.length}`)
      expect(readZip(body)).to.deep.equal({ 'a.txt': TEXT, 'b.txt': '' })
    })

    it('HEAD reads no bytes', async () => {
      await answer((target) => target.zip(entries(), 'all.zip', { compress: false }), { method: 'HEAD' })
      expect(server.log.filter((line) => line.startsWith('GET'))).to.deep.equal([])
    })

    for (const method of ['GET', 'HEAD']) {
      it(`a first entry that is missing is a 404 to ${method}`, async () => {
        const app = await serve((target) => target.zip([{ name: 'a.txt', source: source('missing') }], 'all.zip'))
        expect((await askForError(app, { method })).status).to.equal(404)
      })
    }

    it('an object that was replaced before its bytes were read is read again', async () => {
      let isReplaced = false
      server.fault = ({ res, method }) => {
        if (method === 'HEAD' || isReplaced) return undefined
        isReplaced = true
        return S3Server.fail(res, 412, 'PreconditionFailed')
      }
      const { body } = await answer((target) => target.zip(entries(), 'all.zip'))
      expect(readZip(body)).to.deep.equal({ 'a.txt': TEXT, 'b.txt': '' })
    })
  })
})
