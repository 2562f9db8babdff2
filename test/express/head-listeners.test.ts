import { createRequire } from 'node:module'
import { gunzipSync } from 'node:zlib'
import { expect } from 'chai'
import compression from 'compression'
import session from 'express-session'
import morgan from 'morgan'
import { createServer, responseKit } from '../../src/express/index.js'
import { request } from '../support/request.js'

const require = createRequire(import.meta.url)
const PAGE = `<!doctype html>${'<p>A paragraph.</p>'.repeat(200)}`

for (const name of ['express4', 'express5']) {
  describe(`packages that watch the head: ${name}`, () => {
    const express = require(name)

    async function answer(middleware: any, handler: any, headers = {}) {
      const app = express().use(middleware, responseKit(), handler)
      const server = createServer(app).listen(0, '127.0.0.1')
      await new Promise((resolve) => server.once('listening', resolve))
      try {
        return await request((server.address() as { port: number }).port, { headers })
      } finally {
        await new Promise((resolve) => server.close(resolve))
      }
    }

    it('compression sees the type and length, and codes the body', async () => {
      const gzip = { 'Accept-Encoding': 'gzip' }
      const { headers, body } = await answer(compression(), (_req: any, res: any) => res.html(PAGE), gzip)
      expect(headers).to.include({ 'content-encoding': 'gzip', 'content-type': 'text/html; charset=utf-8' })
      expect(headers).not.to.have.property('content-length')
      expect(gunzipSync(body).toString()).to.equal(PAGE)
      const short = await answer(compression(), (_req: any, res: any) => res.html('<p>'), gzip)
      expect(short.headers).to.include({ 'content-length': '3' }).and.not.to.have.property('content-encoding')
    })

    it('express-session adds its cookie to the ones set here', async () => {
      const sessions = session({ secret: 's', resave: false, saveUninitialized: true })
      const { headers } = await answer(sessions, (_req: any, res: any) =>
        res.setCookie('a', '1').setCookie('b', '2').text('x'),
      )
      expect(headers['set-cookie']?.map((line) => line.split('=', 1)[0])).to.deep.equal(['a', 'b', 'connect.sid'])
    })

    it('morgan logs what was sent', async () => {
      const lines: string[] = []
      const stream = { write: (line: string) => void lines.push(line.trim()) }
      const log = morgan(':status :res[content-type] :res[content-length]', { stream })
      await answer(log, (_req: any, res: any) => res.setStatus(201).text('héllo'))
      expect(lines).to.deep.equal(['201 text/plain; charset=utf-8 6'])
    })
  })
}
