import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises'
import { expect } from 'chai'
import { sendReply } from '../../src/index.js'
import { contract } from '../support/contract.js'
import type { Handler } from '../support/frameworks.js'

contract("an answer that is not the kit's", ({ serve, ask, framework }) => {
  const calls: Record<string, Handler> = {
    'streaming()': (target) => target.streaming(['late']),
    'ndjson()': (target) => target.ndjson(['late']),
    'text()': (target) => void target.text('late'),
    'file()': (target) => target.file(Buffer.from('late')),
  }
  for (const [call, late] of Object.entries(calls)) {
    it(`stays whole, and a late ${call} is ALREADY_SENT, not an abort`, async () => {
      const told: { code: unknown; aborted: boolean }[] = []
      const thrown: unknown[] = []
      let settle = (): void => undefined
      const settled = new Promise<void>((resolve) => {
        settle = resolve
      })
      const app = await serve(
        async (target, request) => {
          const { res, ctx } = request.native
          if (ctx !== undefined) ctx.respond = false
          // As connect-timeout does when its time is over.
          res.statusCode = 503
          res.end('timeout')
          await delay(20)
          try {
            await late(target, request)
          } catch (error) {
            thrown.push((error as { code: unknown }).code)
          }
          settle()
        },
        { kit: { onError: (error: any, { aborted }: any) => void told.push({ code: error.code, aborted }) } },
      )
      const { status, text } = await ask(app)
      expect({ status, text }).to.deep.equal({ status: 503, text: 'timeout' })
      await settled
      expect([...thrown, ...told.map(({ code }) => code)], framework.name).to.deep.equal(['ALREADY_SENT'])
      expect(told.some(({ aborted }) => aborted)).to.equal(false)
    })
  }

  // Koa sends a body after the handler.
  for (const when of framework.family === 'express' ? ['in the middle of a stream'] : []) {
    it(`a late sendReply() ${when} leaves the stream whole beside problemHandler()`, async () => {
      let refuse = (): void => undefined
      const refused = new Promise<void>((resolve) => {
        refuse = resolve
      })
      const app = await serve(
        async (target, { native: { req, res } }) => {
          const sent = target.streaming(async function* () {
            yield 'first '
            await refused
            yield 'rest'
          })
          while (!res.headersSent) await turn()
          const late = sendReply(req, res, 'late')
          late.catch(refuse)
          await late
          await sent
        },
        { problems: { onError() {} } },
      )
      expect((await ask(app)).text).to.equal('first rest')
    })
  }

  for (const call of ['file', 'download'] as const) {
    it(`a late ${call}() in a timer tells its callback, as Express's res.download does, and the process lives`, async () => {
      const told: unknown[] = []
      let tell: (code: unknown) => void = () => undefined
      const code = new Promise((resolve) => {
        tell = resolve
      })
      const app = await serve(
        (target, { native: { res, ctx } }) => {
          if (ctx !== undefined) ctx.respond = false
          res.statusCode = 503
          res.end('timeout')
          setImmediate(() => target[call]('/no/such/file', (error) => tell((error as any).code)))
        },
        { kit: { onError: (error: any) => void told.push(error.code) } },
      )
      const { status, text } = await ask(app)
      expect({ status, text }).to.deep.equal({ status: 503, text: 'timeout' })
      expect([await code, told]).to.deep.equal(['ALREADY_SENT', ['ALREADY_SENT']])
    })
  }

  for (const [title, options] of Object.entries({ tag: { etag: 'content' }, digest: { digest: 'sha-512' } } as const)) {
    it(`stays whole if it comes while file() computes the ${title}, and the call is ALREADY_SENT`, async () => {
      const told: { code: unknown; aborted: boolean }[] = []
      const app = await serve(
        (target, { native: { res, ctx } }) => {
          if (ctx !== undefined) ctx.respond = false
          const read = (): Promise<Buffer> => {
            res.statusCode = 503
            res.end('timeout')
            return new Promise(() => undefined)
          }
          return target.file({ size: 100, read }, options)
        },
        { kit: { onError: (error: any, { aborted }: any) => void told.push({ code: error.code, aborted }) } },
      )
      const { status, text } = await ask(app)
      expect({ status, text }).to.deep.equal({ status: 503, text: 'timeout' })
      while (told.length === 0) await delay(1)
      expect(told, framework.name).to.deep.equal([{ code: 'ALREADY_SENT', aborted: false }])
      expect(app.errors).to.deep.equal([])
    })
  }
})
