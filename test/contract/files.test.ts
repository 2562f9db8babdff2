import { symlinkSync } from 'node:fs'
import { expect } from 'chai'
import { parse } from 'content-disposition'
import type { FileCallback, ResponseMethods } from '../../src/index.js'
import { contract } from '../support/contract.js'
import { Sandbox } from '../support/sandbox.js'

const sandbox = new Sandbox()
const MODIFIED = 'Sat, 02 Jan 2021 03:04:05 GMT'
const alphabet = sandbox.write('alphabet.txt', 'abcdefghijklmnopqrstuvwxyz')
const page = sandbox.write('page.html', '<p>page</p>')
const large = sandbox.write('large.bin', Buffer.alloc(3_000_000, 'large file '))
sandbox.write('below/inner.txt', 'inner')
sandbox.write('.secret/key.txt', 'key')
sandbox.write('root/a.txt', 'a')
symlinkSync(alphabet, sandbox.path('root/out.txt'))
symlinkSync(sandbox.path('nowhere'), sandbox.path('root/dangling.txt'))
symlinkSync(sandbox.path('root/a.txt'), sandbox.path('root/in.txt'))
after(() => sandbox.remove())

contract('file()', ({ answer }) => {
  it('shows the file: media type, length, validators, Accept-Ranges, inline', async () => {
    const { status, headers, text } = await answer((target) => target.file(alphabet))
    expect(status).to.equal(200)
    expect(headers).to.include({
      'content-type': 'text/plain; charset=utf-8',
      'content-length': '26',
      'last-modified': MODIFIED,
      'accept-ranges': 'bytes',
      'cache-control': 'public, max-age=0',
      'content-disposition': 'inline; filename=alphabet.txt',
      'x-content-type-options': 'nosniff',
    })
    expect(headers.etag).to.match(/^"[\x21\x23-\x7e]+"$/) // strong
    expect(text).to.equal('abcdefghijklmnopqrstuvwxyz')
  })

  it('inline: false saves it', async () => {
    const { headers } = await answer((target) => target.file(alphabet, { inline: false }))
    expect(headers['content-disposition']).to.equal('attachment; filename=alphabet.txt')
  })

  it('sends a large file whole', async () => {
    const { headers, body } = await answer((target) => target.file(large))
    expect(headers['content-length']).to.equal('3000000')
    expect(body.equals(Buffer.alloc(3_000_000, 'large file '))).to.equal(true)
  })

  it('sends an empty file', async () => {
    const empty = sandbox.write('empty.txt', '')
    const { status, headers, body } = await answer((target) => target.file(empty))
    expect(status).to.equal(200)
    expect(headers['content-length']).to.equal('0')
    expect(body).to.have.length(0)
  })

  it('HEAD has the fields of GET and no body; Range on it is ignored (RFC 9110 §14.2)', async () => {
    const get = await answer((target) => target.file(alphabet))
    const head = await answer((target) => target.file(alphabet), { method: 'HEAD', headers: { Range: 'bytes=0-1' } })
    expect(head.status).to.equal(200)
    expect(head.headers).to.include({ 'content-length': '26', etag: get.headers.etag, 'accept-ranges': 'bytes' })
    expect(head.body).to.have.length(0)
  })

  it('keeps what the handler staged', async () => {
    const { status, headers } = await answer((target) =>
      target
        .setStatus(201)
        .setHeaders({ 'Content-Type': 'a/b', 'Cache-Control': 'no-store', ETag: '"mine"', 'Last-Modified': MODIFIED })
        .file(page),
    )
    expect(status).to.equal(201)
    expect(headers).to.include({ 'content-type': 'a/b', 'cache-control': 'no-store', etag: '"mine"' })
  })
})

