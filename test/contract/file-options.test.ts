import { createHash } from 'node:crypto'
import { expect } from 'chai'
import { collectProgress } from '../support/collect-progress.js'
import { contract } from '../support/contract.js'
import { Sandbox } from '../support/sandbox.js'

const sandbox = new Sandbox()
const text = 'the quick brown fox '.repeat(50)
const script = sandbox.write('app.js', text)
sandbox.write('app.js.br', 'as br')
sandbox.write('app.js.gz', 'as gzip')
sandbox.write('stale.js', text, new Date('2021-06-01T00:00:00Z'))
sandbox.write('stale.js.gz', 'older than the file')
after(() => sandbox.remove())

contract('precompressed', ({ answer }) => {
  const ask = (accept: string | undefined, headers: Record<string, string> = {}) =>
    answer((target) => target.file(script, { precompressed: ['br', 'gzip'] }), {
      headers: { ...(accept !== undefined && { 'Accept-Encoding': accept }), ...headers },
    })

  for (const [accept, coding] of [
    ['gzip, br', 'br'],
    ['gzip, br;q=0.5', 'gzip'],
    ['gzip;q=0.1', 'gzip'],
    ['*', 'br'],
    ['br;q=0, *;q=0.5', 'gzip'],
    ['identity, gzip;q=0.5', undefined],
    ['gzip;q=0', undefined],
    [undefined, undefined],
  ] as const) {
    it(`Accept-Encoding: ${accept} gets ${coding ?? 'the file itself'} (RFC 9110 §12.5.3)`, async () => {
      const { headers, text: body } = await ask(accept)
      expect(headers['content-encoding']).to.equal(coding)
      expect(body).to.equal(coding === undefined ? text : `as ${coding}`)
      expect(headers.vary).to.equal('Accept-Encoding')
      expect(headers['content-type']).to.equal('text/javascript; charset=utf-8')
      expect(headers['content-disposition']).to.equal('inline; filename=app.js')
    })
  }

  it('each form has an entity-tag of its own, so that ranges of one never continue the other', async () => {
    const [plain, br] = [await ask('identity'), await ask('br')]
    expect(plain.headers.etag).not.to.equal(br.headers.etag)
    const mixed = await ask('br', { Range: 'bytes=0-1', 'If-Range': plain.headers.etag ?? '' })
    expect(mixed.status).to.equal(200)
    const part = await ask('br', { Range: 'bytes=3-4', 'If-Range': br.headers.etag ?? '' })
    expect(part.status).to.equal(206)
    expect(part.text).to.equal('br')
  })

  it('one older than the file is left alone', async () => {
    const { headers } = await answer((target) => target.file(sandbox.path('stale.js'), { precompressed: ['gzip'] }), {
      headers: { 'Accept-Encoding': 'gzip' },
    })
    expect(headers).not.to.have.property('content-encoding')
  })

  for (const [title, file, sibling, isServed] of [
    ['the second of the file without its fraction, as brotli leaves it', 1_700_000_000.75, 1_700_000_000, true],
    ['the very time of the file', 1_700_000_000.75, 1_700_000_000.75, true],
    ['a later second', 1_700_000_000.75, 1_700_000_001, true],
    ['the second before', 1_700_000_000.75, 1_699_999_999, false],
    ['another fraction of the same second', 1_700_000_000.75, 1_700_000_000.5, true],
  ] as const) {
    it(`a sibling of ${title} is ${isServed ? 'sent' : 'left alone'}`, async () => {
      const path = sandbox.write('timed.js', text, new Date(file * 1000))
      sandbox.write('timed.js.br', 'as br', new Date(sibling * 1000))
      const { headers } = await answer((target) => target.file(path, { precompressed: ['br'] }), {
        headers: { 'Accept-Encoding': 'br' },
      })
      expect(headers['content-encoding']).to.equal(isServed ? 'br' : undefined)
    })
  }

  for (const [title, send] of [
    ['staged', (target: any, options: object) => target.setEtag('v1').file(script, options)],
    ['an option', (target: any, options: object) => target.file(script, { ...options, etag: '"v1"' })],
    [
      'a field of the call',
      (target: any, options: object) => target.file(script, { ...options, headers: { ETag: '"v1"' } }),
    ],
  ] as const) {
    it(`a strong tag that is ${title} names one coding only (RFC 9110 §8.8.3.3)`, async () => {
      const askFor = (coding: string, headers: Record<string, string> = {}) =>
        answer((target) => send(target, { precompressed: ['br', 'gzip'] }), {
          headers: { 'Accept-Encoding': coding, ...headers },
        })
      const tags = { identity: '"v1"', br: '"v1-br"', gzip: '"v1-gzip"' }
      for (const [coding, tag] of Object.entries(tags)) {
        expect((await askFor(coding)).headers.etag).to.equal(tag)
        for (const [other, known] of Object.entries(tags)) {
          const isSame = other === coding
          const again = await askFor(coding, { 'If-None-Match': known })
          expect(again.status, `${coding} ${known}`).to.equal(isSame ? 304 : 200)
          expect(again.headers.etag).to.equal(tag)
          const part = await askFor(coding, { Range: 'bytes=0-1', 'If-Range': known })
          expect(part.status, `${coding} ${known}`).to.equal(isSame ? 206 : 200)
        }
      }
    })
  }

  it('a weak tag names the file in every coding', async () => {
    const { headers } = await answer((target) => target.setEtag('W/"v1"').file(script, { precompressed: ['br'] }), {
      headers: { 'Accept-Encoding': 'br' },
    })
    expect(headers).to.include({ etag: 'W/"v1"', 'content-encoding': 'br' })
  })

  it('304 says Vary as well (RFC 9110 §15.4.5)', async () => {
    const { headers } = await ask('br')
    const again = await ask('br', { 'If-None-Match': headers.etag ?? '' })
    expect(again.status).to.equal(304)
    expect(again.headers.vary).to.equal('Accept-Encoding')
  })
})

