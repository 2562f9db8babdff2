import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'chai'
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
})
