import { createReadStream } from 'node:fs'
import { PassThrough, Readable } from 'node:stream'
import { expect } from 'chai'
import { download, file, jsonArray, ndjson, type Reply, sse, streaming, zip } from '../../../src/index.js'

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

  it('is closed if the head of the Reply is refused', async () => {
    const source = new PassThrough()
    const reply = streaming(source).setCookie('a', '1', { signed: true }) // there are no keys
    expect(await reply.toWebResponse().catch((error: unknown) => error)).to.be.instanceOf(Error)
    expect(source.destroyed).to.equal(true)
  })
})
