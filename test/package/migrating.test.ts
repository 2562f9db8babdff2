import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { parse } from 'csv-parse/sync'
import { transform } from 'esbuild'
import { EventSource } from 'eventsource'
import { isForKoa, OLD_HOSTS, type RunningBlocks, readPageOfBlocks } from '../support/pasted-blocks.js'
import { readZip } from '../support/read-zip.js'
import { type Answer, type RequestInit, request } from '../support/request.js'

const root = join(import.meta.dirname, '../..')
const page = readPageOfBlocks('docs/migrating.md', 'your routes')
const text = readFileSync(join(root, 'docs/migrating.md'), 'utf8')

const post = { method: 'POST' }
const cookiesOf = ({ headers }: Answer): readonly string[] => headers['set-cookie'] ?? []

describe('docs/migrating.md', function () {
  this.timeout(120_000)

  it('has code of before, and code for both frameworks, for each habit', () => {
    const habits = [...text.matchAll(/^\| \[.*?\]\(#([\w-]+)\)/gm)].map(([, anchor]) => anchor)
    expect(habits).to.have.length.at.least(14)
    expect(habits).to.deep.equal([...page.sections.keys()].map((title) => title.toLowerCase().replaceAll(' ', '-')))
    for (const [title, blocks] of page.sections) {
      expect(blocks.map(isForKoa), title).to.deep.equal(title === 'koa-send' ? [true] : [false, true])
      expect(text, title).to.include(`## ${title}\n`)
    }
    expect(text.match(/^```javascript$/gm)).to.have.length(habits.length)
  })

  it('shows code of before that parses', async () => {
    for (const [, code = ''] of text.matchAll(/^```javascript\n([\s\S]*?)^```$/gm))
      await transform(code, { loader: 'js' })
  })

  it('compiles in the apps that the page shows', async () => {
    expect(await page.complaints()).to.deep.equal([])
  })

  // The apps that migrate are often on the older versions.
  for (const host of OLD_HOSTS) {
    describe(`on ${host.name}`, () => {
      let running: RunningBlocks
      let files = ''
      const ask = (section: string, init: RequestInit): Promise<Answer> => request(running.portOf(section), init)

      before(async () => {
        files = mkdtempSync(join(tmpdir(), 'response-kit-files-'))
        mkdirSync(join(files, 'css'))
        writeFileSync(join(files, 'logo.svg'), '<svg/>')
        writeFileSync(join(files, 'report.pdf'), '%PDF-')
        writeFileSync(join(files, 'css/a b.css'), 'p{}')
        running = await page.run(host, { FILES: files })
      })

      after(async () => {
        await running?.end()
        rmSync(files, { recursive: true })
      })

      it('Redirect back: to the page of the form, never to another site', async () => {
        const origin = `http://127.0.0.1:${running.portOf('Redirect back')}`
        for (const [referer, location] of [
          [`${origin}/list?page=2`, '/list?page=2'],
          ['https://evil.example/', '/'],
          ['not a URL', '/'],
        ] as const) {
          const answer = await ask('Redirect back', { ...post, path: '/like', headers: { referer } })
          expect(answer.status).to.equal(303)
          expect(answer.headers.location, referer).to.equal(location)
        }
      })

      it('Redirect to the next page: only to a page of the site', async () => {
        for (const [next, location] of [
          ['/cart?a=1', '/cart?a=1'],
          ['//evil.example', '/home'],
          ['/\\evil.example', '/home'],
          ['https://evil.example', '/home'],
          ['', '/home'],
        ] as const) {
          const path = `/login?next=${encodeURIComponent(next)}`
          const { headers } = await ask('Redirect to the next page', { ...post, path })
          expect(headers.location, next).to.equal(location)
        }
      })

      // RFC 6265bis §4.1: Max-Age is in seconds
      it('Cookies: for seven days', async () => {
        const answer = await ask('Cookies', { ...post, path: '/theme' })
        expect(answer.text).to.equal('Saved')
        expect(cookiesOf(answer)).to.have.length(1)
        expect(cookiesOf(answer)[0]?.split('; ')).to.have.members([
          'theme=dark',
          'Max-Age=604800',
          'Path=/',
          'HttpOnly',
        ])
      })

      // RFC 6265bis §4.1.3.2: a __Host- cookie without Secure is ignored, also when it is deleted
      it('Delete a cookie: with what its prefix demands', async () => {
        const [line = ''] = cookiesOf(await ask('Delete a cookie', { ...post, path: '/logout' }))
        expect(line)
          .to.match(/^__Host-sid=;/)
          .and.to.match(/; Secure/)
          .and.to.match(/; Path=\//)
        expect(line).to.match(/Max-Age=0|Expires=Thu, 01 Jan 1970 00:00:00 GMT/)
      })

      it('Send a file: shown, and kept for a day', async () => {
        const { status, headers, text } = await ask('Send a file', { path: '/logo' })
        expect({ status, text }).to.deep.equal({ status: 200, text: '<svg/>' })
        expect(headers['content-type']).to.match(/^image\/svg\+xml/)
        expect(headers['cache-control']).to.equal('public, max-age=86400')
        const part = await ask('Send a file', { path: '/logo', headers: { range: 'bytes=1-3' } })
        expect(part).to.include({ status: 206, text: 'svg' })
      })

      // RFC 6266 and RFC 8187
      it('Pipe a file: saved under its name, and a 404 if it is missing', async () => {
        const { status, headers } = await ask('Pipe a file', { path: '/report' })
        expect(status).to.equal(200)
        expect(headers['content-disposition']).to.include("filename*=UTF-8''%C3%9Cberblick.pdf")
        expect(headers).to.include({ 'content-type': 'application/pdf', 'content-length': '5' })
        rmSync(join(files, 'report.pdf'))
        expect((await ask('Pipe a file', { path: '/report' })).status).to.equal(404)
        writeFileSync(join(files, 'report.pdf'), '%PDF-')
      })

      if (host.family === 'koa') {
        it('koa-send: a path of the URL, below the root', async () => {
          const found = await ask('koa-send', { path: '/assets/css/a%20b.css' })
          expect(found).to.include({ status: 200, text: 'p{}' })
          expect(found.headers['cache-control']).to.equal('public, max-age=3600, immutable')
          const outside = await ask('koa-send', { path: '/assets/..%2F..%2Fetc%2Fpasswd' })
          expect(outside.status).to.equal(403)
        })
      }

      it('connect-flash: shown once, without a session', async () => {
        const saved = await ask('connect-flash', { ...post, path: '/items' })
        expect(saved.status).to.equal(303)
        const cookie = cookiesOf(saved)
          .map((line) => line.split(';')[0])
          .join('; ')
        const shown = await ask('connect-flash', { path: '/items', headers: { cookie } })
        expect(shown.text).to.equal('Message: Saved')
        expect(cookiesOf(shown).join()).to.match(/Max-Age=0|Expires=Thu, 01 Jan 1970/)
        expect((await ask('connect-flash', { path: '/items' })).text).to.equal('Message: none')
      })

      it('express-sse and better-sse: an event reaches a client', async () => {
        const port = running.portOf('express-sse and better-sse')
        const client = new EventSource(`http://127.0.0.1:${port}/news`)
        const event = new Promise<MessageEvent>((resolve) => client.addEventListener('headline', resolve))
        await new Promise((resolve) => client.addEventListener('open', resolve))
        expect((await request(port, { ...post, path: '/news' })).status).to.equal(204)
        expect(JSON.parse((await event).data)).to.deep.equal({ title: 'It works' })
        client.close()
      })

      it('archiver: both files under one name', async () => {
        const { headers, body } = await ask('archiver', { path: '/all' })
        expect(headers).to.include({ 'content-type': 'application/zip' })
        expect(headers['content-disposition']).to.match(/^attachment; filename="?all\.zip"?$/)
        expect(readZip(body)).to.deep.equal({ 'report.pdf': '%PDF-', 'read-me.txt': 'Two files.' })
      })

      it('By the Accept field: what the client prefers, or a 406', async () => {
        const accepting = (accept: string): Promise<Answer> =>
          ask('By the Accept field', { path: '/users', headers: { accept } })
        expect((await accepting('text/html')).text).to.equal('<ul></ul>')
        expect(JSON.parse((await accepting('application/json')).text)).to.deep.equal({ users: [] })
        expect((await accepting('image/png')).status).to.equal(406)
      })

      it('SSE by hand: events as they come', async () => {
        const client = new EventSource(`http://127.0.0.1:${running.portOf('SSE by hand')}/clock`)
        const { data } = await new Promise<MessageEvent>((resolve) => client.addEventListener('message', resolve))
        client.close()
        expect(JSON.parse(data).now).to.be.a('number')
      })

      // RFC 4180, and OWASP on formulas
      it('CSV by hand: what a parser reads is what was written, and no formula', async () => {
        const { text } = await ask('CSV by hand', { path: '/users.csv' })
        expect(parse(text)).to.deep.equal([
          ['name', 'city'],
          ['Zoë, "Z"', "'=1+1"],
        ])
      })

      // RFC 9457
      it('Errors as JSON: problem details', async () => {
        const { status, headers, text } = await ask('Errors as JSON', { path: '/orders/7' })
        expect(status).to.equal(404)
        expect(headers['content-type']).to.equal('application/problem+json')
        expect(JSON.parse(text)).to.deep.equal({ title: 'Not Found', status: 404, detail: 'No such order' })
      })

      it('Views: a page with its values escaped', async () => {
        const { status, headers, text } = await ask('Views', { path: '/users/A%3Cb%3E' })
        expect(status).to.equal(200)
        expect(headers['content-type']).to.equal('text/html; charset=utf-8')
        expect(text).to.equal('<title>user</title><h1>Hello A&lt;b&gt;</h1>')
      })
    })
  }
})