contract('withoutOriginal', ({ answer, serve, askForError }) => {
  sandbox.write('alone.css.br', 'as br')
  sandbox.write('alone.css.gz', 'as gzip')
  const send = (target: any) =>
    target.file('alone.css', { root: sandbox.root, precompressed: ['br', 'gzip', 'zstd'], withoutOriginal: true })

  // RFC 9110 §12.5.3: without the field every coding is acceptable.
  for (const [accept, coding] of [
    ['gzip, br', 'br'],
    ['gzip', 'gzip'],
    ['br;q=0.1, gzip;q=0.5', 'gzip'],
    ['identity, gzip;q=0.5', 'gzip'],
    ['*', 'br'],
    [undefined, 'br'],
  ] as const) {
    it(`Accept-Encoding: ${accept} gets ${coding}, as the file that was asked for`, async () => {
      const headers = accept === undefined ? {} : { 'Accept-Encoding': accept }
      const sent = await answer(send, { headers })
      expect([sent.status, sent.text]).to.deep.equal([200, `as ${coding}`])
      expect(sent.headers).to.include({
        'content-encoding': coding,
        'content-type': 'text/css; charset=utf-8',
        'content-disposition': 'inline; filename=alone.css',
        vary: 'Accept-Encoding',
      })
      expect(sent.headers.etag).to.match(new RegExp(`-${coding}"$`))
    })
  }

  for (const [accept, status] of [
    ['identity', 406],
    ['', 406],
    ['deflate', 406],
    ['br;q=0, gzip;q=0', 406],
  ] as const) {
    it(`Accept-Encoding: ${accept || '(empty)'} is ${status} (RFC 9110 §15.5.7)`, async () => {
      const app = await serve(send)
      expect((await askForError(app, { headers: { 'Accept-Encoding': accept } })).status).to.equal(status)
      expect(app.errors[0]).to.include({ code: 'NOT_ACCEPTABLE' })
    })
  }

  it('without the option, or without a sibling too, the file is not found', async () => {
    for (const [name, withoutOriginal] of [
      ['alone.css', false],
      ['none.css', true],
    ] as const) {
      const app = await serve((target) =>
        target.file(sandbox.path(name), { precompressed: ['br', 'gzip'], withoutOriginal }),
      )
      expect((await askForError(app, { headers: { 'Accept-Encoding': 'br' } })).status).to.equal(404)
    }
  })

  it('the file itself goes before, if it is there', async () => {
    const options = { precompressed: ['br'], withoutOriginal: true } as const
    const { headers, text: body } = await answer((target) => target.file(script, options))
    expect(headers).not.to.have.property('content-encoding')
    expect(body).to.equal(text)
  })

  it('alone, or beside deleteAfterSend, is refused', async () => {
    for (const options of [{}, { precompressed: [] }, { precompressed: ['br'], deleteAfterSend: true }] as const) {
      const app = await serve((target) => target.download(script, null, { ...options, withoutOriginal: true }))
      expect((await askForError(app)).status).to.equal(500)
      expect(app.errors[0]?.message).to.match(/option 'withoutOriginal'/)
      expect(app.errors[0]).to.include({ code: 'INVALID_OPTION' })
    }
  })
})

