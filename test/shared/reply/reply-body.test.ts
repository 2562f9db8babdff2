import { createReadStream } from 'node:fs'
import { PassThrough, Readable } from 'node:stream'
import { expect } from 'chai'
import { download, file, jsonArray, ndjson, Reply, sse, streaming, text, zip } from '../../../src/index.js'

/** Every kind of body that reads a source, and how it is made of a stream. */
const KINDS: readonly [kind: string, make: (source: Readable) => Reply][] = [
  ['streaming', (source) => streaming(source)],
  ['ndjson', (source) => ndjson(source)],
  ['jsonArray', (source) => jsonArray(source)],
  ['sse', (source) => sse(source)],
  ['file', (source) => file(source)],
  ['download', (source) => download(source)],
]

/** The archive owns the streams of its entries: test/contract/zip.test.ts holds their failures. */
const ZIP: (typeof KINDS)[number] = ['zip', (source) => zip([{ name: 'a', source }])]

describe('the source of a Reply', () => {
  for (const [kind, make] of KINDS) {
    it(`${kind}: a stream that fails before the Reply is sent does not end the process, and fails the sending`, async () => {
      const source = createReadStream('/no/such/file')
      const reply = make(source)
      // Without a listener of the Reply, the error is an uncaught exception.
      await new Promise<void>((resolve) => source.once('close', resolve))
      const sent = await reply
        .toWebResponse()
        .then((response) => response.text())
        .then(
          () => undefined,
          (error: unknown) => error,
        )
      expect(sent).to.be.instanceOf(Error)
    })
  }

  for (const [kind, make] of [...KINDS, ZIP]) {
    it(`${kind}: a stream can be sent once`, async () => {
      const reply = make(Readable.from(['a'], { objectMode: kind === 'sse' }))
      await (await reply.toWebResponse()).text()
      const again = await reply.toWebResponse().catch((error: unknown) => error)
      expect(again).to.include({ code: 'ALREADY_SENT' })
    })
  }

  it('one stream in two replies can be sent once', async () => {
    const source = Readable.from(['a'], { objectMode: false })
    const replies = [streaming(source), file(source)] as const
    expect(await (await replies[0].toWebResponse()).text()).to.equal('a')
    expect(await replies[1].toWebResponse().catch((error: unknown) => error)).to.include({ code: 'ALREADY_SENT' })
  })

  const REFUSED: any = { status: 99 }
  const REFUSING: Readonly<Record<string, (source: Readable) => unknown>> = {
    streaming: (source) => streaming(source, REFUSED),
    ndjson: (source) => ndjson(source, REFUSED),
    jsonArray: (source) => jsonArray(source, REFUSED),
    sse: (source) => sse(source, REFUSED),
    file: (source) => file(source, REFUSED),
    download: (source) => download(source, 'x', REFUSED),
    zip: (source) => zip([{ name: 'a', source }], 'x', REFUSED),
    'zip of entries': (source) => zip(source, 'x', REFUSED),
    'new Reply()': (source) => new Reply(source, REFUSED),
    'new Reply() with an unknown option': (source) => new Reply(source, { statu: 200 } as any),
    'new Reply() with a bad field': (source) => new Reply(source, { headers: { 'a b': 'c' } }),
    'new Reply() with a bad cookie': (source) => new Reply(source, { cookies: { 'a b': 'c' } }),
    'new Reply() with a bad type': (source) => new Reply(source, { type: 'text' }),
  }
  for (const [call, refuse] of Object.entries(REFUSING)) {
    it(`${call}: is closed if status, fields or cookies are refused`, () => {
      const source = new PassThrough({ objectMode: true })
      expect(() => refuse(source)).to.throw(/must be|unknown option|cookie/)
      expect(source.destroyed).to.equal(true)
    })
  }

  it('is closed if the Reply gets another body', () => {
    for (const change of [
      (reply: Reply) => reply.setText('x'),
      (reply: Reply) => reply.setStreaming(['x']),
      (reply: Reply) => Object.assign(reply, { html: 'x' }),
      (reply: Reply) => Object.assign(reply.json, { a: 1 }),
    ]) {
      for (const [, make] of [...KINDS, ZIP]) {
        const source = new PassThrough({ objectMode: true })
        change(make(source))
        expect(source.destroyed).to.equal(true)
      }
    }
  })

  it('stays open if another body of the Reply reads it as well', async () => {
    const source = Readable.from(['x'], { objectMode: false })
    const reply = streaming(source)
      .setDownload(source, 'x.txt')
      .setZip([{ name: 'a', source }])
      .setFile(source)
    expect(source.destroyed).to.equal(false)
    expect(await (await reply.toWebResponse()).text()).to.equal('x')
  })

  it('stays open if a Reply that is being sent gets another body', async () => {
    const reply = streaming(Readable.from(['x'], { objectMode: false }))
    const response = await reply.toWebResponse()
    reply.setText('y')
    expect(await response.text()).to.equal('x')
    expect(await (await text('y').toWebResponse()).text()).to.equal('y')
  })

  it('is closed if the head of the Reply is refused', async () => {
    const source = new PassThrough()
    const reply = streaming(source).setCookie('a', '1', { signed: true }) // there are no keys
    expect(await reply.toWebResponse().catch((error: unknown) => error)).to.be.instanceOf(Error)
    expect(source.destroyed).to.equal(true)
  })
})
