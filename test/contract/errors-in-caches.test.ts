import { expect } from 'chai'
import { file } from '../../src/index.js'
import { contract } from '../support/contract.js'
import type { Handler, RunningApp } from '../support/frameworks.js'
import { serveWithOwnErrors } from '../support/own-error-handling.js'
import { Sandbox } from '../support/sandbox.js'

const sandbox = new Sandbox()
const path = sandbox.write('a.txt', 'some text')
after(() => sandbox.remove())

/** Everything by which a handler lets caches keep the answer that it means to send. */
const CACHING: Readonly<Record<string, string>> = {
  'Cache-Control': 'public, max-age=86400, immutable, stale-if-error=60',
  'CDN-Cache-Control': 'max-age=86400',
  'Vercel-CDN-Cache-Control': 'max-age=86400',
  'Surrogate-Control': 'max-age=86400',
  'Edge-Control': 'cache-maxage=1d',
  'X-Accel-Expires': '86400',
  Expires: 'Wed, 21 Oct 2099 07:28:00 GMT',
  Age: '10',
  ETag: '"v1"',
  'Last-Modified': 'Sat, 02 Jan 2021 03:04:05 GMT',
}
/** And what describes the content of that answer, and its Location. */
const CONTENT: Readonly<Record<string, string>> = {
  'Content-Disposition': 'attachment; filename=a.txt',
  'Content-Encoding': 'gzip',
  'Content-Language': 'de',
  'Content-Type': 'application/pdf',
  'Accept-Ranges': 'bytes',
  Location: '/made',
}
const NAMES = Object.keys({ ...CACHING, ...CONTENT }).map((name) => name.toLowerCase())

const unreadable = { size: 10, read: () => Promise.reject(new Error('unreadable')) }
const failsAtOnce = () =>
  (async function* () {
    yield await Promise.reject(new Error('no first chunk'))
  })()

const failures: Readonly<Record<string, (target: any) => unknown>> = {
  'a file that is missing': (target) => target.file(sandbox.path('none')),
  'a download that is missing': (target) => target.download(sandbox.path('none')),
  'a path that leaves the root': (target) => target.file('../a', { root: sandbox.root }),
  'a directory': (target) => target.file(sandbox.root),
  'a random-access source that fails': (target) => target.file(unreadable),
  'a stream that fails before its first chunk': (target) => target.streaming(failsAtOnce()),
  'a download of a stream that fails': (target) => target.download(failsAtOnce(), 'a.txt'),
  'ndjson that fails': (target) => target.ndjson(failsAtOnce()),
  'an archive that fails': (target) => target.zip([{ name: 'a', source: sandbox.path('none') }]),
  'a digest that cannot be computed': (target) => target.download(failsAtOnce(), 'a', { digest: 'sha-256' }),
  'a Reply that fails': (target) => target.reply(file(sandbox.path('none'))),
}

const expected: Readonly<Record<string, number>> = {
  'a file that is missing': 404,
  'a download that is missing': 404,
  'a path that leaves the root': 403,
  'a directory': 404,
  'an archive that fails': 404,
  'a Reply that fails': 404,
}