contract('digest and etag of the content', ({ answer }) => {
  it("digest: 'sha-256' is Repr-Digest of the whole, on a part too (RFC 9530 §3)", async () => {
    const digest = createHash('sha256').update(text).digest('base64')
    for (const headers of [{}, { Range: 'bytes=0-1' }]) {
      const sent = await answer((target) => target.file(script, { digest: 'sha-256' }), { headers })
      expect(sent.headers['repr-digest']).to.equal(`sha-256=:${digest}:`)
    }
  })

  it("etag: 'content' is the same for the same bytes, wherever they are from", async () => {
    const copy = sandbox.write('copy.js', text, new Date('2022-02-02T00:00:00Z'))
    const tags = []
    for (const source of [script, copy, Buffer.from(text), new Blob([text])]) {
      const { headers } = await answer((target) => target.file(source, { etag: 'content' }))
      expect(headers.etag).to.match(/^"/)
      tags.push(headers.etag)
    }
    expect(new Set(tags)).to.have.property('size', 1)
  })

  it('of a source that is read once they are an error', async () => {
    const sent = await answer(async (target) => {
      let code: unknown
      await target.download(new Set([Buffer.from('x')]), 'x', { digest: 'sha-256' }, (error) => {
        code = (error as (Error & { code?: string }) | undefined)?.code
        target.text(String(code))
      })
    })
    expect(sent.text).to.equal('INVALID_OPTION')
  })
})

contract('onProgress', ({ serve, ask, framework }) => {
  it('tells rising counts up to the total; that it throws changes nothing', async () => {
    const path = sandbox.write(`progress-${framework.name}.bin`, Buffer.alloc(1_000_000, 'x'))
    const { told, whole, onProgress } = collectProgress()
    const app = await serve((target) =>
      target.download(path, 'x.bin', {
        onProgress(progress) {
          onProgress(progress)
          throw new Error('of the listener')
        },
      }),
    )
    const { headers, body } = await ask(app)
    await whole
    expect(body.length).to.equal(1_000_000)
    expect(headers['content-length']).to.equal('1000000')
    expect(told.at(-1)).to.deep.equal({ sent: 1_000_000, total: 1_000_000 })
    expect(told.map(({ sent }) => sent)).to.deep.equal(told.map(({ sent }) => sent).sort((a, b) => a - b))
    expect(app.errors).to.have.length(0)
  })
})

contract('onProgress of several ranges', ({ serve, ask }) => {
  it('counts the bytes of the multipart body up to its whole', async () => {
    for (const source of [script, Buffer.from(text), new Blob([text])]) {
      const { told, whole, onProgress } = collectProgress()
      const app = await serve((target) => target.file(source, { onProgress }))
      const { status, headers, body } = await ask(app, { headers: { Range: 'bytes=0-9,100-199' } })
      await whole
      expect(status).to.equal(206)
      expect(headers['content-type']).to.match(/^multipart\/byteranges/)
      expect(told.at(-1)).to.deep.equal({ sent: body.length, total: Number(headers['content-length']) })
    }
  })
})

contract('offload', ({ answer, serve, askForError }) => {
  const kit = { files: { offload: { header: 'X-Accel-Redirect', map: { [sandbox.root]: '/protected/' } } } }

  it('names the file to the server in front, encoded, and sends no byte of it', async () => {
    const path = sandbox.write('below/größe %.txt', 'x')
    const { status, headers, body } = await answer((target) => target.download(path, 'a.txt'), {}, { kit })
    expect(status).to.equal(200)
    expect(headers['x-accel-redirect']).to.equal('/protected/below/gr%C3%B6%C3%9Fe%20%25.txt')
    expect(headers['content-disposition']).to.match(/^attachment; filename="?a\.txt"?$/)
    expect(headers).not.to.have.any.keys('etag', 'last-modified', 'accept-ranges')
    expect(body).to.have.length(0)
  })

  it('sends each Set-Cookie line once (RFC 6265 §3)', async () => {
    const path = sandbox.write('with-cookies.txt', 'x')
    const cookies = ['a=1', 'b=2']
    const { headers } = await answer(
      (target) => target.file(path, { headers: { 'Set-Cookie': cookies, 'X-Kept': 'y' } }),
      {},
      { kit },
    )
    expect(headers['x-accel-redirect']).to.equal('/protected/with-cookies.txt')
    expect([headers['set-cookie'], headers['x-kept']]).to.deep.equal([cookies, 'y'])
  })

  it('names the plain file, and no sibling, whose Content-Encoding the server in front drops', async () => {
    const send = (target: any) => target.file(script, { precompressed: ['br', 'gzip'] })
    const { headers } = await answer(send, { headers: { 'Accept-Encoding': 'br' } }, { kit })
    expect(headers['x-accel-redirect']).to.equal('/protected/app.js')
    expect(headers).not.to.have.any.keys('content-encoding', 'vary')
  })

  for (const [title, send] of [
    ['an .svgz', (target: any) => target.file(sandbox.write('logo.svgz', 'as svgz'))],
    ['a staged coding', (target: any) => target.setHeader('Content-Encoding', 'gzip').file(script)],
    ['a coding of the call', (target: any) => target.file(script, { headers: { 'Content-Encoding': 'gzip' } })],
  ] as const) {
    it(`leaves what is coded to the app: ${title}`, async () => {
      const { headers, body } = await answer(send, {}, { kit })
      expect(headers).not.to.have.property('x-accel-redirect')
      expect(headers).to.include({ 'content-encoding': 'gzip' })
      expect(body.length).to.be.above(0)
    })
  }

  it('leaves a sibling without a file to the app', async () => {
    const send = (target: any) =>
      target.file(sandbox.path('alone.css'), { precompressed: ['br'], withoutOriginal: true })
    const { headers, text: body } = await answer(send, { headers: { 'Accept-Encoding': 'br' } }, { kit })
    expect(headers).not.to.have.property('x-accel-redirect')
    expect([headers['content-encoding'], body]).to.deep.equal(['br', 'as br'])
  })

  it('leaves what the map does not have to the app, and a missing file a 404', async () => {
    const other = { files: { offload: { header: 'X-Sendfile', map: { '/elsewhere': '/x' } } } }
    const { headers, text: body } = await answer((target) => target.file(script), {}, { kit: other })
    expect(headers).not.to.have.property('x-sendfile')
    expect(body).to.equal(text)
    const app = await serve((target) => target.file(sandbox.path('missing')), { kit })
    expect((await askForError(app)).status).to.equal(404)
  })

  it('leaves a name to the app that Apache and lighttpd read differently', async () => {
    const apache = { files: { offload: { header: 'X-Sendfile', map: { [sandbox.root]: '/srv' } } } }
    for (const [name, expected] of [
      ['plain.txt', '/srv/plain.txt'],
      ['a b%41.txt', undefined],
    ] as const) {
      const path = sandbox.write(name, 'x')
      const { status, headers, text: body } = await answer((target) => target.file(path), {}, { kit: apache })
      expect([status, headers['x-sendfile'], body]).to.deep.equal([200, expected, expected === undefined ? 'x' : ''])
    }
  })

  it("takes nothing from the client's fields", async () => {
    const { headers } = await answer((target) => target.file(script), {
      headers: { 'X-Accel-Mapping': `${sandbox.root}=/evil`, 'X-Sendfile-Type': 'X-Accel-Redirect' },
    })
    expect(headers).not.to.have.property('x-accel-redirect')
  })
})
