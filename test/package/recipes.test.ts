import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, watch } from 'node:fs'
import http from 'node:http'
import net, { type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect } from 'chai'
import { EventSource } from 'eventsource'
import { isForKoa, NEW_HOSTS, type RunningBlocks, readPageOfBlocks } from '../support/pasted-blocks.js'
import { readZip } from '../support/read-zip.js'
import { request } from '../support/request.js'
import { S3Server } from '../support/s3-server.js'

const root = join(import.meta.dirname, '../..')
const page = readPageOfBlocks('docs/recipes.md', 'the recipe')

/** A server of the test, for what the recipes ask. No connection stays open. */
async function serve(listener: http.RequestListener): Promise<http.Server> {
  const server = http.createServer((req, res) => listener(req, res.setHeader('connection', 'close')))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

const urlOf = (server: net.Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`

/** As much of RFC 5321 as a client needs that sends one message after the other; keeps what it was sent. */
async function serveMail(messages: string[]): Promise<net.Server> {
  const server = net.createServer((socket) => {
    let message: string[] | undefined
    socket.write('220 test\r\n')
    createInterface({ input: socket, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (line) => {
      if (message !== undefined && line !== '.') return message.push(line)
      if (message !== undefined) messages.push(message.join('\n'))
      const isData = message === undefined && line.toUpperCase() === 'DATA'
      message = isData ? [] : undefined
      if (line.toUpperCase() === 'QUIT') return socket.end('221 bye\r\n')
      return socket.write(isData ? '354 go on\r\n' : '250 ok\r\n')
    })
    socket.on('error', () => {})
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

/** Resolves as soon as there is no file in the folder. */
async function isEmptied(folder: string): Promise<void> {
  const changes = watch(folder)
  try {
    while (readdirSync(folder).length > 0) await once(changes, 'change')
  } finally {
    changes.close()
  }
}

/** The other server of "Proxy a fetch". It shows what it was asked, and cuts one of its answers off. */
const answerAsUpstream: http.RequestListener = (req, res) => {
  if (req.url === '/articles/cut') return void res.destroy()
  if (req.url === '/handbook.pdf')
    return void res.writeHead(200, { 'content-type': 'application/pdf' }).end('the handbook')
  res.writeHead(203, { 'content-type': 'application/json', 'x-from': req.url })
  return void res.end(JSON.stringify({ accepts: req.headers.accept }))
}

/** What a client that comes back gets, up to a text. */
async function readUntil(url: string, lastEventId: string, text: string): Promise<string> {
  const leaving = new AbortController()
  const answer = await fetch(url, { headers: { 'Last-Event-ID': lastEventId }, signal: leaving.signal })
  let got = ''
  for await (const chunk of answer.body as ReadableStream<Uint8Array>) {
    got += Buffer.from(chunk).toString()
    if (got.includes(text)) break
  }
  leaving.abort()
  return got
}

const membersOf = (field = ''): string[] => field.toLowerCase().split(/\s*,\s*/)

const form = (
  fields: Readonly<Record<string, string>>,
): { method: string; body: string; headers: http.OutgoingHttpHeaders } => ({
  method: 'POST',
  body: new URLSearchParams(fields).toString(),
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
})

const photo = (content: string): { method: string; body: FormData } => {
  const body = new FormData()
  body.append('photo', new Blob([content], { type: 'image/png' }), 'dawn.png')
  return { method: 'POST', body }
}

describe('docs/recipes.md', function () {
  this.timeout(120_000)

  it('has a block for Express and one for Koa in each recipe, and links to each from its head', () => {
    expect(page.sections.size).to.be.at.least(10)
    const text = readFileSync(join(root, 'docs/recipes.md'), 'utf8')
    for (const [title, blocks] of page.sections) {
      expect(blocks.map(isForKoa), title).to.deep.equal([false, true])
      expect(text).to.include(`[${title}](#`)
    }
  })

  it('compiles in the apps that the page shows', async () => {
    expect(await page.complaints()).to.deep.equal([])
  })

  for (const host of NEW_HOSTS) {
    describe(`on ${host.name}`, () => {
      const messages: string[] = []
      const servers: net.Server[] = []
      const s3 = new S3Server()
      let orders: http.Server
      let running: RunningBlocks
      let uploads = ''
      const portOf = (title: string): number => running.portOf(title)
      const urlIn = (title: string, path: string): string => `http://127.0.0.1:${portOf(title)}${path}`

      before(async () => {
        const upstream = await serve(answerAsUpstream)
        orders = await serve(() => {})
        const mail = await serveMail(messages)
        servers.push(upstream, orders, mail)
        await s3.start()
        s3.put('invoices/7.pdf', '%PDF-1.7 seven', { 'Content-Type': 'application/pdf' })
        s3.fault = ({ res }) => {
          res.shouldKeepAlive = false // no connection stays open
          return undefined
        }
        uploads = mkdtempSync(join(tmpdir(), 'response-kit-uploads-'))
        running = await page.run(host, {
          UPSTREAM: urlOf(upstream),
          ORDERS: urlOf(orders),
          SMTP: urlOf(mail).replace('http', 'smtp'),
          UPLOADS: uploads,
          AWS_ENDPOINT_URL_S3: s3.endpoint,
          AWS_REGION: 'us-east-1',
          AWS_ACCESS_KEY_ID: 'key',
          AWS_SECRET_ACCESS_KEY: 'secret',
        })
      })

      after(async () => {
        await running?.end()
        for (const server of servers) server.close()
        orders?.closeAllConnections()
        s3.stop()
        rmSync(uploads, { recursive: true })
      })

      // https://htmx.org/docs/#caching, https://htmx.org/headers/hx-redirect/
      it('HTMX: a part for HTMX, the page for all others and for the history, kept apart in caches', async () => {
        const port = portOf('HTMX')
        const page = await request(port, { path: '/tasks' })
        const part = await request(port, { path: '/tasks', headers: { 'HX-Request': 'true' } })
        const restored = await request(port, {
          path: '/tasks',
          headers: { 'HX-Request': 'true', 'HX-History-Restore-Request': 'true' },
        })
        expect(page.text).to.match(/^<!doctype html>.*<form.*<ul id="tasks"><li>Write<\/li><\/ul>$/s)
        expect(part.text).to.equal('<ul id="tasks"><li>Write</li></ul>')
        expect(restored.text).to.equal(page.text)
        for (const { headers } of [page, part, restored]) {
          expect(membersOf(headers.vary)).to.include.members(['hx-request', 'hx-history-restore-request'])
        }
      })

      it('HTMX: a form that is saved is 200 with HX-Redirect, without HTMX a 303, and with a fault a 422', async () => {
        const { method, body, headers } = form({ task: '<b>' })
        const htmx = await request(portOf('HTMX'), {
          method,
          path: '/tasks',
          body,
          headers: { ...headers, 'HX-Request': 'true' },
        })
        expect(htmx).to.include({ status: 200, text: '' })
        expect(htmx.headers).to.include({ 'hx-redirect': '/tasks' }).and.not.to.have.property('location')
        const plain = await request(portOf('HTMX'), { path: '/tasks', ...form({ task: 'Test' }) })
        expect(plain.status).to.equal(303)
        expect(plain.headers.location).to.equal('/tasks')
        const faulty = await request(portOf('HTMX'), { path: '/tasks', ...form({ task: '' }) })
        expect(faulty.status).to.equal(422)
        expect(faulty.text).to.include('Which task?').and.to.include('hx-post="/tasks"')
        const { text } = await request(portOf('HTMX'), { path: '/tasks', headers: { 'HX-Request': 'true' } })
        expect(text).to.equal('<ul id="tasks"><li>Write</li><li>&lt;b&gt;</li><li>Test</li></ul>')
      })

      // https://turbo.hotwired.dev/handbook/drive#redirecting-after-a-form-submission, and handbook/streams
      it('Turbo: a form is a stream if the client accepts one, else a 303, and with faults a 422', async () => {
        const port = portOf('Turbo')
        const { method, body, headers } = form({ message: 'a < b' })
        const accepts = 'text/vnd.turbo-stream.html, text/html, application/xhtml+xml'
        const stream = await request(port, {
          method,
          path: '/messages',
          body,
          headers: { ...headers, Accept: accepts },
        })
        expect(stream.status).to.equal(200)
        expect(stream.headers['content-type']).to.match(/^text\/vnd\.turbo-stream\.html(?:;|$)/)
        expect(stream.text).to.equal(
          '<turbo-stream action="append" target="messages"><template><li>a &lt; b</li></template></turbo-stream>',
        )
        const browser = { ...headers, Accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' }
        const plain = await request(port, { method, path: '/messages', body, headers: browser })
        expect(plain.status).to.equal(303)
        expect(plain.headers.location).to.equal('/messages')
        const faulty = await request(port, { path: '/messages', ...form({}) })
        expect(faulty.status).to.equal(422)
        expect(faulty.text).to.include('Say something').and.to.include('<form')
        const { text } = await request(port, { path: '/messages' })
        expect(text).to.include('<li>Hello</li><li>a &lt; b</li><li>a &lt; b</li>')
      })

      // https://inertiajs.com/the-protocol
      const inertia = { 'X-Inertia': 'true', 'X-Inertia-Version': 'hash-of-the-scripts' }
      const newEvent = { component: 'NewEvent', url: '/events/new', version: 'hash-of-the-scripts' }

      it('Inertia: a first visit gets a page with the data, a later one gets the data', async () => {
        const first = await request(portOf('Inertia'), { path: '/events/new' })
        const data = /<script data-page="app" type="application\/json">(.*?)<\/script>/.exec(first.text)?.[1] ?? ''
        expect(first.headers['content-type']).to.equal('text/html; charset=utf-8')
        expect(JSON.parse(data)).to.deep.equal({ ...newEvent, props: { errors: {}, title: '' } })
        const later = await request(portOf('Inertia'), { path: '/events/new', headers: inertia })
        expect(later.status).to.equal(200)
        expect(later.headers['content-type']).to.match(/^application\/json/)
        expect(later.headers).to.include({ 'x-inertia': 'true' })
        expect(JSON.parse(later.text)).to.deep.equal(JSON.parse(data))
        for (const { headers } of [first, later]) expect(membersOf(headers.vary)).to.include('x-inertia')
      })

      it('Inertia: old scripts and other sites are a 409 with X-Inertia-Location', async () => {
        const old = { ...inertia, 'X-Inertia-Version': 'another' }
        const stale = await request(portOf('Inertia'), { path: '/events/new?a=1', headers: old })
        expect(stale).to.include({ status: 409, text: '' })
        expect(stale.headers['x-inertia-location']).to.equal('/events/new?a=1')
        const away = await request(portOf('Inertia'), { path: '/pay', headers: inertia })
        expect(away.status).to.equal(409)
        expect(away.headers['x-inertia-location']).to.equal('https://pay.example/')
        const first = await request(portOf('Inertia'), { path: '/pay' })
        expect(first.status).to.equal(302)
        expect(first.headers.location).to.equal('https://pay.example/')
      })

      it('Inertia: a form is a 303, and its errors are in the props of the next page, once', async () => {
        const { method, body, headers } = form({})
        const posted = await request(portOf('Inertia'), {
          method,
          path: '/events',
          body,
          headers: { ...headers, ...inertia, Referer: urlIn('Inertia', '/events/new') },
        })
        expect(posted.status).to.equal(303)
        expect(posted.headers.location).to.equal('/events/new')
        const cookie = (posted.headers['set-cookie'] ?? []).map((line) => line.split(';')[0]).join('; ')
        const next = await request(portOf('Inertia'), { path: '/events/new', headers: { ...inertia, cookie } })
        expect(JSON.parse(next.text).props.errors).to.deep.equal({ title: 'is missing' })
        expect(next.headers['set-cookie']?.join()).to.match(/Max-Age=0|Expires=Thu, 01 Jan 1970/)
        const saved = await request(portOf('Inertia'), { path: '/events', ...form({ title: 'Party' }) })
        expect(saved.status).to.equal(303)
      })

      it('Proxy a fetch: the status, fields and body of the other server, and a 502 without it', async () => {
        const found = await request(portOf('Proxy a fetch'), { path: '/articles/7' })
        expect(found.status).to.equal(203)
        expect(found.headers).to.include({ 'content-type': 'application/json', 'x-from': '/articles/7' })
        expect(found.text).to.equal('{"accepts":"application/json"}')
        const crossing = await request(portOf('Proxy a fetch'), { path: '/articles/..%2Fsecret' })
        expect(crossing.headers['x-from']).to.equal('/articles/..%2Fsecret')
        const broken = await request(portOf('Proxy a fetch'), { path: '/articles/cut' })
        expect(broken.status).to.equal(502)
        expect(broken.headers['content-type']).to.equal('application/problem+json')
      })

      it('Proxy a fetch: a file of the other server is a download', async () => {
        const { status, headers, text } = await request(portOf('Proxy a fetch'), { path: '/handbook' })
        expect({ status, text }).to.deep.equal({ status: 200, text: 'the handbook' })
        expect(headers['content-disposition']).to.match(/^attachment; filename="?Handbook\.pdf"?$/)
        expect(headers['content-type']).to.equal('application/pdf')
      })

      // https://jsonapi.org/format/#content-negotiation-servers, and draft-kelly-json-hal
      it('JSON API and HAL: each has its type without parameters', async () => {
        const port = portOf('JSON API and HAL')
        const ask = (Accept: string): ReturnType<typeof request> =>
          request(port, { path: '/articles/1', headers: { Accept } })
        const api = await ask('application/vnd.api+json')
        expect(api.headers['content-type']).to.equal('application/vnd.api+json')
        expect(JSON.parse(api.text)).to.deep.equal({
          links: { self: '/articles/1' },
          data: { type: 'articles', id: '1', attributes: { title: 'Answers' } },
        })
        const hal = await ask('application/hal+json')
        expect(hal.headers['content-type']).to.equal('application/hal+json')
        expect(JSON.parse(hal.text)).to.deep.equal({ _links: { self: { href: '/articles/1' } }, title: 'Answers' })
        for (const { headers } of [api, hal]) expect(membersOf(headers.vary)).to.include('accept')
        expect((await ask('application/vnd.api+json; charset=utf-8')).status).to.equal(406)
        const missing = await request(port, { path: '/articles/9' })
        expect(missing.status).to.equal(404)
        expect(missing.headers['content-type']).to.equal('application/vnd.api+json')
        expect(JSON.parse(missing.text).errors[0].status).to.equal('404')
      })

      it('JSON API and HAL: a resource is made with 201, and a type with a parameter is a 415', async () => {
        const port = portOf('JSON API and HAL')
        const send = (type: string): ReturnType<typeof request> =>
          request(port, {
            method: 'POST',
            path: '/articles',
            body: JSON.stringify({ data: { type: 'articles', attributes: { title: 'New' } } }),
            headers: { 'content-type': type },
          })
        const made = await send('application/vnd.api+json')
        expect(made.status).to.equal(201)
        expect(made.headers).to.include({ location: '/articles/2', 'content-type': 'application/vnd.api+json' })
        expect(JSON.parse(made.text).data).to.deep.equal({ type: 'articles', id: '2', attributes: { title: 'New' } })
        expect((await send('application/vnd.api+json; charset=utf-8')).status).to.equal(415)
      })

      // ISO 32000-1 §7.5: the head, the marker at the end, and the offset of the cross-reference table
      it('PDF: a whole document, saved under its name, and no document for HEAD', async () => {
        const { status, headers, body } = await request(portOf('PDF'), { path: '/invoices/17' })
        expect(status).to.equal(200)
        expect(headers['content-type']).to.equal('application/pdf')
        expect(headers['content-disposition']).to.match(/^attachment; filename="?invoice-17\.pdf"?$/)
        const text = body.toString('latin1')
        expect(text).to.match(/^%PDF-1\.\d/)
        const table = Number(/startxref\s+(\d+)\s+%%EOF\s*$/.exec(text)?.[1])
        expect(text.slice(table, table + 4)).to.equal('xref')
        const head = await request(portOf('PDF'), { method: 'HEAD', path: '/invoices/17' })
        expect(head.headers['content-disposition']).to.equal(headers['content-disposition'])
        expect(head.body).to.have.length(0)
      })

      // ECMA-376 part 2 §10: a package is a zip with [Content_Types].xml
      it('XLSX: a whole workbook with its type', async () => {
        const { headers, body } = await request(portOf('XLSX'), { path: '/sums' })
        expect(headers['content-type']).to.equal('application/vnd.openxmlformats-officedocument.spreadsheetml.sheet')
        expect(headers['content-disposition']).to.match(/^attachment; filename="?sums\.xlsx"?$/)
        const parts = readZip(body)
        expect(parts).to.include.keys('[Content_Types].xml', 'xl/workbook.xml', 'xl/worksheets/sheet1.xml')
        expect(parts['xl/worksheets/sheet1.xml']).to.match(/<v>20<\/v>/)
        expect(Object.values(parts).join()).to.include('January')
      })

      it('React: the shell leaves before the data is there, and the data follows', async () => {
        const asked = once(orders, 'request')
        const answer = await fetch(urlIn('React', '/orders'))
        expect(answer.headers.get('content-type')).to.equal('text/html; charset=utf-8')
        const chunks = (answer.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()).getReader()
        let text = ''
        while (!text.includes('One moment')) text += (await chunks.read()).value ?? expect.fail(`no shell in ${text}`)
        expect(text)
          .to.match(/^<main>/)
          .and.not.to.include('Tea')
        const [, response] = await asked
        response.end(JSON.stringify(['Tea', '<Cake>']))
        for (let next = await chunks.read(); !next.done; next = await chunks.read()) text += next.value
        expect(text).to.include('<li>Tea</li>').and.to.include('<li>&lt;Cake&gt;</li>')
      })

      it('Signed links in e-mails: the link in the mail works once, HEAD does not use it up', async () => {
        const port = portOf('Signed links in e-mails')
        const { status } = await request(port, { path: '/confirm', ...form({ email: 'ann@shop.example' }) })
        expect(status).to.equal(202)
        const mail = messages.at(-1)?.replaceAll('=\n', '').replaceAll('=3D', '=') ?? ''
        expect(mail).to.match(/^To: ann@shop\.example$/m)
        const link = new URL(/https:\S+/.exec(mail)?.[0] ?? '')
        expect(link.origin).to.equal('https://shop.example')
        const path = link.pathname + link.search
        expect((await request(port, { path: path.replace('/7', '/8') })).status).to.equal(403)
        expect((await request(port, { method: 'HEAD', path })).status).to.equal(200)
        expect(await request(port, { path })).to.include({ status: 200, text: 'Welcome, user 7' })
        expect((await request(port, { path })).status).to.equal(403)
      })

      // WHATWG HTML §9.2: a client that comes back sends Last-Event-ID
      it('A feed with a snapshot: what is there first, then each change, and no second snapshot', async () => {
        const port = portOf('A feed with a snapshot')
        const client = new EventSource(urlIn('A feed with a snapshot', '/prices'))
        const next = (type: string): Promise<MessageEvent> =>
          new Promise((resolve) => client.addEventListener(type, resolve, { once: true }))
        expect(JSON.parse((await next('snapshot')).data)).to.deep.equal({ tea: 3 })
        const change = next('price')
        expect((await request(port, { path: '/prices', ...form({ name: 'cake', price: '5' }) })).status).to.equal(204)
        const { data, lastEventId } = await change
        client.close()
        expect(JSON.parse(data)).to.deep.equal({ name: 'cake', price: 5 })
        await request(port, { path: '/prices', ...form({ name: 'tea', price: '4' }) })
        const missed = await readUntil(urlIn('A feed with a snapshot', '/prices'), lastEventId, '"tea"')
        expect(missed).to.include('event: price').and.not.to.include('snapshot')
      })

      it('S3: an object is a download with ranges, and one that is missing is a 404', async () => {
        const whole = await request(portOf('S3'), { path: '/invoices/7' })
        expect(whole).to.include({ status: 200, text: '%PDF-1.7 seven' })
        expect(whole.headers['content-type']).to.equal('application/pdf')
        expect(whole.headers['content-disposition']).to.match(/^attachment; filename="?7\.pdf"?$/)
        const part = await request(portOf('S3'), { path: '/invoices/7', headers: { range: 'bytes=9-' } })
        expect(part).to.include({ status: 206, text: 'seven' })
        expect((await request(portOf('S3'), { path: '/invoices/8' })).status).to.equal(404)
      })

      it('answers a request that its form does not make, in each recipe, as a fault of the client', async () => {
        const post = (path: string, body = '', type = 'text/plain') => ({
          method: 'POST',
          path,
          body,
          headers: { 'content-type': type },
        })
        const api = 'application/vnd.api+json'
        const stale = { 'X-Inertia': 'true', 'X-Inertia-Version': 'another' }
        const cases: [title: string, asked: Parameters<typeof request>[1], status: number][] = [
          ['HTMX', post('/tasks'), 422],
          ['Turbo', post('/messages'), 422],
          ['Inertia', post('/events'), 303],
          ['Proxy a fetch', { path: '/articles/%2e%2e' }, 404],
          ['Proxy a fetch', { path: '/articles/.' }, 404],
          ['JSON API and HAL', post('/articles'), 415],
          ['JSON API and HAL', post('/articles', '', api), 422],
          ['JSON API and HAL', post('/articles', '{"data":null}', api), 422],
          ['JSON API and HAL', post('/articles', '{"data":{"attributes":{"title":1}}}', api), 422],
          ['Signed links in e-mails', post('/confirm'), 422],
          ['A feed with a snapshot', post('/prices'), 422],
          ['A feed with a snapshot', { path: '/prices', ...form({ name: 'tea', price: 'x' }) }, 422],
        ]
        for (const [title, asked, status] of cases) {
          expect((await request(portOf(title), asked)).status, `${title} ${asked?.path} ${asked?.body}`).to.equal(
            status,
          )
        }
        const away = await request(portOf('Inertia'), { path: '//other.example/', headers: stale })
        expect(away.headers['x-inertia-location']).to.equal('/')
      })

      it('React: HEAD asks for no data', async () => {
        let isAsked = false
        const cut: http.RequestListener = (_req, res) => {
          isAsked = true
          res.destroy() // a promise that no code awaits would end the process
        }
        orders.on('request', cut)
        const { status, headers } = await request(portOf('React'), { method: 'HEAD', path: '/orders' })
        expect(status).to.equal(200)
        expect(headers['content-type']).to.equal('text/html; charset=utf-8')
        expect((await request(portOf('React'), { path: '/' })).status).to.equal(404)
        orders.off('request', cut)
        expect(isAsked).to.equal(false)
      })

      it('Uploads: the temporary file is gone after an answer, after a failure, and after a client that leaves', async () => {
        const sent = await fetch(urlIn('Uploads', '/photos'), photo('pixels'))
        expect(sent.status).to.equal(200)
        expect(sent.headers.get('content-disposition')).to.match(/^attachment; filename="?dawn\.png"?$/)
        expect(await sent.text()).to.equal('pixels')
        await isEmptied(uploads)
        expect((await fetch(urlIn('Uploads', '/photos'), photo(''))).status).to.equal(422)
        await isEmptied(uploads)
        const large = await fetch(urlIn('Uploads', '/photos'), photo('x'.repeat(9_000_000)))
        expect(large.status).to.equal(200)
        await large.body?.cancel()
        await isEmptied(uploads)
        const none = await fetch(urlIn('Uploads', '/photos'), { method: 'POST', body: new FormData() })
        expect(none.status).to.equal(400)
      })

      it('Uploads: a file that is made for one answer is gone after it', async () => {
        const report = await request(portOf('Uploads'), { path: '/report' })
        expect(report).to.include({ status: 200, text: 'made for this answer' })
        await isEmptied(uploads)
      })
    })
  }
})
