import http from 'node:http'
import { createRequire } from 'node:module'
import zlib from 'node:zlib'
import { expect } from 'chai'
import compression from 'compression'
import { responseKit } from '../../src/express/index.js'
import { listen, type RunningApp } from '../support/frameworks.js'

const require = createRequire(import.meta.url)

for (const name of ['express4', 'express5']) {
  describe(`streams under compression: ${name}`, () => {
    let app: RunningApp
    const serve = async (handler: (req: any, res: any) => unknown): Promise<void> => {
      const express = require(name)()
      express.use(compression())
      express.use(responseKit())
      express.use(handler)
      app = await listen(express)
    }
    afterEach(() => app.close())

    const get = (): Promise<http.IncomingMessage> =>
      new Promise((resolve) => {
        http.get({ port: app.port, agent: false, headers: { 'Accept-Encoding': 'gzip' } }, resolve)
      })

    it('each chunk leaves when it is made', async () => {
      const steps: (() => void)[] = []
      await serve((_req, res) =>
        res.streaming(
          async function* () {
            for (const word of ['one', 'two', 'three']) {
              yield word
              await new Promise<void>((resolve) => steps.push(resolve))
            }
          },
          { type: 'text/plain' },
        ),
      )
      const incoming = await get()
      expect(incoming.headers['content-encoding']).to.equal('gzip')
      const received: string[] = []
      for await (const chunk of incoming.pipe(zlib.createGunzip())) {
        received.push(String(chunk))
        steps.shift()?.()
      }
      expect(received).to.deep.equal(['one', 'two', 'three'])
    })

    it('a large body arrives whole, with no listener leaked', async () => {
      const warnings: string[] = []
      const warn = (warning: Error): void => void warnings.push(warning.message)
      process.on('warning', warn)
      await serve((_req, res) =>
        res.streaming(
          function* () {
            for (let index = 0; index < 200; index++) yield `${index}`.padEnd(50_000, 'x')
          },
          { type: 'text/plain' },
        ),
      )
      let length = 0
      for await (const chunk of (await get()).pipe(zlib.createGunzip())) length += chunk.length
      process.off('warning', warn)
      expect(length).to.equal(200 * 50_000)
      expect(warnings).to.deep.equal([])
    })

    it('an event stream is left uncompressed', async () => {
      await serve((_req, res) => res.sse(['x'.repeat(5000)]))
      const incoming = await get()
      expect(incoming.headers).not.to.have.property('content-encoding')
      incoming.resume()
    })
  })
}