contract('the fields of the answer that was meant', ({ serve, answer, askForError, framework }) => {
  /** Staged without a tag: a staged one would be a 412 or a 304 before the source is opened. */
  const stage = (target: any): any => target.setHeaders({ ...CACHING, ...CONTENT })

  const serveWithErrors = (handler: Handler): Promise<RunningApp> => serveWithOwnErrors({ framework, serve }, handler)

  for (const [title, fail] of Object.entries(failures)) {
    it(`leave with it on an error page of the framework: ${title}`, async () => {
      const app = await serve((target) => fail(stage(target)))
      const { status, headers } = await askForError(app)
      expect(status).to.equal(expected[title] ?? 500)
      for (const name of NAMES) {
        if (name !== 'content-type') expect(headers).not.to.have.property(name)
      }
      expect(headers['content-type']).not.to.equal('application/pdf')
    })

    it(`leave with it on an error page of the app: ${title}`, async () => {
      const app = await serveWithErrors((target) => fail(stage(target.setHeader('X-Other', 'stays'))))
      const { headers, text } = await askForError(app)
      expect(text).to.equal('failed')
      for (const name of NAMES) {
        if (name !== 'content-type') expect(headers).not.to.have.property(name)
      }
      expect(headers['content-type']).not.to.equal('application/pdf')
      expect(headers).to.include({ 'x-other': 'stays' })
    })

    it(`leave with it on problem details: ${title}`, async () => {
      const { status, headers } = await answer(
        (target) => fail(stage(target)),
        {},
        { problems: { onError: () => {}, showInternals: false } },
      )
      expect(status).to.equal(expected[title] ?? 500)
      for (const name of NAMES) {
        // Problem details have a type and a tag of their own.
        if (name !== 'content-type' && name !== 'etag') expect(headers).not.to.have.property(name)
      }
      expect(headers.etag).not.to.equal('"v1"')
      expect(headers['content-type']).to.equal('application/problem+json')
    })
  }

  it('leave with it before the callback answers', async () => {
    const { status, headers } = await answer((target) =>
      stage(target).download(sandbox.path('none'), () => target.setStatus(404).text('none')),
    )
    expect(status).to.equal(404)
    for (const name of ['cache-control', 'expires', 'content-disposition', 'last-modified']) {
      expect(headers).not.to.have.property(name)
    }
    expect(headers['content-type']).to.equal('text/plain; charset=utf-8')
  })

  for (const [title, send, headers, status] of [
    ['412 of a file', (target: any) => stage(target).file(path), { 'If-Match': '"v2"' }, 412],
    ['412 of a stream', (target: any) => stage(target).streaming(['x']), { 'If-Match': '"v2"' }, 412],
    ['412 of a text', (target: any) => stage(target).text('x'), { 'If-Match': '"v2"' }, 412],
    ['416 of a file', (target: any) => stage(target).file(path), { Range: 'bytes=99-' }, 416],
    ['416 of a Buffer', (target: any) => stage(target).file(Buffer.from('x')), { Range: 'bytes=99-' }, 416],
    [
      '416 with options of the call',
      (target: any) => target.file(path, { maxAge: '1d', immutable: true, headers: { Expires: CACHING.Expires } }),
      { Range: 'bytes=99-' },
      416,
    ],
    [
      '406 of negotiate()',
      (target: any) => stage(target).negotiate({ html: '<p>x</p>' }),
      { Accept: 'image/png' },
      406,
    ],
  ] as const) {
    it(`leave with it: ${title}`, async () => {
      const sent = await answer(send, { headers })
      expect(sent.status).to.equal(status)
      for (const name of NAMES) {
        if (status !== 406 || (name !== 'content-type' && name !== 'etag')) {
          expect(sent.headers).not.to.have.property(name)
        }
      }
      if (status === 416) expect(sent.headers['content-range']).to.match(/^bytes \*\/\d+$/)
    })
  }

  for (const [staged, kept] of [
    ['no-store', 'no-store'],
    ['private, max-age=60', 'private'],
    ['no-cache="Set-Cookie, X-A", max-age=60', 'no-cache="Set-Cookie, X-A"'],
    ['NO-STORE,no-transform', 'NO-STORE'],
    ['max-age="60, no-store"', undefined],
    ['not a list ;;', undefined],
  ] as const) {
    it(`Cache-Control: ${staged} leaves ${kept ?? 'nothing'}: what forbids caching is true of the error`, async () => {
      const app = await serveWithErrors((target) =>
        target.setHeader('Cache-Control', staged).file(sandbox.path('none')),
      )
      expect((await askForError(app)).headers['cache-control']).to.equal(kept)
      const gone = await answer((target) => target.setHeader('Cache-Control', staged).file(path), {
        headers: { Range: 'bytes=99-' },
      })
      expect(gone.headers['cache-control']).to.equal(kept)
    })
  }

  it('stay if a call that is refused at once is caught', async () => {
    const { headers } = await answer((target) => {
      target.cacheControl({ maxAge: 60 })
      expect(() => target.file(42 as any)).to.throw(TypeError)
      target.text('the same text')
    })
    expect(headers['cache-control']).to.equal('max-age=60')
  })

  it('stay on 304', async () => {
    const { status, headers } = await answer((target) => target.cacheControl({ maxAge: 60 }).setEtag('v1').file(path), {
      headers: { 'If-None-Match': '"v1"' },
    })
    expect(status).to.equal(304)
    expect(headers).to.include({ 'cache-control': 'max-age=60', etag: '"v1"' })
  })
})