contract('download()', ({ answer }) => {
  it('saves the file under its own name', async () => {
    const { status, headers, text } = await answer((target) => target.download(page))
    expect(status).to.equal(200)
    expect(headers['content-disposition']).to.match(/^attachment; filename="?page\.html"?$/)
    expect(headers['content-type']?.toLowerCase()).to.equal('text/html; charset=utf-8')
    expect(text).to.equal('<p>page</p>')
  })

  it('uses a filename as it is, and the type of the file if the name has none', async () => {
    const { headers } = await answer((target) => target.download(page, 'document'))
    expect(headers['content-disposition']).to.match(/^attachment; filename="?document"?$/)
    expect(headers['content-type']?.toLowerCase()).to.equal('text/html; charset=utf-8')
  })

  it("gives a name the file's extension", async () => {
    const { headers } = await answer((target) => target.download(page, { name: 'invoice-2021-01' }))
    expect(headers['content-disposition']).to.match(/^attachment; filename="?invoice-2021-01\.html"?$/)
  })

  for (const name of ['Invoice example.com', 'Intro to Node.js', 'allegro.pl', 'report']) {
    it(`the type of a PDF that is saved as ${name} is that of the file`, async () => {
      const pdf = sandbox.write('17.pdf', '%PDF-1.7')
      const friendly = await answer((target) => target.download(pdf, { name }))
      expect(friendly.headers['content-type']).to.equal('application/pdf')
      expect(parse(friendly.headers['content-disposition'] ?? '').parameters.filename).to.equal(`${name}.pdf`)
      const literal = await answer((target) => target.download(pdf, name))
      expect(literal.headers['content-type']).to.equal('application/pdf')
      expect(parse(literal.headers['content-disposition'] ?? '').parameters.filename).to.equal(name)
    })
  }

  it('the name decides the type if the file has no extension, or if there is no file', async () => {
    const upload = sandbox.write('8f3e2a', 'a,b')
    for (const source of [upload, Buffer.from('a,b')]) {
      const { headers } = await answer((target) => target.download(source, 'table.csv'))
      expect(headers['content-type']?.toLowerCase()).to.equal('text/csv; charset=utf-8')
    }
  })

  it('writes a unicode name as RFC 8187 has it, beside an ASCII one (RFC 6266 §4.3)', async () => {
    const { headers } = await answer((target) => target.download(page, 'résumé €.html'))
    expect(headers['content-disposition']).to.equal(
      `attachment; filename="resume _.html"; filename*=UTF-8''r%C3%A9sum%C3%A9%20%E2%82%AC.html`,
    )
  })

  it('lets no path, control or bidi character into the name', async () => {
    const { headers } = await answer((target) => target.download(page, '../../etc/a\r\nSet-Cookie: x\u202Efdp.exe'))
    expect(headers['content-disposition']).to.match(/^attachment; filename="aSet-Cookie: xfdp\.exe"$/)
    expect(headers).not.to.have.property('set-cookie')
  })

  it('inline: true shows it', async () => {
    const { headers } = await answer((target) => target.download(page, { inline: true }))
    expect(headers['content-disposition']).to.match(/^inline; filename="?page\.html"?$/)
  })

  it('maxAge counts milliseconds or carries its unit, as in Express', async () => {
    const four = await answer((target) => target.download(page, { maxAge: '4h', immutable: true }))
    expect(four.headers['cache-control']).to.equal('public, max-age=14400, immutable')
    const two = await answer((target) => target.download(page, { maxAge: 2000 }))
    expect(two.headers['cache-control']).to.equal('public, max-age=2')
    const none = await answer((target) => target.download(page, { cacheControl: false }))
    expect(none.headers).not.to.have.property('cache-control')
  })

  it('headers are sent with it, the last of a name counting, Content-Disposition not at all', async () => {
    const headers = { 'X-Foo': 'Bar', 'x-foo': 'bar', 'Content-Type': 'text/x-custom', 'content-disposition': 'inline' }
    const { headers: sent } = await answer((target) => target.download(page, { headers }))
    expect(sent).to.include({ 'x-foo': 'bar', 'content-type': 'text/x-custom; charset=utf-8' })
    expect(sent['content-disposition']).to.match(/^attachment/)
  })

  it('etag: false, lastModified: false and acceptRanges: false send none', async () => {
    const { headers } = await answer((target) =>
      target.download(page, { etag: false, lastModified: false, acceptRanges: false }),
    )
    expect(headers).not.to.have.any.keys('etag', 'last-modified', 'accept-ranges')
  })

  it("etag: 'weak', and a given one", async () => {
    const weak = await answer((target) => target.download(page, { etag: 'weak' }))
    expect(weak.headers.etag).to.match(/^W\/"/)
    const given = await answer((target) => target.download(page, { etag: '"v1"' }))
    expect(given.headers.etag).to.equal('"v1"')
  })
})

contract('preconditions of files (RFC 9110 §13)', ({ answer }) => {
  const ask = (headers: Record<string, string>, method = 'GET') =>
    answer((target) => target.download(alphabet, { etag: '"v1"' }), { headers, method })

  it('If-None-Match answers 304 with ETag and Cache-Control and no content field (§15.4.5)', async () => {
    const { status, headers, body } = await ask({ 'If-None-Match': '"v0", W/"v1"' })
    expect(status).to.equal(304)
    // The weak tag is what the client holds: a strong one would name a body that was perhaps coded on its way.
    expect(headers).to.include({ etag: 'W/"v1"', 'cache-control': 'public, max-age=0' })
    expect(headers).not.to.have.any.keys(
      'content-length',
      'content-type',
      'content-disposition',
      'accept-ranges',
      'last-modified',
      'x-content-type-options',
    )
    expect(body).to.have.length(0)
  })

  it('304 names what the client holds by the strong tag if the client does', async () => {
    for (const known of ['"v1"', 'W/"v1", "v1"', '*']) {
      expect((await ask({ 'If-None-Match': known })).headers.etag).to.equal('"v1"')
    }
  })

  it('If-Modified-Since answers 304 up to the very second, and is ignored beside If-None-Match', async () => {
    expect((await ask({ 'If-Modified-Since': MODIFIED })).status).to.equal(304)
    expect((await ask({ 'If-Modified-Since': 'Sat, 02 Jan 2021 03:04:04 GMT' })).status).to.equal(200)
    expect((await ask({ 'If-Modified-Since': MODIFIED, 'If-None-Match': '"other"' })).status).to.equal(200)
  })

  it('If-Match and If-Unmodified-Since answer 412 without the fields of the file', async () => {
    for (const headers of [
      { 'If-Match': '"other"' },
      { 'If-Match': 'W/"v1"' },
      { 'If-Unmodified-Since': 'Sat, 02 Jan 2021 03:04:04 GMT' },
    ]) {
      const { status, headers: sent } = await ask(headers)
      expect(status).to.equal(412)
      expect(sent).not.to.have.any.keys('content-disposition', 'etag', 'last-modified', 'content-range')
    }
    expect((await ask({ 'If-Match': '"v1"' })).status).to.equal(200)
    expect((await ask({ 'If-Match': '*' })).status).to.equal(200)
  })

  it('HEAD is conditional like GET', async () => {
    expect((await ask({ 'If-None-Match': '"v1"' }, 'HEAD')).status).to.equal(304)
  })
})

contract('a single range (RFC 9110 §14)', ({ answer }) => {
  const ask = (range: string, headers: Record<string, string> = {}) =>
    answer((target) => target.file(alphabet, { etag: '"v1"' }), { headers: { Range: range, ...headers } })

  for (const [range, contentRange, text] of [
    ['bytes=0-2', 'bytes 0-2/26', 'abc'],
    ['bytes=23-', 'bytes 23-25/26', 'xyz'],
    ['bytes=-2', 'bytes 24-25/26', 'yz'],
    ['bytes=20-99', 'bytes 20-25/26', 'uvwxyz'],
    ['bytes=-99', 'bytes 0-25/26', 'abcdefghijklmnopqrstuvwxyz'],
    ['BYTES=1-1', 'bytes 1-1/26', 'b'],
  ] as const) {
    it(`${range} is ${contentRange}`, async () => {
      const { status, headers, text: body } = await ask(range)
      expect(status).to.equal(206)
      expect(headers).to.include({ 'content-range': contentRange, 'content-length': String(text.length) })
      expect(headers['cache-control']).to.equal('public, max-age=0, no-transform')
      expect(body).to.equal(text)
    })
  }

  for (const range of ['bytes=26-', 'bytes=99-100', 'bytes=-0']) {
    it(`${range} is 416 with the length there is (§15.5.17)`, async () => {
      const { status, headers } = await ask(range)
      expect(status).to.equal(416)
      expect(headers['content-range']).to.equal('bytes */26')
      expect(headers).not.to.have.any.keys('content-disposition', 'etag', 'last-modified')
    })
  }

  for (const range of ['bytes=2-1', 'bytes=a-b', 'bytes', 'bytes=-', 'lines=0-1', 'bytes=0x1-2', 'bytes=1 - 2']) {
    it(`${range} is ignored`, async () => {
      expect((await ask(range)).status).to.equal(200)
    })
  }

  it('If-Range takes the strong entity-tag and exactly the date, nothing else (§13.1.5)', async () => {
    expect((await ask('bytes=0-2', { 'If-Range': '"v1"' })).status).to.equal(206)
    expect((await ask('bytes=0-2', { 'If-Range': 'W/"v1"' })).status).to.equal(200)
    expect((await ask('bytes=0-2', { 'If-Range': '"v2"' })).status).to.equal(200)
    expect((await ask('bytes=0-2', { 'If-Range': MODIFIED })).status).to.equal(206)
    expect((await ask('bytes=0-2', { 'If-Range': 'Sat, 02 Jan 2021 03:04:06 GMT' })).status).to.equal(200)
  })

  it('a range of a large file is exactly its bytes', async () => {
    const whole = Buffer.alloc(3_000_000, 'large file ')
    const { body } = await answer((target) => target.file(large), { headers: { Range: 'bytes=1000001-2500000' } })
    expect(body.equals(whole.subarray(1_000_001, 2_500_001))).to.equal(true)
  })

  it('is not for a status other than 200, nor for another method than GET', async () => {
    const created = await answer((target) => target.setStatus(201).file(alphabet), { headers: { Range: 'bytes=0-1' } })
    expect(created.status).to.equal(201)
    const post = await answer((target) => target.file(alphabet), { method: 'POST', headers: { Range: 'bytes=0-1' } })
    expect(post.status).to.equal(200)
  })
})

contract('a range of an empty file (RFC 9110 §14.2)', ({ answer }) => {
  const path = sandbox.write('nothing.txt', '')
  sandbox.write('coded.txt', 'not empty')
  sandbox.write('coded.txt.gz', '')
  for (const [title, source, options, kit] of [
    ['a file', path, {}, {}],
    ['a file in memory', path, {}, { files: { cache: {} } }],
    ['a sibling', sandbox.path('coded.txt'), { precompressed: ['gzip'] }, {}],
    ['a Buffer', Buffer.alloc(0), {}, {}],
    ['an ArrayBuffer', new ArrayBuffer(0), {}, {}],
    ['a Blob', new Blob([]), {}, {}],
    ['random access', { size: 0, read: () => Buffer.alloc(0) }, {}, {}],
    ['a file with progress', path, { onProgress: () => {} }, {}],
  ] as const) {
    it(`is the whole: ${title}`, async () => {
      for (const range of ['0-', '0-0', '0-99', '0-,-1', '-1', '-0', '5-', '0-0,5-9', '99-100']) {
        const sent = await answer(
          (target) => target.file(source, options),
          { headers: { Range: `bytes=${range}`, 'Accept-Encoding': 'gzip' } },
          { kit },
        )
        expect([range, sent.status, sent.body.length]).to.deep.equal([range, 200, 0])
        expect(sent.headers).to.include({ 'content-length': '0' })
        expect(sent.headers).not.to.have.property('content-range')
      }
    })
  }
})

contract('root', ({ answer, serve, askForError }) => {
  const root = sandbox.root

  it('is what a relative path is below; `..` may take back what stands before it', async () => {
    expect((await answer((target) => target.file('below/inner.txt', { root }))).text).to.equal('inner')
    expect((await answer((target) => target.file('x/../below/inner.txt', { root }))).text).to.equal('inner')
    expect((await answer((target) => target.file('below/inner.txt'), {}, { kit: { files: { root } } })).text).to.equal(
      'inner',
    )
  })

  for (const [path, status] of [
    ['../alphabet.txt', 403],
    ['a/../../alphabet.txt', 403],
    [alphabet, 403],
    ['below\\inner.txt', 403],
    ['c:/windows', 403],
    ['./c:/windows', 403],
    ['x/../C:windows', 403],
    ['//server/share', 403],
    ['NUL', 403],
    ['com1.txt', 403],
    ['a\0b', 400],
    ['', 404],
    ['.', 404],
    ['/', 403],
    ['none.txt', 404],
    ['below', 404],
    ['below/', 404],
    ['below/inner.txt/', 404],
    ['below/inner.txt/x', 404],
    ['.secret/key.txt', 404],
  ] as const) {
    it(`${JSON.stringify(path.replace(root, ''))} is ${status}`, async () => {
      const app = await serve((target) => target.download(path, { root }))
      const { status: sent, headers, text } = await askForError(app)
      expect(sent).to.equal(status)
      expect(headers).not.to.have.any.keys('content-disposition', 'etag', 'last-modified')
      if (status < 500) expect(text).not.to.include(root)
      expect(app.errors).to.have.length(1)
    })
  }

  it('a symbolic link out of it is not found, whether there is something or not', async () => {
    const inside = sandbox.path('root')
    const bodies = []
    for (const path of ['out.txt', 'dangling.txt']) {
      const app = await serve((target) => target.download(path, { root: inside }))
      const { status } = await askForError(app)
      expect(status).to.equal(404)
      bodies.push(app.errors[0]?.message)
    }
    expect(bodies[0]).to.equal(bodies[1])
    expect((await answer((target) => target.file('in.txt', { root: inside }))).text).to.equal('a')
  })

  it('followSymlinks lets them', async () => {
    const kit = { files: { root: sandbox.path('root'), followSymlinks: true } }
    expect((await answer((target) => target.file('out.txt'), {}, { kit })).text).to.equal('abcdefghijklmnopqrstuvwxyz')
  })

  it('dotfiles: 403 when denied, sent when allowed', async () => {
    const app = await serve((target) => target.file('.secret/key.txt', { root, dotfiles: 'deny' }))
    expect((await askForError(app)).status).to.equal(403)
    expect((await answer((target) => target.file('.secret/key.txt', { root, dotfiles: 'allow' }))).text).to.equal('key')
  })
})

contract('the callback of file() and download()', ({ serve, ask, askForError, framework }) => {
  for (const call of ['file', 'download'] as const) {
    const send = (target: ResponseMethods, source: string, callback: FileCallback): void =>
      call === 'file' ? target.file(source, {}, callback) : target.download(source, {}, callback)

    it(`${call}() calls it without an error when the answer has ended`, async () => {
      const calls: unknown[][] = []
      const app = await serve((target) => send(target, alphabet, (...args) => calls.push(args)))
      await ask(app)
      expect(calls).to.have.length(1)
      expect(calls[0]?.[0]).to.equal(undefined)
    })

    it(`${call}() gives it ENOENT with status 404 in place of the framework, and it may answer`, async () => {
      const app = await serve((target) =>
        send(target, sandbox.path('none'), (error) => {
          const { code, status } = error as Error & { code: string; status: number }
          target.text(`got ${status} ${code}`)
        }),
      )
      const { status, text, headers } = await ask(app)
      expect(status).to.equal(200)
      expect(text).to.equal('got 404 ENOENT')
      expect(headers).not.to.have.property('content-disposition')
      expect(app.errors).to.have.length(0)
    })

    it(`${call}() returns a promise that still resolves`, async () => {
      let settled: unknown = 'waits'
      const app = await serve(async (target) => {
        settled = await send(target, sandbox.path('none'), () => target.text('none'))
      })
      expect((await ask(app)).text).to.equal('none')
      expect(settled).to.equal(undefined)
    })
  }

  it('may stand second or third in file(), also beside undefined', async () => {
    let calls = 0
    const done = (): void => void calls++
    for (const send of [
      (target: any) => target.file(alphabet, done),
      (target: any) => target.file(alphabet, { maxAge: 0 }, done),
      (target: any) => target.file(alphabet, undefined, done),
      (target: any) => target.file(alphabet, done, undefined),
    ]) {
      expect((await ask(await serve(send))).status).to.equal(200)
    }
    expect(calls, framework.name).to.equal(4)
  })

  it('is an error of file() if it is no function, or stands before the options', async () => {
    for (const given of [
      [{}, 7],
      [undefined, {}],
      [{}, 'x'],
      [() => {}, {}],
      [() => {}, () => {}],
    ]) {
      const app = await serve((target) => (target as any).file(alphabet, ...given))
      expect((await askForError(app)).status).to.equal(500)
      expect(app.errors[0]).to.have.property('code', 'INVALID_ARGUMENT')
      expect(app.errors[0]?.message).to.match(/^file\(\): (?:callback|options) must be /)
    }
  })

  it('may stand second, third or fourth', async () => {
    let calls = 0
    const done = (): void => void calls++
    for (const send of [
      (target: any) => target.download(alphabet, done),
      (target: any) => target.download(alphabet, 'x', done),
      (target: any) => target.download(alphabet, { maxAge: 0 }, done),
      (target: any) => target.download(alphabet, 'x', { maxAge: 0 }, done),
      (target: any) => target.download(alphabet, null, { maxAge: 0 }, done),
    ]) {
      expect((await ask(await serve(send))).status).to.equal(200)
    }
    expect(calls, framework.name).to.equal(5)
  })
})

contract('misuse of file() and download()', ({ serve, askForError }) => {
  for (const [title, send, message] of [
    ['a number as the source', (target: any) => target.file(42), /source must be .*got 42/],
    ['an unknown option', (target: any) => target.download(page, { maxage: 1 }), /unknown option 'maxage'.*'maxAge'/],
    ['dotfiles', (target: any) => target.file(page, { dotfiles: 'no' }), /'dotfiles'.*'no'/],
    ['maxAge', (target: any) => target.file(page, { maxAge: 'soon' }), /'maxAge'.*'soon'/],
    ['etag', (target: any) => target.file(page, { etag: 'v1' }), /'etag'.*'v1'/],
    ['root', (target: any) => target.file(page, { root: 7 }), /'root'.*7/],
    ['a filename', (target: any) => target.download(page, 7), /filename must be a string, got 7/],
    ['a field value', (target: any) => target.file(page, { headers: { 'X-A': 'a\nb' } }), /X-A/],
  ] as const) {
    it(`${title} is an error that names it, thrown at once`, async () => {
      let thrown: unknown
      const app = await serve((target) => {
        try {
          send(target)
        } catch (error) {
          thrown = error
          throw error
        }
      })
      expect((await askForError(app)).status).to.equal(500)
      expect(thrown).to.be.instanceOf(Error)
      expect((thrown as Error).message).to.match(message)
    })
  }
})
