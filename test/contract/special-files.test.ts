import { existsSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { expect } from 'chai'
import { contract } from '../support/contract.js'
import { readZipBytes } from '../support/read-zip.js'
import { request } from '../support/request.js'
import { Sandbox } from '../support/sandbox.js'

const sandbox = new Sandbox()
after(() => sandbox.remove())

/** Files of the kernel whose text does not change while the test runs. They say that they have 0 or 4096 bytes. */
const KERNEL_FILES = [
  '/proc/version',
  '/proc/filesystems',
  '/proc/sys/kernel/ostype',
  '/proc/self/cmdline',
  '/sys/kernel/mm/transparent_hugepage/enabled',
  '/sys/devices/system/cpu/online',
].filter(existsSync)

contract('files whose size is not that of their bytes', ({ serve }) => {
  if (process.platform !== 'linux') return
  for (const path of KERNEL_FILES) {
    it(`${path} is sent to its end, without length, ranges and validators`, async () => {
      const expected = readFileSync(path, 'latin1')
      expect(expected).not.to.equal('')
      for (const files of [{}, { cache: {} }, { root: '/' }]) {
        const app = await serve((target) => target.file('root' in files ? path.slice(1) : path), { kit: { files } })
        const sent = await request(app.port, { headers: { Range: 'bytes=0-1' } })
        expect([sent.status, sent.body.toString('latin1')]).to.deep.equal([200, expected])
        expect(sent.headers['transfer-encoding']).to.equal('chunked')
        expect(sent.headers).not.to.have.any.keys('content-length', 'accept-ranges', 'etag', 'last-modified')
        const head = await request(app.port, { method: 'HEAD' })
        expect([head.status, head.headers['content-length']]).to.deep.equal([200, undefined])
      }
    })
  }

  // The first page of a process is not mapped. A device without a cable has no speed, and says 4,096 bytes.
  for (const path of ['/proc/self/mem', '/sys/class/net/lo/speed']) {
    it(`${path} cannot be read: an error page, and no length for HEAD`, async function () {
      if (!existsSync(path)) this.skip()
      const app = await serve((target) => target.file(path))
      const { status, body } = await request(app.port)
      expect(status).to.equal(500)
      expect(body.length).to.be.greaterThan(0)
      expect((await request(app.port, { method: 'HEAD' })).headers['content-length']).to.equal(undefined)
    })
  }

  it('go whole into an archive', async () => {
    const app = await serve((target) => target.zip(KERNEL_FILES.map((source) => ({ name: source.slice(1), source }))))
    const { body } = await request(app.port)
    const entries = readZipBytes(body)
    for (const path of KERNEL_FILES) {
      expect(entries[path.slice(1)]?.toString('latin1'), path).to.equal(readFileSync(path, 'latin1'))
    }
  })
})

contract('types that are two things in one', ({ answer }) => {
  const image = '<svg xmlns="http://www.w3.org/2000/svg"/>'
  const bytes = gzipSync(image)
  const svgz = sandbox.write('logo.svgz', bytes)

  for (const [title, send] of [
    ['a path', (target: any) => target.file(svgz)],
    ['a path in capitals', (target: any) => target.file(sandbox.write('LOGO.SVGZ', bytes))],
    ['bytes with a name', (target: any) => target.file(bytes, { name: 'logo.svgz' })],
    ['a download that is shown', (target: any) => target.download(svgz, 'image.svgz', { inline: true })],
    ['random access', (target: any) => target.file({ size: bytes.length, name: 'a.svgz', read: () => bytes })],
  ] as const) {
    it(`.svgz is an SVG image in gzip: ${title}`, async () => {
      const { headers, body } = await answer(send)
      expect(headers).to.include({ 'content-type': 'image/svg+xml', 'content-encoding': 'gzip' })
      expect(body.equals(bytes)).to.equal(true)
    })
  }

  it('.svgz has no sibling: it would be coded twice', async () => {
    sandbox.write('logo.svgz.br', 'as br')
    const sent = await answer((target) => target.file(svgz, { precompressed: ['br'] }), {
      headers: { 'Accept-Encoding': 'br, gzip;q=0.5' },
    })
    expect(sent.headers['content-encoding']).to.equal('gzip')
  })

  it('.svgz that is saved stays as it is: a browser would save what it has decoded', async () => {
    const { headers } = await answer((target) => target.download(svgz))
    expect(headers).not.to.have.property('content-encoding')
  })

  it('.svgz with a type or a coding of the caller keeps that', async () => {
    const typed = await answer((target) => target.file(svgz, { type: 'application/gzip' }))
    expect(typed.headers).not.to.have.property('content-encoding')
    const staged = await answer((target) => target.setHeader('Content-Encoding', 'x-gzip').file(svgz))
    expect(staged.headers['content-encoding']).to.equal('x-gzip')
  })

  for (const [name, type] of [
    ['kit.tgz', 'application/gzip'],
    ['kit.tar.gz', 'application/gzip'],
    ['kit.tbz2', 'application/x-bzip2'],
    ['kit.txz', 'application/x-xz'],
    ['kit.zst', 'application/zstd'],
    ['kit.tar.zst', 'application/zstd'],
  ]) {
    it(`${name} is ${type}`, async () => {
      const path = sandbox.write(`${name}`, 'x')
      expect((await answer((target) => target.download(path))).headers['content-type']).to.equal(type)
    })
  }
})
