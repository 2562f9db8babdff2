import { once } from 'node:events'
import { existsSync } from 'node:fs'
import http2 from 'node:http2'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import { channel, type SendOutcome } from '../../src/index.js'
import { type ResponseKitOptions, responseKit } from '../../src/koa/index.js'
import { OpenFile } from '../../src/shared/files/disk/open-file.js'
import { promised } from '../support/promised.js'
import { Sandbox } from '../support/sandbox.js'

const require = createRequire(import.meta.url)
const never = new Promise<never>(() => undefined)
const sandbox = new Sandbox()
const path = sandbox.write('file.txt', 'of a file')
after(() => sandbox.remove())

/** Fields of one connection, which HTTP/2 has no place for (RFC 9113 §8.2.2). */
const CONNECTION_FIELDS = ['connection', 'transfer-encoding', 'keep-alive', 'proxy-connection', 'upgrade']

for (const name of ['koa2', 'koa3']) {
  describe(`HTTP/2: ${name}`, () => {
    let server: http2.Http2Server
    let client: http2.ClientHttp2Session
    const errors: Error[] = []
    const serve = async (
      handler: (ctx: any) => unknown,
      settings: http2.Settings = {},
      kit: ResponseKitOptions = {},
    ): Promise<void> => {
      const koa = new (require(name))()
      koa.on('error', (error: Error) => errors.push(error))
      koa.use(responseKit(kit))
      koa.use(handler)
      server = http2.createServer(koa.callback()).listen(0, '127.0.0.1')
      await once(server, 'listening')
      const { port } = server.address() as AddressInfo // a port: it listens
      client = http2.connect(`http://127.0.0.1:${port}`, { settings })
    }
    const ask = (): http2.ClientHttp2Stream => client.request({ ':path': '/' }).setEncoding('utf8')
    const answer = async (): Promise<{ headers: http2.IncomingHttpHeaders; text: string }> => {
      const stream = ask()
      const [[headers], text] = await Promise.all([once(stream, 'response'), stream.toArray()])
      return { headers, text: text.join('') }
    }
    beforeEach(() => void errors.splice(0))
    afterEach(async () => {
      const closed = once(server, 'close')
      client.destroy()
      server.close()
      await closed
    })

    const bodies: Record<string, [(ctx: any) => unknown, string]> = {
      streaming: [(ctx) => ctx.streaming(['one ', 'two']), 'one two'],
      ndjson: [(ctx) => ctx.ndjson([1, 2]), '1\n2\n'],
      sse: [(ctx) => ctx.sse(['hello']), 'data: hello\n\n'],
      text: [(ctx) => ctx.text('text'), 'text'],
      file: [(ctx) => ctx.file(path), 'of a file'],
    }
    // Koa 2 itself answers no HEAD request over HTTP/2.
    for (const [call, [send]] of name === 'koa3' ? Object.entries(bodies) : []) {
      it('an error of a source has a page without the fields of a connection', async () => {
        const headers = { ...Object.fromEntries(CONNECTION_FIELDS.map((field) => [field, 'x'])), 'retry-after': '3' }
        const error = Object.assign(new Error('late'), { status: 429, headers })
        await serve((ctx) =>
          ctx.streaming(async function* () {
            yield await Promise.reject(error)
          }),
        )
        const [answer] = await once(client.request().resume(), 'response')
        expect(answer)
          .to.include({ ':status': 429, 'retry-after': '3' })
          .and.not.to.have.any.keys(...CONNECTION_FIELDS)
        expect(errors.splice(0)).to.deep.equal([error])
        expect(error.headers).to.equal(headers)
      })

      it(`${call}() for HEAD: what waits for the end of the answer runs after it`, async () => {
        let isSent: boolean | undefined
        let tell = (_outcome: unknown): void => undefined
        const outcome = new Promise((resolve) => {
          tell = resolve
        })
        await serve((ctx) => {
          ctx.afterSend((reached: unknown) => {
            isSent = ctx.res.headersSent
            tell(reached)
          })
          return send(ctx)
        })
        const [headers] = await once(client.request({ ':path': '/', ':method': 'HEAD' }), 'response')
        expect(headers[':status']).to.equal(200)
        expect(await outcome).to.deep.equal({ aborted: false, error: undefined })
        expect(isSent).to.equal(true)
      })
    }

    for (const [how, end] of Object.entries<(stream: http2.ServerHttp2Stream, reset: () => void) => void>({
      'that the app answers by its stream': (stream) => stream.respond({ ':status': 200 }),
      'whose stream the app closes': (stream) => stream.close(http2.constants.NGHTTP2_CANCEL),
      'whose client leaves before the answer': (_stream, reset) => reset(),
    })) {
      it(`a HEAD request ${how}: what waits for the end of the answer runs`, async () => {
        let tell = (): void => undefined
        const told = new Promise<void>((resolve) => {
          tell = resolve
        })
        let reset = (): void => undefined
        await serve((ctx) => {
          ctx.respond = false
          ctx.afterSend(tell)
          end(ctx.res.stream, reset)
          return never
        })
        const stream = client.request({ ':path': '/', ':method': 'HEAD' })
        stream.on('error', () => undefined)
        reset = () => stream.close(http2.constants.NGHTTP2_CANCEL)
        stream.resume()
        await told
      })
    }

    it('neither an answer nor its error page touches the reason phrase, which Node warns of (RFC 9113 §8.3.2)', async () => {
      const { prototype } = http2.Http2ServerResponse
      const own = Object.getOwnPropertyDescriptor(prototype, 'statusMessage')
      if (own === undefined) throw new Error('Node has no such property')
      const touched: string[] = []
      Object.defineProperty(prototype, 'statusMessage', {
        configurable: true,
        get: () => touched.push('read') && '',
        set: () => touched.push('set'),
      })
      try {
        await serve((ctx) => {
          ctx.text('text')
          throw new Error('after the answer')
        })
        expect((await answer()).headers[':status']).to.equal(500)
      } finally {
        Object.defineProperty(prototype, 'statusMessage', own)
      }
      expect(touched).to.deep.equal([])
    })

    for (const [call, [handler, body]] of Object.entries(bodies)) {
      it(`${call} has the same body and no field of a connection`, async () => {
        await serve(handler)
        const { headers, text } = await answer()
        expect(headers[':status']).to.equal(200)
        expect(text).to.equal(body)
        expect(headers).to.not.have.any.keys(...CONNECTION_FIELDS)
        expect(errors).to.deep.equal([])
      })
    }

    it('an error before the first chunk is a status', async () => {
      await serve((ctx) =>
        ctx.streaming(() => {
          throw Object.assign(new Error('not yours'), { status: 403 })
        }),
      )
      expect((await answer()).headers[':status']).to.equal(403)
    })

    it('a late error resets the stream, and the connection serves on', async () => {
      let isFailing = true
      await serve((ctx) =>
        ctx.streaming(async function* () {
          yield 'one'
          await new Promise((resolve) => setImmediate(resolve))
          if (isFailing) throw new Error('too late')
        }),
      )
      const stream = ask().resume()
      const [error] = await once(stream, 'error').catch((reason) => [reason])
      expect(error.code).to.equal('ERR_HTTP2_STREAM_ERROR')
      expect(stream.rstCode).to.equal(http2.constants.NGHTTP2_INTERNAL_ERROR)
      expect(errors.map(({ message }) => message)).to.deep.equal(['too late'])
      isFailing = false
      expect((await answer()).text).to.equal('one')
    })

    it('a source that goes on after the app has ended the response is ended', async () => {
      let goOn = (): void => undefined
      const ended = new Promise<void>((resolve) => {
        goOn = resolve
      })
      const codes: unknown[] = []
      let res: any
      await serve(
        (ctx) => {
          res = ctx.res
          return ctx.streaming(
            (async function* () {
              yield 'begin'
              await ended
              yield 'rest'
            })(),
          )
        },
        {},
        { onError: (error) => codes.push((error as { code?: string }).code) },
      )
      const stream = ask().on('error', () => undefined) // Koa 3 destroys a response whose body fails
      await once(stream, 'data')
      res.end()
      goOn()
      await new Promise((resolve) => stream.once('close', resolve))
      while (codes.length === 0) await new Promise(setImmediate)
      expect([codes, errors]).to.deep.equal([['ALREADY_SENT'], []])
    })

    it('a client that cancels runs the finally, and is no error', async () => {
      let end = (): void => undefined
      const ended = new Promise<void>((resolve) => {
        end = resolve
      })
      await serve((ctx) =>
        ctx.streaming(async function* ({ signal }: { signal: AbortSignal }) {
          try {
            yield 'one'
            await Promise.race([never, once(signal, 'abort')])
          } finally {
            end()
          }
        }),
      )
      const stream = ask()
      await once(stream, 'data')
      stream.close(http2.constants.NGHTTP2_CANCEL)
      await ended
      expect(errors).to.deep.equal([])
    })

    it('a chunk that comes while the streams of a closed connection end is no error', async () => {
      const outcomes: boolean[] = []
      let tell = (): void => undefined
      const told = new Promise<void>((resolve) => {
        tell = resolve
      })
      const handler = (ctx: any): unknown => {
        const closing = once(ctx.res.stream, 'aborted')
        ctx.afterSend(({ aborted }: { aborted: boolean }) => {
          if (outcomes.push(aborted) === 2) tell()
        })
        return ctx.streaming(async function* () {
          yield 'one'
          await closing // the stream takes no bytes any more; the second one closes later
          for (;;) yield 'two'
        })
      }
      await serve(handler, { initialWindowSize: 0 }) // no byte of a body can leave
      await Promise.all([ask(), ask()].map((stream) => once(stream, 'response')))
      client.destroy()
      await told
      expect(outcomes).to.deep.equal([true, true])
      expect(errors).to.deep.equal([])
    })

    const long = Buffer.alloc(8 * 1024 * 1024, 'x')
    const answers: Record<string, (ctx: any) => unknown> = {
      streaming: (ctx) =>
        ctx.streaming(function* () {
          for (let count = 0; count < 128; count++) yield long.subarray(0, 65_536)
        }),
      file: (ctx) => ctx.file(sandbox.write('long.bin', long.toString())),
      bytes: (ctx) => ctx.bytes(long),
      zip: (ctx) => ctx.zip([{ name: 'a', source: long }], 'a.zip', { compress: false }),
    }
    for (const [call, send] of Object.entries(answers)) {
      for (const [what, isWhole] of [
        ['a client that cancels it is told as aborted', false],
        ['a client that takes all of it is not', true],
      ] as const) {
        it(`afterSend of ${call}: ${what}`, async () => {
          let tell: (outcome: unknown) => void = () => undefined
          const outcome = new Promise<unknown>((resolve) => {
            tell = resolve
          })
          await serve((ctx) => {
            ctx.afterSend(tell)
            return send(ctx)
          })
          const stream = client.request({ ':path': '/' })
          if (isWhole) stream.resume()
          else {
            await once(stream, 'data')
            stream.close(http2.constants.NGHTTP2_CANCEL)
          }
          expect(await outcome).to.deep.equal({ aborted: !isWhole, error: undefined })
          expect(errors).to.deep.equal([])
        })
      }
    }

    const endedByOthers: Record<string, (ctx: any, file: string) => unknown> = {
      'file()': (ctx, file) => ctx.file(file, { deleteAfterSend: true }),
      'zip()': (ctx, file) => ctx.zip([{ name: 'a', source: file }], 'a.zip', { compress: false }),
      'download() of a generator with a length': (ctx) =>
        ctx.download(
          function* () {
            for (let count = 0; count < 128; count++) yield long.subarray(0, 65_536)
          },
          'a.bin',
          { headers: { 'Content-Length': `${long.length}` } },
        ),
    }
    for (const [call, send] of Object.entries(endedByOthers))
      it(`${call} that other code ends in the middle is cut, and is told as a failure`, async () => {
        const file = sandbox.write('ended.bin', long.toString())
        const [told, tell] = promised<SendOutcome>()
        let end = (): void => undefined
        await serve((ctx) => {
          ctx.afterSend(tell)
          end = () => ctx.res.end()
          return send(ctx, file)
        })
        const stream = client.request({ ':path': '/' })
        stream.on('error', () => undefined)
        const [headers] = await once(stream, 'response')
        await once(stream, 'data')
        stream.pause() // the window of the client fills up
        end()
        let count = 0
        stream.on('data', (chunk: Buffer) => {
          count += chunk.length
        })
        const [closed, close] = promised<void>()
        stream.once('close', close).resume()
        await closed
        expect(count).to.be.below(Number(headers['content-length']))
        expect(stream.rstCode).not.to.equal(http2.constants.NGHTTP2_NO_ERROR)
        const { aborted, error } = await told
        expect([aborted, (error as { code?: string } | undefined)?.code]).to.deep.equal([false, 'ALREADY_SENT'])
        expect(existsSync(file)).to.equal(true)
      })

    it('file() that other code ends while it is read: afterSend and onError are told the same', async () => {
      const { read } = OpenFile.prototype
      const [told, tell] = promised<SendOutcome>()
      const reported: unknown[] = []
      let end = (): void => undefined
      let count = 0
      OpenFile.prototype.read = function (buffer, length, position, done) {
        read.call(this, buffer, length, position, (error, bytes) => {
          if (++count === 4) end()
          done(error, bytes)
        })
      }
      try {
        const file = sandbox.write('ended.bin', long.toString())
        const onError = (error: Error & { code?: string }, { aborted }: { aborted: boolean }): void =>
          void reported.push([aborted, error.code])
        await serve(
          (ctx) => {
            ctx.afterSend(tell)
            end = () => ctx.res.end()
            return ctx.file(file)
          },
          {},
          { onError },
        )
        const stream = client.request({ ':path': '/' })
        stream.on('error', () => undefined)
        const [closed, close] = promised<void>()
        stream.once('close', close).resume()
        await closed
        const { aborted, error } = await told
        expect([aborted, (error as { code?: string } | undefined)?.code]).to.deep.equal([false, 'ALREADY_SENT'])
        expect(reported).to.deep.equal([[false, 'ALREADY_SENT']])
      } finally {
        OpenFile.prototype.read = read
      }
    })

    for (const [call, send] of Object.entries(answers)) {
      // After a reset with NO_ERROR, Node before 26 closes the stream of a server only when all is written.
      for (const code of [http2.constants.NGHTTP2_INTERNAL_ERROR, http2.constants.NGHTTP2_NO_ERROR]) {
        // Koa itself sends bytes, and tells the app of the error of their stream.
        if (call === 'bytes' && code !== http2.constants.NGHTTP2_NO_ERROR) continue
        it(`${call}: a client that resets it, code ${code}, is no error of the app, and all is given back (RFC 9113 §7)`, async () => {
          let tell: (outcome: unknown) => void = () => undefined
          const outcome = new Promise<unknown>((resolve) => {
            tell = resolve
          })
          await serve((ctx) => {
            ctx.afterSend(tell)
            return send(ctx)
          })
          const stream = client.request({ ':path': '/' }).on('error', () => undefined) // its own doing
          await once(stream, 'data')
          stream.pause() // the window of the client fills up
          stream.close(code)
          expect(await outcome).to.deep.equal({ aborted: true, error: undefined })
          expect(errors).to.deep.equal([])
          stream.destroy()
        })
      }
    }

    it('an upload is read to its end, also after its client has reset the stream without an error code', async () => {
      let tell: (size: number) => void = () => undefined
      const read = new Promise<number>((resolve) => {
        tell = resolve
      })
      await serve((ctx) => {
        ctx.req.once('aborted', () => {
          let size = 0
          ctx.req.on('data', (chunk: Buffer) => {
            size += chunk.length
          })
          ctx.req.once('close', () => tell(size))
        })
        return answers.streaming?.(ctx)
      })
      const stream = client.request({ ':path': '/', ':method': 'POST' }).on('error', () => undefined)
      stream.end(Buffer.alloc(50_000)) // less than the window of the server
      await once(stream, 'data')
      stream.pause()
      stream.close(http2.constants.NGHTTP2_NO_ERROR)
      expect(await read).to.equal(50_000)
      stream.destroy()
    })

    it('afterSend is told of a client that had left before the task was staged', async () => {
      let tell: (outcome: unknown) => void = () => undefined
      const outcome = new Promise<unknown>((resolve) => {
        tell = resolve
      })
      let arrive = (): void => undefined
      const arrived = new Promise<void>((resolve) => {
        arrive = resolve
      })
      await serve(async (ctx) => {
        const closed = once(ctx.res, 'close')
        arrive()
        await closed
        ctx.afterSend(tell).text('too late')
      })
      const stream = client.request({ ':path': '/' })
      await arrived
      stream.close(http2.constants.NGHTTP2_CANCEL)
      expect(await outcome).to.deep.equal({ aborted: true, error: undefined })
    })

    for (const [call, send] of Object.entries(answers)) {
      if (call === 'bytes') continue // it is no stream, so it has no limit
      it(`${call}: a client that accepts nothing is cut off by idleLimit, and is no error`, async () => {
        const told: boolean[] = []
        await serve(
          send,
          { initialWindowSize: 0 },
          { idleLimit: '50ms', onError: (_, facts) => told.push(facts.aborted) },
        )
        const stream = ask().resume()
        const [error] = await once(stream, 'error').catch((reason) => [reason])
        expect(error.code).to.equal('ERR_HTTP2_STREAM_ERROR')
        expect(told).to.deep.equal([true])
        expect(errors).to.deep.equal([])
      })
    }

    it('a channel reaches its clients', async () => {
      const news = channel()
      await serve((ctx) => ctx.sse(news))
      const whole = answer()
      while (news.size === 0) await new Promise((resolve) => setImmediate(resolve))
      news.publish({ id: 'a', data: 'one' })
      await news.close()
      expect((await whole).text).to.match(/^id: \S+-0\n\nid: a\ndata: one\n\n$/)
    })
  })
}
