import { Readable } from 'node:stream'
import { expect } from 'chai'
import { contract } from '../support/contract.js'
import { readZip } from '../support/read-zip.js'
import { Sandbox } from '../support/sandbox.js'
import { Wire } from '../support/wire.js'

const sandbox = new Sandbox()
const report = sandbox.write('report.txt', 'the report '.repeat(10_000))
after(() => sandbox.remove())

contract('zip()', ({ serve, askForError }) => {
  it('streams every kind of source under unicode names', async () => {
    const app = await serve((target) =>
      target.zip(
        [
          { name: 'berichte/größe €.txt', source: report },
          { name: 'bytes.txt', source: Buffer.from('bytes'), compress: false },
          { name: 'stream.txt', source: Readable.from(['str', 'eam']) },
          { name: 'blob.txt', source: new Blob(['blob']) },
          { name: 'part.txt', source: { size: 4, read: () => Buffer.from('part') } },
          { name: 'empty.txt', source: [] },
        ],
        'alles €.zip',
      ),
    )
    const { status, headers, body } = await askForError(app)
    expect(status).to.equal(200)
    expect(headers).to.include({
      'content-type': 'application/zip',
      'content-disposition': `attachment; filename="alles ?.zip"; filename*=UTF-8''alles%20%E2%82%AC.zip`,
    })
    expect(headers).not.to.have.any.keys('content-length', 'accept-ranges')
    expect(readZip(body)).to.deep.equal({
      'berichte/größe €.txt': 'the report '.repeat(10_000),
      'bytes.txt': 'bytes',
      'stream.txt': 'stream',
      'blob.txt': 'blob',
      'part.txt': 'part',
      'empty.txt': '',
    })
    expect(body.length).to.be.below(5000) // deflated
  })

  it('an archive of nothing is one', async () => {
    const app = await serve((target) => target.zip([]))
    const { status, body } = await askForError(app)
    expect(status).to.equal(200)
    expect(readZip(body)).to.deep.equal({})
  })

  for (const [title, names] of [
    ['a path out of it', ['../x']],
    ['an absolute path', ['/x']],
    ['a path of Windows', ['c:\\x']],
    ['an inner ..', ['a/../../x']],
    ['an empty name', ['']],
    ['a control character', ['a\nb']],
    ['the same name twice', ['x', 'x']],
    ['names that are one on many systems', ['X.txt', 'x.txt']],
  ] as const) {
    it(`refuses ${title} before anything is sent`, async () => {
      const app = await serve((target) => target.zip(names.map((name) => ({ name, source: [] }))))
      expect((await askForError(app)).status).to.equal(500)
      expect(app.errors[0]?.message).to.match(/^zip: entry [01] \(counted from 0\): name must be/)
    })
  }

  it('a missing first entry is a 404', async () => {
    const app = await serve((target) => target.zip([{ name: 'a', source: sandbox.path('missing') }]))
    const { status, headers } = await askForError(app)
    expect(status).to.equal(404)
    expect(headers).not.to.have.property('content-disposition')
  })

  it('one that fails later destroys the connection; the streams behind it are destroyed', async () => {
    const never = Readable.from(['never'])
    const told: string[] = []
    const app = await serve(
      (target) =>
        target.zip([
          { name: 'a', source: report },
          { name: 'b', source: sandbox.path('missing') },
          { name: 'c', source: never },
        ]),
      { kit: { onError: ({ message }) => void told.push(message) } },
    )
    const wire = await Wire.connect(app.port)
    const text = (await wire.get().receiveAll()).toString('latin1')
    expect(text).to.match(/^HTTP\/1\.1 200 OK/)
    expect(text.endsWith('\r\n0\r\n\r\n')).to.equal(false) // no last chunk
    expect(told).to.deep.equal(['File not found'])
    expect(never.destroyed).to.equal(true)
  })
})
