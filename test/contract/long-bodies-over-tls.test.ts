import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'chai'
import { json, type SendOutcome } from '../../src/index.js'
import { frameworks, type Handler } from '../support/frameworks.js'

const MEGABYTE = 1024 * 1024
const text = 'é'.repeat(MEGABYTE)
const bytes = Buffer.from(text)
const [key, cert] = ['key', 'cert'].map((part) =>
  readFileSync(new URL(`../fixtures/localhost-${part}.pem`, import.meta.url)),
)

/** Each way to answer with a body in memory, which the framework's own calls give to Node in one piece. */
const wholeCalls: readonly [call: string, run: Handler, body: Buffer][] = [
  ['text()', (target) => target.text(text), bytes],
  ['html()', (target) => target.html(text), bytes],
  ['bytes()', (target) => target.bytes(bytes), bytes],
  ['reply() of JSON', (target) => target.reply(json(text)), Buffer.from(`"${text}"`)],
]
const inPieces: (typeof wholeCalls)[number] = ['file() of a Buffer', (target) => target.file(bytes), bytes]

/** What legacy code does with a response that has been answered. It changes nothing if Express's own `send` has answered. */
const lateCode: Readonly<Record<string, (native: any) => void>> = {
  'ends the response': ({ res }) => res.end(),
  'ends the response when the request has been read': ({ req, res }) => req.on('close', () => res.end()),
  'ends the response a turn later': ({ res }) => setImmediate(() => res.end()),
  'goes on if no head has been sent': ({ res, next }) => res.headersSent || next(),
  'goes on a tick later if no head has been sent': ({ res, next }) => process.nextTick(() => res.headersSent || next()),
  'answers an error if no head has been sent': ({ res }) => res.headersSent || res.writeHead(500).end('error'),
}

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

      /** Asks, and waits so many milliseconds before it reads the body. */
      const ask = async (method = 'GET', headers = {}, pauseMs = 0) => {
        const { port } = server.address() as AddressInfo
        const options = { port, host: '127.0.0.1', method, headers, rejectUnauthorized: false, agent: false }
        const [answer] = await once(https.request(options).end(), 'response')
        if (pauseMs > 0) await delay(pauseMs)
        return { status: answer.statusCode, headers: answer.headers, body: await buffer(answer) }
      }

      it(`${inPieces[0]} leaves in pieces, so that no turn encrypts all of it`, async () => {
        const [, handler, body] = inPieces
        run = handler
        const answer = await ask()
        expect(answer.status).to.equal(200)
        expect(answer.headers['content-length']).to.equal(`${body.length}`)
        expect(answer.body.equals(body)).to.equal(true)
        expect(pieces.reduce((sum, length) => sum + length, 0)).to.equal(body.length)
        expect(Math.max(...pieces)).to.be.at.most(MEGABYTE)
        expect(errors).to.deep.equal([])
      })

      for (const [call, handler, body] of wholeCalls) {
        if (framework.family === 'express') {
          for (const [what, act] of Object.entries(lateCode)) {
            it(`${call} stays whole if the code after it ${what}`, async () => {
              run = (target, options) => {
                handler(target, options)
                act(options.native)
              }
              const answer = await ask()
              expect(answer.status).to.equal(200)
              expect(answer.headers['content-length']).to.equal(`${body.length}`)
              expect(answer.body.equals(body)).to.equal(true)
              expect(errors).to.deep.equal([])
            })
          }
        }

        it(`${call} stays whole if a deadline of the app ends the response`, async () => {
          run = (target, options) => {
            const res = options.native.res ?? options.native.ctx.res
            setTimeout(() => res.end(), 50)
            return handler(target, options)
          }
          const answer = await ask('GET', {}, 100)
          expect(answer.body.equals(body)).to.equal(true)
          expect(errors).to.deep.equal([])
        })
      }

      for (const [call, handler, body] of [...wholeCalls, inPieces]) {
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

      if (framework.family === 'koa') {
        it('text() is the body of the context as soon as it returns', async () => {
          let set: unknown
          run = (target, { native }) => {
            target.text(text)
            set = native.ctx.body
          }
          await ask()
          expect(set).to.equal(text)
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
          return target.file(Buffer.alloc(16 * MEGABYTE))
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
