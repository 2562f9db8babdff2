import { expect } from 'chai'
import { frameworks, listen, type RunningApp } from '../support/frameworks.js'
import { request } from '../support/request.js'

for (const framework of frameworks.filter(({ family }) => family === 'koa')) {
  describe(`ctx.json(): ${framework.name}`, () => {
    let app: RunningApp | undefined

    afterEach(async () => {
      await app?.close()
    })

    async function serve(handler: (ctx: any) => unknown): Promise<RunningApp> {
      const errors: Error[] = []
      app = await listen(framework.createListener(handler, {}, errors), errors)
      return app
    }

    it('is application/json with its exact length in bytes, and returns ctx', async () => {
      const { port } = await serve((ctx) => void expect(ctx.json({ a: 'ü' })).to.equal(ctx))
      const { status, headers, text } = await request(port)
      expect([status, text]).to.deep.equal([200, '{"a":"ü"}'])
      expect(headers['content-type']).to.match(/^application\/json\b/)
      expect(headers['content-length']).to.equal('10')
    })

    for (const [value, text] of [
      [null, 'null'],
      [0, '0'],
      [false, 'false'],
      ['', '""'],
      [[], '[]'],
    ] as const) {
      it(`${text} is a whole JSON text of status 200`, async () => {
        const answer = await request((await serve((ctx) => ctx.json(value))).port)
        expect([answer.status, answer.text]).to.deep.equal([200, text])
        expect(answer.headers['content-type']).to.match(/^application\/json\b/)
      })
    }

    it('space indents, stringify writes instead', async () => {
      const { port } = await serve((ctx) =>
        ctx.url === '/space'
          ? ctx.json({ a: [1] }, { space: 2 })
          : ctx.json(1n, { stringify: (value: bigint) => `{"n":"${value}"}` }),
      )
      expect((await request(port, { path: '/space' })).text).to.equal('{\n  "a": [\n    1\n  ]\n}')
      expect((await request(port, { path: '/stringify' })).text).to.equal('{"n":"1"}')
    })

    it('keeps a staged status and type, and answers 304 to its own weak entity-tag (RFC 9110 §13.1.2)', async () => {
      const { port } = await serve((ctx) =>
        ctx.setStatus(203).setHeader('Content-Type', 'application/vnd.x+json').json({ a: 1 }),
      )
      const first = await request(port)
      expect([first.status, first.headers['content-type']]).to.deep.equal([203, 'application/vnd.x+json'])
      expect(first.headers.etag).to.match(/^W\/"/)
      const second = await request(port, { headers: { 'If-None-Match': first.headers.etag } })
      expect([second.status, second.body.length]).to.deep.equal([304, 0])
    })

    it('what JSON cannot hold, and an unknown option, is an error before anything is set', async () => {
      const circular: { self?: unknown } = {}
      circular.self = circular
      for (const [value, options, message] of [
        [circular, undefined, /^json: value cannot be written as JSON: .*self/],
        [undefined, undefined, /^json: value cannot be written as JSON: undefined/],
        [{}, { spaces: 2 }, /^json\(\): unknown option 'spaces' \(did you mean 'space'\?\)/],
      ] as const) {
        const { port, errors, close } = await serve((ctx) => ctx.json(value, options))
        expect((await request(port)).status).to.equal(500)
        expect(errors.map((error) => error.message).join()).to.match(message)
        await close()
      }
      app = undefined
    })
  })
}
