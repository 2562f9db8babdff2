import http from 'node:http'
import { createRequire } from 'node:module'
import { expect } from 'chai'
import fc from 'fast-check'
import send from 'send'
import { responseKit } from '../../../src/express/index.js'
import { listen, type RunningApp } from '../../support/frameworks.js'
import { type Answer, request } from '../../support/request.js'
import { Sandbox } from '../../support/sandbox.js'

const express = createRequire(import.meta.url)('express5')
const MODIFIED = Date.UTC(2021, 0, 2, 3, 4, 5)
const SIZES = { 'empty.txt': 0, 'small.txt': 26, 'page.html': 5000, 'large.bin': 400_000 }

/** What a generated request consists of. */
interface Probe {
  readonly method: string
  readonly path: string
  readonly headers: Record<string, string>
}

const date = fc.constantFrom(0, -1, 1, 86_400).map((offset) => new Date(MODIFIED + offset * 1000).toUTCString())
const tag = fc.constantFrom('"other"', 'W/"other"', '*', '"a", "b"', 'own', 'weak', 'listed')
const position = fc.constantFrom('', '0', '1', '25', '26', '4999', '5000', '399999', '400000', '99999999')
const range = fc.oneof(
  fc.tuple(position, position).map(([a, b]) => `bytes=${a}-${b}`),
  fc
    .array(fc.tuple(position, position), { maxLength: 4 })
    .map((l) => `bytes=${l.map((each) => each.join('-')).join(',')}`),
  fc.constantFrom('bytes=a-b', 'items=0-1', 'bytes', 'bytes=0', ''),
)
const probe: fc.Arbitrary<Probe> = fc.record({
  method: fc.constantFrom('GET', 'GET', 'GET', 'HEAD'),
  path: fc.constantFrom(
    ...Object.keys(SIZES),
    'missing.txt',
    '../x',
    'a/../small.txt',
    '.hidden',
    'folder/',
    'small.txt/',
    'a%00b',
    'm%C3%A9.txt',
  ),
  headers: fc
    .record(
      {
        Range: range,
        'If-Range': fc.oneof(tag, date),
        'If-None-Match': tag,
        'If-Modified-Since': date,
        'If-Match': tag,
        'If-Unmodified-Since': date,
        'Accept-Encoding': fc.constant('gzip'),
      },
      { requiredKeys: [] },
    )
    .map((fields) => Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)]))),
})

/** The differences from `send`, each with the section of RFC 9110 that is on its side. */
const LISTED: readonly (readonly [section: string, holds: (probe: Probe, size: number) => boolean])[] = [
  ['§14.2: Range is for GET', ({ method, headers }) => method === 'HEAD' && 'Range' in headers],
  ['§14.6: several ranges are multipart/byteranges', ({ headers }) => headers.Range?.includes(',') ?? false],
  [
    '§13.1.5: If-Range compares strongly, and dates exactly',
    ({ headers }) => 'If-Range' in headers && 'Range' in headers,
  ],
  ['§13.1.1: If-Match compares strongly', ({ headers }) => 'If-Match' in headers],
  ['§14.1.2: a suffix of nothing is satisfiable', ({ headers }, size) => size === 0 && 'Range' in headers],
  ['§14.1.1: both positions are digits', ({ headers }) => /^bytes=(?:-|0|a-b)?$/.test(headers.Range ?? '')],
  [
    '§13.2.2: If-None-Match and the rest in one order',
    ({ headers }) => 'If-None-Match' in headers && 'If-Unmodified-Since' in headers,
  ],
  ['§15.5.5: a directory is not found, and nothing is told of it', ({ path }) => path === 'folder/'],
]

describe('files, held against send', () => {
  const sandbox = new Sandbox()
  for (const [name, size] of Object.entries(SIZES))
    sandbox.write(name, Buffer.alloc(size, 'abcdefghijklmnopqrstuvwxyz'))
  sandbox.write('.hidden', 'hidden')
  sandbox.write('mé.txt', 'unicode')
  sandbox.write('folder/x.txt', 'x')
  let kit: RunningApp
  let reference: RunningApp

  before(async () => {
    const app = express()
    app.set('env', 'test')
    app.use(responseKit())
    app.use((req: any, res: any) => res.file(decodeURIComponent(req.url.slice(1)), { root: sandbox.root }))
    kit = await listen(app)
    reference = await listen(
      http
        .createServer((req, res) => {
          send(req, req.url?.slice(1) ?? '', { root: sandbox.root, index: false }).pipe(res)
        })
        .listeners('request')[0] as http.RequestListener, // the only one there is
    )
  })
  after(async () => {
    await Promise.all([kit.close(), reference.close()])
    sandbox.remove()
  })

  async function ask(app: RunningApp, { method, path, headers }: Probe): Promise<Answer> {
    const { etag = '"none"' } = (await request(app.port, { path: `/${path}` })).headers
    const own: Record<string, string> = { own: etag, weak: `W/${etag.replace('W/', '')}`, listed: `"x", ${etag}` }
    const fields = Object.entries(headers).map(([name, value]) => [name, own[value] ?? value])
    return request(app.port, { method, path: `/${path}`, headers: Object.fromEntries(fields) })
  }

  function facts({ status, headers, body }: Answer): unknown {
    const isError = status >= 400
    return {
      status,
      range: headers['content-range'],
      modified: status === 304 || isError ? undefined : headers['last-modified'],
      length: isError || status === 304 ? undefined : headers['content-length'],
      type: isError || status === 304 ? undefined : headers['content-type'],
      body: isError ? undefined : body.toString('latin1'),
    }
  }

  it('answer the same, but for what RFC 9110 has otherwise', async function () {
    this.timeout(60_000)
    const unlisted: unknown[] = []
    let same = 0
    for (const each of fc.sample(probe, { numRuns: 1500, seed: 9110 })) {
      const [ours, theirs] = await Promise.all([ask(kit, each), ask(reference, each)])
      if (JSON.stringify(facts(ours)) === JSON.stringify(facts(theirs))) {
        same++
        continue
      }
      const size = SIZES[each.path as keyof typeof SIZES] ?? -1
      if (LISTED.some(([, holds]) => holds(each, size))) continue
      unlisted.push({ ...each, ours: ours.status, theirs: theirs.status })
    }
    expect(unlisted.slice(0, 5)).to.deep.equal([])
    expect(same).to.be.above(1000)
  })
})
