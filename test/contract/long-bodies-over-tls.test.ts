import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { expect } from 'chai'
import { json, type SendOutcome } from '../../src/index.js'
import { frameworks, type Handler } from '../support/frameworks.js'

const MEGABYTE = 1024 * 1024
const text = 'é'.repeat(MEGABYTE)
const bytes = Buffer.from(text)
const [key, cert] = ['key', 'cert'].map((part) =>
  readFileSync(new URL(`../fixtures/localhost-${part}.pem`, import.meta.url)),
)

const calls: readonly [call: string, run: Handler, body: Buffer][] = [
  ['text()', (target) => target.text(text), bytes],
  ['html()', (target) => target.html(text), bytes],
  ['bytes()', (target) => target.bytes(bytes), bytes],
  ['reply() of JSON', (target) => target.reply(json(text)), Buffer.from(`"${text}"`)],
  ['file() of a Buffer', (target) => target.file(bytes), bytes],
]

describe('a body over 1 MB in memory, over TLS', () => {
  for (const framework of frameworks) {
    describe(framework.name, () => {
      let server: https.Server
      let run: Handler
      const errors: Error[] = []
      /** The lengths of what was written on the response. */
      let pieces: number[] = []
      before(async () => {
        const listener = framework.createListener(
          (target, options) => {
            const { res } = options.native
            for (const name of ['write', 'end']) {
              const send = res[name]
              res[name] = (chunk: unknown, ...rest: unknown[]) => {
                if (typeof chunk === 'string' || chunk instanceof Uint8Array) pieces.push(Buffer.byteLength(chunk))
                return send.call(res, chunk, ...rest)
              }
            }
            return run(target, options)
          },
          {},
          errors,
        )
        server = https.createServer({ key, cert }, listener).listen(0, '127.0.0.1')
        await once(server, 'listening')
      })
      after(() => {
        server.close()
        server.closeAllConnections()
      })
      beforeEach(() => {
        errors.length = 0
        pieces = []
      })

      const ask = async (method = 'GET', headers = {}) => {
        const { port } = server.address() as AddressInfo
        const options = { port, host: '127.0.0.1', method, headers, rejectUnauthorized: false, agent: false }
        const [answer] = await once(https.request(options).end(), 'response')
        return { status: answer.statusCode, headers: answer.headers, body: await buffer(answer) }
      }

      for (const [call, handler, body] of calls) {
        it(`${call} leaves in pieces, so that no turn encrypts all of it`, async () => {
          run = handler
          const answer = await ask()
          expect(answer.status).to.equal(200)
          expect(answer.headers['content-length']).to.equal(`${body.length}`)
          expect(answer.body.equals(body)).to.equal(true)
          expect(pieces.reduce((sum, length) => sum + length, 0)).to.equal(body.length)
          expect(Math.max(...pieces)).to.be.at.most(MEGABYTE)
          expect(errors).to.deep.equal([])
        })

        it(`${call}: HEAD has the length of GET, and a staged entity-tag gives a 304`, async () => {
          run = handler
          const head = await ask('HEAD')
          expect([head.status, head.headers['content-length']]).to.deep.equal([200, `${body.length}`])
          run = (target, options) => handler(target.setEtag('v1'), options)
          const { status } = await ask('GET', { 'If-None-Match': '"v1"' })
          expect(status).to.equal(304)
        })
      }

      it('a client that leaves before the last bytes, which wait in the process: an abort', async () => {
        const large = Buffer.alloc(64 * MEGABYTE)
        let tell = (_outcome: SendOutcome): void => undefined
        const told = new Promise<SendOutcome>((resolve) => {
          tell = resolve
        })
        run = (target, { native }) => {
          target.afterSend(tell)
          if (native.ctx !== undefined) native.ctx.respond = false
          native.res.end(large)
        }
        const { port } = server.address() as AddressInfo
        const options = { port, host: '127.0.0.1', rejectUnauthorized: false, agent: false }
        const [answer] = await once(https.request(options).end(), 'response')
        answer.once('data', () => answer.destroy())
        expect(await told).to.deep.equal({ aborted: true, error: undefined })
      })

      if (framework.name.startsWith('koa')) {
        it('is the body of the context as soon as the call returns', async () => {
          let [isSet, isOfObjects] = [false, true]
          run = (target, { native }) => {
            target.text(text)
            isSet = native.ctx.body != null
            isOfObjects = native.ctx.body.readableObjectMode
          }
          await ask()
          expect([isSet, isOfObjects]).to.deep.equal([true, false])
        })
      }

      for (const method of ['GET', 'HEAD']) {
        it(`a client that has left before the call makes no error of the app: ${method}`, async () => {
          let called: ((value: unknown) => void) | undefined
          const isCalled = new Promise((resolve) => {
            called = resolve
          })
          run = async (target, { native }) => {
            request.destroy()
            if (!native.req.destroyed) await once(native.res, 'close')
            try {
              target.text(text)
              called?.(undefined)
            } catch (error) {
              called?.(error)
            }
          }
          const { port } = server.address() as AddressInfo
          const request = https
            .request({ port, method, host: '127.0.0.1', rejectUnauthorized: false, agent: false })
            .end()
          request.on('error', () => undefined)
          expect(await isCalled).to.equal(undefined)
          expect(errors).to.deep.equal([])
        })
      }

      it('a client that leaves in the middle ends it without an error of the app', async () => {
        let closed: Promise<unknown> | undefined
        run = (target, { native }) => {
          closed = once(native.res, 'close')
          return target.bytes(Buffer.alloc(16 * MEGABYTE))
        }
        const { port } = server.address() as AddressInfo
        const request = https.request({ port, host: '127.0.0.1', rejectUnauthorized: false, agent: false }).end()
        const [answer] = await once(request, 'response')
        await once(answer, 'data')
        request.destroy()
        await closed
        expect(errors).to.deep.equal([])
      })
    })
  }
})
