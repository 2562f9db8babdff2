import http from 'node:http'
import { connect } from 'node:net'
import { expect } from 'chai'
import { defineRoutes } from '../../src/index.js'
import { frameworks, type Handler } from '../support/frameworks.js'

const LENGTH = 200_000
/** What a linear server takes for one request of that length, with much room for a busy machine. */
const MAX_CPU_MS = 400

const UNITS = [
  ' ',
  '\t',
  ',',
  ', ',
  '"',
  '"a",',
  'W/"',
  '\\',
  '/',
  '../',
  '=',
  ';',
  '; ',
  'a=b; ',
  '0-,',
  '%',
  '<',
  '-',
  'a',
  '\xe9',
]
// biome-ignore format: a list
const FIELDS = [
  'If-None-Match: "a",', 'If-Match: W/', 'If-Modified-Since: Sun, ', 'If-Range: "', 'Range: bytes=0-', 'Accept: text/html;q=', 'Accept-Encoding: br;',
  'Cookie: sid=', 'Cookie: kit.flash=v1.', 'Referer: http://app.example/', 'Last-Event-ID: ', 'X-Forwarded-Host: ', 'X-Forwarded-Proto: ', 'Host: a',
  'Content-Type: text/plain; charset=',
]
const PATHS = ['/text?__back=/', '/text?', '/']

const routes = defineRoutes({ home: '/', user: '/users/:id' }, { secrets: 'a secret of thirty-two bytes or more' })
const kit = { routes, cookies: { secrets: 'a secret of thirty-two bytes or more' } }

/** Every part of the kit that reads a request reads this one. */
const handler: Handler = async (target) => {
  target.flash()
  target.getCookie('sid', { signed: true })
  target.getCookie('sid', { encrypted: true })
  target.getCookie('sid')
  target.backField()
  target.route('home', {}, { query: true })
  await target.negotiate({ html: '<p>hi', json: { hi: true }, default: 'hi' })
}
const download: Handler = (target) => target.download(Buffer.from('content'), 'a.txt')
const back: Handler = (target) => target.back('/')

for (const framework of frameworks) {
  describe(`a hostile request takes linear time: ${framework.name}`, function () {
    this.timeout(120_000)
    // The parsers are the same on every framework: two of them run all handlers.
    const isNewest = framework.name === 'express5' || framework.name === 'koa3'
    const handlers = isNewest ? { negotiate: handler, download, back } : { negotiate: handler }
    for (const [name, handle] of Object.entries(handlers)) {
      it(`${name}()`, async () => {
        const server = http.createServer({ maxHeaderSize: 2 * LENGTH }, framework.createListener(handle, { kit }, []))
        await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
        const { port } = server.address() as { port: number } // it listens on a port
        const slow: string[] = []
        const measure = async (head: string, what: string) => {
          let best = Number.POSITIVE_INFINITY
          for (let round = 0; round < 3 && best > MAX_CPU_MS; round++) {
            const before = process.cpuUsage()
            await exchange(port, head)
            const { user, system } = process.cpuUsage(before)
            best = Math.min(best, (user + system) / 1000)
          }
          if (best > MAX_CPU_MS) slow.push(`${what}: ${best.toFixed(0)} ms`)
        }
        try {
          for (const unit of UNITS) {
            const long = unit.repeat(LENGTH / unit.length)
            for (const field of FIELDS) {
              const host = field.startsWith('Host') ? '' : 'Host: app.example\r\n'
              await measure(`GET / HTTP/1.1\r\n${host}${field}${long}x\r\n`, `${field}${unit}`)
            }
            const inPath = encodeURI(long).slice(0, LENGTH)
            for (const path of PATHS)
              await measure(`GET ${path}${inPath} HTTP/1.1\r\nHost: app.example\r\n`, path + unit)
          }
        } finally {
          server.close()
        }
        expect(slow).to.deep.equal([])
      })
    }
  })
}

/** Sends one request and reads up to the end of the connection. */
function exchange(port: number, head: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.end(`${head}Connection: close\r\n\r\n`, 'latin1'))
    socket.on('data', () => {})
    socket.on('error', (error: Error & { code?: string }) => (error.code === 'ECONNRESET' ? resolve() : reject(error)))
    socket.on('close', () => resolve())
  })
}
