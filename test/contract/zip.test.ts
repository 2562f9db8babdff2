import { openAsBlob } from 'node:fs'
import { Readable } from 'node:stream'
import { inspect } from 'node:util'
import { expect } from 'chai'
import type { ZipEntry, ZipOptions } from '../../src/index.js'
import { contract } from '../support/contract.js'
import { readZip } from '../support/read-zip.js'
import { Sandbox } from '../support/sandbox.js'
import { Wire } from '../support/wire.js'

const sandbox = new Sandbox()
const report = sandbox.write('report.txt', 'the report '.repeat(10_000))
const small = sandbox.write('small.txt', 'small')
after(() => sandbox.remove())

const MISSING = sandbox.path('missing')

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
          { name: 'empty.txt', source: new Set() },
        ],
        'alles €.zip',
      ),
    )
    const { status, headers, body } = await askForError(app)
    expect(status).to.equal(200)
    expect(headers).to.include({
      'content-type': 'application/zip',
      'content-disposition': `attachment; filename="alles _.zip"; filename*=UTF-8''alles%20%E2%82%AC.zip`,
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

  it('an archive of nothing has the length of its end record', async () => {
    const app = await serve((target) => target.zip([]))
    const { headers } = await askForError(app)
    expect(headers['content-length']).to.equal('22') // APPNOTE §4.3.16
  })

  it('takes entries from every kind of iterable', async () => {
    const entries: ZipEntry[] = [
      { name: 'a', source: Buffer.from('A') },
      { name: 'b', source: Buffer.from('B') },
    ]
    const makers: (() => Iterable<ZipEntry> | AsyncIterable<ZipEntry>)[] = [
      () => entries,
      () => new Set(entries),
      () => entries.values(),
      async function* () {
        yield* entries
      },
      () => Readable.from(entries),
      () => ReadableStream.from(entries),
    ]
    for (const make of makers) {
      const app = await serve((target) => target.zip(make()))
      const { body } = await askForError(app)
      expect(readZip(body), inspect(make())).to.deep.equal({ a: 'A', b: 'B' })
    }
  })

  for (const kind of ['a generator', 'an async generator']) {
    it(`asks ${kind} for the next entry only after the client has taken the one before it`, async () => {
      let made = 0
      const source = Buffer.alloc(1024 * 1024, 'x')
      function* entries(): Generator<ZipEntry> {
        for (let count = 0; count < 2000; count++) yield { name: `${made++}`, source, compress: false }
      }
      async function* laterEntries(): AsyncGenerator<ZipEntry> {
        yield* entries()
      }
      const app = await serve((target) => target.zip(kind === 'a generator' ? entries() : laterEntries()))
      const wire = await Wire.connect(app.port)
      await wire.get().receive(1000)
      const madeWhenStalled = made
      await wire.receive(40 * 1024 * 1024)
      expect(madeWhenStalled).to.be.below(30) // what the kernel takes, and no more
      expect(made).to.be.above(38)
      wire.reset()
    })
  }

  it('says the length if nothing is compressed and every size is known', async () => {
    const entries: ZipEntry[] = [
      { name: 'größe.txt', source: report, comment: 'größer' },
      { name: 'small.txt', source: small },
      { name: 'empty.txt', source: Buffer.alloc(0) },
      { name: 'bytes', source: Buffer.alloc(200_000, 'b'), mtime: 0 },
      { name: 'limit', source: { size: 65_535, read: () => Buffer.alloc(65_535) } },
      { name: 'above', source: { size: 65_536, read: () => Buffer.alloc(65_536) } },
      { name: 'blob', source: new Blob(['b'.repeat(300_000)]) },
      { name: 'old', source: Buffer.from('x'), mtime: new Date('1850-01-01') },
      { name: 'd/' },
    ]
    const app = await serve((target) => target.zip(entries, 'x.zip', { compress: false }))
    const { headers, body } = await askForError(app)
    expect(Number(headers['content-length'])).to.equal(body.length).and.be.above(500_000)
    expect(readZip(body)['größe.txt']).to.equal('the report '.repeat(10_000))
    const head = await askForError(app, { method: 'HEAD' })
    expect(head.headers['content-length']).to.equal(headers['content-length'])
    expect(head.body.length).to.equal(0)
  })

  for (const [title, entry] of [
    ['an entry is compressed', { name: 'b', source: small, compress: true }],
    ['an entry is a stream', { name: 'b', source: Readable.from(['x'], { objectMode: false }) }],
  ] satisfies [string, ZipEntry][]) {
    it(`says no length if ${title}`, async () => {
      const entries: ZipEntry[] = [{ name: 'a', source: small, compress: false }]
      const app = await serve((target) => target.zip([...entries, { ...entry, source: remade(entry) }], 'x.zip'))
      const { headers } = await askForError(app)
      expect(headers).not.to.have.property('content-length')
    })
  }

  it('leaves a character whole that a source splits between two texts', async () => {
    const halves = '😀'.split('')
    const app = await serve((target) => target.zip([{ name: 'a', source: ['x', ...halves].values() }]))
    expect(readZip((await askForError(app)).body)).to.deep.equal({ a: 'x😀' })
  })

  it('the options of the call count for entries that do not say it themselves', async () => {
    const text = 'same '.repeat(1000)
    const app = await serve((target) =>
      target.zip(
        [
          { name: 'stored', source: Buffer.from(text) },
          { name: 'deflated', source: Buffer.from(text), compress: true },
        ],
        undefined,
        { compress: false },
      ),
    )
    const { body, headers } = await askForError(app)
    expect(readZip(body)).to.deep.equal({ stored: text, deflated: text })
    expect(body.length).to.be.within(text.length, text.length + 500)
    expect(headers['content-disposition']).to.match(/^attachment; filename="?archive\.zip"?$/)
  })

  it("with duplicates: 'rename' every file keeps its bytes", async () => {
    const entries = ['1', '2', '3'].map((text) => ({ name: 'a.txt', source: Buffer.from(text) }))
    const app = await serve((target) => target.zip(entries, 'x.zip', { duplicates: 'rename' }))
    const { body } = await askForError(app)
    expect(readZip(body)).to.deep.equal({ 'a.txt': '1', 'a (2).txt': '2', 'a (3).txt': '3' })
  })

  it("with missing: 'list' the last entry names those that could not be opened, without a path of the server", async () => {
    const told: string[] = []
    const entries: ZipEntry[] = [
      { name: 'first.txt', source: MISSING },
      { name: 'small.txt', source: small },
      { name: 'missing.txt', source: Buffer.from('mine') },
      { name: 'late', source: throwing(0, 'secret') },
      { name: 'read', source: { size: 4, read: () => Promise.reject(new Error('secret')) } },
      { name: 'directory', source: sandbox.root },
    ]
    const app = await serve((target) => target.zip(entries, 'x.zip', { missing: 'list', compress: false }), {
      kit: { onError: ({ message }, { aborted }) => void (aborted || told.push(message)) },
    })
    const { status, body, headers } = await askForError(app)
    expect(status).to.equal(200)
    expect(headers).not.to.have.property('content-length')
    const { 'missing (2).txt': list, ...others } = readZip(body)
    expect(others).to.deep.equal({ 'small.txt': 'small', 'missing.txt': 'mine' })
    expect(list?.split('\n').slice(2)).to.deep.equal([
      'first.txt: File not found',
      'late: could not be read',
      'read: could not be read',
      'directory: File not found',
      '',
    ])
    expect(told).to.deep.equal(['File not found', 'secret', 'secret', 'File not found'])
  })

  it("with missing: 'list' an entry is left out also if nothing is compressed and its size was known", async () => {
    const sources: Record<string, () => ZipEntry['source'] | Promise<ZipEntry['source']>> = {
      'a source that cannot be read': () => ({ size: 4, read: () => Promise.reject(new Error('secret')) }),
      'a source that gives less': () => ({ size: 4, read: () => ['abc'] }),
      'a Blob of a file that has changed': async () => {
        const file = sandbox.write('changed', 'abc')
        const blob = await openAsBlob(file)
        sandbox.write('changed', 'abcdef')
        return blob
      },
    }
    for (const [title, open] of Object.entries(sources)) {
      const entries = [
        { name: 'small.txt', source: small },
        { name: 'late', source: await open() },
      ]
      const app = await serve((target) => target.zip(entries, 'x.zip', { missing: 'list', compress: false }))
      const { body } = await askForError(app)
      expect(Object.keys(readZip(body)), title).to.deep.equal(['small.txt', 'missing.txt'])
    }
  })

  it("with missing: 'list' the length is known if all sources are bytes", async () => {
    const entries = [{ name: 'a/' }, { name: 'b', source: Buffer.from('b') }]
    const app = await serve((target) => target.zip(entries, 'x.zip', { missing: 'list', compress: false }))
    const { headers, body } = await askForError(app)
    expect(headers['content-length']).to.equal(`${body.length}`)
    expect(readZip(body)).to.deep.equal({ 'a/': '', b: 'b' })
  })

  it("with missing: 'list' an entry that fails after its first bytes still cuts the archive", async () => {
    const app = await serve((target) =>
      target.zip([{ name: 'a', source: throwing(100) }], 'x.zip', { missing: 'list', compress: false }),
    )
    const wire = await Wire.connect(app.port)
    const text = (await wire.get().receiveAll()).toString('latin1')
    expect(text).to.match(/^HTTP\/1\.1 200 OK/)
    expect(text.endsWith('\r\n0\r\n\r\n')).to.equal(false)
  })

  for (const [title, entry, message] of [
    ['a path out of it', { name: '../x' }, 'name must be'],
    ['an absolute path', { name: '/x' }, 'name must be'],
    ['a path of Windows', { name: 'c:\\x' }, 'name must be'],
    ['an inner ..', { name: 'a/../../x' }, 'name must be'],
    ['.. that a zero-width space hides', { name: '.\u200b./x' }, 'name must be'],
    ['an empty name', { name: '' }, 'name must be'],
    ['a control character', { name: 'a\nb' }, 'name must be'],
    ['the same name twice', { name: 'X' }, 'name must be'],
    ['names that are one on many systems', { name: 'x' }, 'name must be'],
    ['a file below a file', { name: 'X/y' }, 'name must be'],
    ['a name that is no string', { name: ['y'] }, 'name must be'],
    ['a file without a source', { name: 'y', source: undefined }, 'source must be'],
    ['a directory with a source', { name: 'y/' }, 'source must be'],
    ['a number as the source', { name: 'y', source: 7 }, 'source must be'],
    ['compress that is no boolean', { name: 'y', compress: 'no' }, 'compress must be'],
    ['an invalid date', { name: 'y', mtime: new Date(Number.NaN) }, 'mtime must be'],
    ['a date as text', { name: 'y', mtime: '2021-01-01' }, 'mtime must be'],
    ['a mode as text', { name: 'y', mode: '644' }, 'mode must be'],
    ['a negative mode', { name: 'y', mode: -1 }, 'mode must be'],
    ['a mode out of range', { name: 'y', mode: 0x10000 }, 'mode must be'],
    ['a comment that is no string', { name: 'y', comment: 7 }, 'comment must be'],
    ['a comment longer than the format allows', { name: 'y', comment: 'é'.repeat(40_000) }, 'comment must be'],
    ['a comment with an escape sequence', { name: 'y', comment: '\u001b[2J' }, 'comment must be'],
  ] as const) {
    it(`refuses ${title} before anything is sent`, async () => {
      const source = Buffer.from('x')
      const app = await serve((target) => {
        const entries: unknown = [
          { name: 'X', source },
          { source, ...entry },
        ]
        return target.zip(entries as ZipEntry[])
      })
      expect((await askForError(app)).status).to.equal(500)
      const [error] = app.errors
      expect(error?.message.startsWith(`zip: entry 1 (counted from 0): ${message}`), error?.message).to.equal(true)
      expect(error).to.have.property('code', 'INVALID_ARGUMENT')
    })
  }

  it('refuses a bad entry far down a long list before anything is sent', async () => {
    const entries = Array.from({ length: 3000 }, (_, index) => ({ name: `${index}`, source: small }))
    entries.push({ name: '../x', source: small })
    const app = await serve((target) => target.zip(entries))
    expect((await askForError(app)).status).to.equal(500)
    expect(app.errors[0]?.message).to.match(/^zip: entry 3000 \(counted from 0\): name must be/)
  })

  for (const [title, given] of [
    ['text', 'entries'],
    ['nothing', undefined],
    ['null', null],
    ['one entry', { name: 'a', source: small }],
    ['bytes', Buffer.from('x')],
    ['a list of text', ['a']],
    ['a list with a hole', [undefined]],
  ] as const) {
    it(`refuses ${title} in place of a list of entries`, async () => {
      const app = await serve((target) => target.zip(given as unknown as ZipEntry[]))
      expect((await askForError(app)).status).to.equal(500)
      expect(app.errors[0]).to.have.property('code', 'INVALID_ARGUMENT')
      expect(app.errors[0]?.message).to.match(/^zip: (?:entries|entry 0 \(counted from 0\)) must be/)
    })
  }

  for (const [title, options, message] of [
    ['an unknown option', { compres: true }, "zip(): unknown option 'compres'"],
    ['compress', { compress: 1 }, "zip(): option 'compress' must be a boolean, got 1"],
    ['duplicates', { duplicates: 'skip' }, "zip(): option 'duplicates' must be 'error' or 'rename', got 'skip'"],
    ['missing', { missing: true }, "zip(): option 'missing' must be 'cut' or 'list', got true"],
  ] as const) {
    it(`refuses a bad option: ${title}`, async () => {
      const app = await serve((target) => target.zip([], 'x.zip', options as unknown as ZipOptions))
      expect((await askForError(app)).status).to.equal(500)
      expect(app.errors[0]).to.include({ code: 'INVALID_OPTION' })
      expect(app.errors[0]?.message).to.contain(message)
    })
  }

  it('refuses a filename that is no string', async () => {
    const app = await serve((target) => target.zip([], ['x.zip'] as unknown as string))
    expect((await askForError(app)).status).to.equal(500)
    expect(app.errors[0]?.message).to.match(/^zip\(\): filename must be a string/)
  })

  it('paths stay below the root', async () => {
    const zipOf = (source: string, options?: ZipOptions) =>
      serve((target) => target.zip([{ name: 'a', source }], 'x.zip', options), {
        kit: { files: { root: sandbox.root } },
      })
    expect(readZip((await askForError(await zipOf('small.txt'))).body)).to.deep.equal({ a: 'small' })
    expect((await askForError(await zipOf('/etc/passwd'))).status).to.equal(403)
    expect((await askForError(await zipOf('../../etc/passwd'))).status).to.equal(403)
    expect((await askForError(await zipOf('small.txt', { root: sandbox.path('nowhere') }))).status).to.equal(404)
    const list = ['small.txt'] as unknown as string // as a query makes it
    expect((await askForError(await zipOf(list, { root: sandbox.root }))).status).to.equal(500)
  })

  it('takes no notice of a Range: an archive is made again for each request', async () => {
    const app = await serve((target) => target.zip([{ name: 'a', source: small, compress: false }]))
    for (const fields of [
      { range: 'bytes=0-9' },
      { range: 'bytes=0-9', 'if-range': '"x"' },
      { range: 'bytes=1-2,4-5' },
    ]) {
      const { status, headers, body } = await askForError(app, { headers: fields })
      expect(status).to.equal(200)
      expect(headers).not.to.have.any.keys('content-range', 'accept-ranges')
      expect(readZip(body)).to.deep.equal({ a: 'small' })
    }
  })

  for (const [title, body, message] of [
    ['a string', '"/etc/passwd"', 'entries must be'],
    ['a number', '7', 'entries must be'],
    ['null', 'null', 'entries must be'],
    ['an object', '{"name":"a","source":"/etc/passwd"}', 'entries must be'],
    ['an object with a length', '{"length":1,"0":{"name":"a","source":"x"}}', 'entries must be'],
    ['a list of strings', '["/etc/passwd"]', 'entry 0 (counted from 0) must be'],
    ['a list of lists', '[["/etc/passwd"]]', 'entry 0 (counted from 0): name must be'],
    ['a list of null', '[null]', 'entry 0 (counted from 0) must be'],
    [
      'a source that is an object',
      '[{"name":"a","source":{"path":"/etc/passwd"}}]',
      'entry 0 (counted from 0): source',
    ],
    ['a source with a size', '[{"name":"a","source":{"size":1,"read":"x"}}]', 'entry 0 (counted from 0): source'],
    [
      'a Buffer as JSON has it',
      '[{"name":"a","source":{"type":"Buffer","data":[1]}}]',
      'entry 0 (counted from 0): source',
    ],
    ['a name that is a list', '[{"name":["a"],"source":"x"}]', 'entry 0 (counted from 0): name must be'],
    ['an own __proto__', '[{"__proto__":{"name":"a","source":"x"}}]', 'entry 0 (counted from 0): name must be'],
  ] as const) {
    it(`refuses the body of a request that is ${title}`, async () => {
      const app = await serve((target) => target.zip(JSON.parse(body)))
      expect((await askForError(app)).status).to.equal(500)
      expect(app.errors[0]).to.include({ code: 'INVALID_ARGUMENT' })
      expect(app.errors[0]?.message)
        .to.match(/^zip: /)
        .and.contain(message)
    })
  }

  for (const kit of [{ files: { root: sandbox.root } }, {}]) {
    it(`a client that names the sources stays below the root of the ${kit.files ? 'app' : 'call'}`, async () => {
      for (const source of [
        '/etc/passwd',
        '../../../../etc/passwd',
        'x/../../etc/passwd',
        'C:\\x',
        '\\\\host\\x',
        'a\0',
      ]) {
        const entries = JSON.parse(JSON.stringify([{ name: 'a', source }]))
        const options = kit.files ? {} : { root: sandbox.root }
        const app = await serve((target) => target.zip(entries, 'x.zip', options), { kit })
        expect((await askForError(app)).status).to.be.oneOf([400, 403, 404])
      }
    })
  }

  it('a missing first entry is a 404', async () => {
    const app = await serve((target) => target.zip([{ name: 'a', source: MISSING }]))
    const { status, headers } = await askForError(app)
    expect(status).to.equal(404)
    expect(headers).not.to.have.property('content-disposition')
  })

  it('one that fails later destroys the connection; the streams after it are destroyed', async () => {
    const never = Readable.from(['never'])
    const told: string[] = []
    const app = await serve(
      (target) =>
        target.zip([
          { name: 'a', source: report },
          { name: 'b', source: MISSING },
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

/** Gives this many blocks of 64 kB, then throws. */
function* throwing(blocks: number, message = 'broken'): Generator<Buffer> {
  for (let count = 0; count < blocks; count++) yield Buffer.alloc(64 * 1024, 'x')
  throw new Error(message)
}

/** A stream is read once, and this test asks once for each framework. */
function remade({ source }: ZipEntry): ZipEntry['source'] {
  return source instanceof Readable ? Readable.from(['x'], { objectMode: false }) : source
}
