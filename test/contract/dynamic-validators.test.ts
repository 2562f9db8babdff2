import { expect } from 'chai'
import { json, text } from '../../src/index.js'
import { contract } from '../support/contract.js'
import { frameworks, listen } from '../support/frameworks.js'
import { request } from '../support/request.js'
import { responding } from '../support/responding.js'

contract('entity-tags of dynamic bodies', ({ framework, answer, serve, ask }) => {
  for (const method of ['GET', 'HEAD']) {
    it(`If-Match of another tag is 412 on ${method} (RFC 9110 §13.1.1)`, async () => {
      const { status } = await answer((target) => void target.text('x'), { method, headers: { 'If-Match': '"other"' } })
      expect(status).to.equal(412)
    })
  }

  it('a POST that has been done is not answered 304 or 412 (RFC 9110 §13.2.1)', async () => {
    const { headers } = await answer((target) => void target.text('x'))
    for (const field of ['If-None-Match', 'If-Match']) {
      const value = field === 'If-Match' ? '"other"' : headers.etag
      const { status } = await answer((target) => void target.text('x'), {
        method: 'POST',
        headers: { [field]: value },
      })
      expect(status).to.equal(200)
    }
  })

  it("etag: 'strong' is strong, and satisfies If-Match with it", async () => {
    const app = await serve((target) => void target.text('x'), { kit: { etag: 'strong' } })
    const { headers } = await ask(app)
    expect(headers.etag).to.match(/^"/)
    expect((await ask(app, { headers: { 'If-Match': headers.etag } })).status).to.equal(200)
    expect((await ask(app, { headers: { 'If-None-Match': headers.etag } })).status).to.equal(304)
  })

  it('a weak tag never satisfies If-Match (RFC 9110 §13.1.1: strong comparison)', async () => {
    const { headers } = await answer((target) => void target.text('x'))
    const again = await answer((target) => void target.text('x'), { headers: { 'If-Match': headers.etag } })
    expect(again.status).to.equal(412)
  })

  it('etag: false sends none, and answers no 304', async () => {
    const app = await serve((target) => void target.text('x'), { kit: { etag: false } })
    const { headers } = await ask(app)
    expect(headers).not.to.have.property('etag')
    expect((await ask(app, { headers: { 'If-None-Match': '"2-x"' } })).status).to.equal(200)
  })

  it("a staged ETag is kept and evaluated, a Reply's own too", async () => {
    const staged = (target: any) => void target.setHeader('ETag', '"v1"').text('x')
    expect((await answer(staged)).headers.etag).to.equal('"v1"')
    expect((await answer(staged, { headers: { 'If-None-Match': '"v1"' } })).status).to.equal(304)
    const own = responding(framework, () => text('x', { headers: { ETag: '"v2"' } }))
    expect((await answer(own, { headers: { 'If-None-Match': '"v2"' } })).status).to.equal(304)
  })

  it('a staged Last-Modified counts for If-Modified-Since', async () => {
    const date = 'Sun, 06 Nov 1994 08:49:37 GMT'
    const handler = (target: any) => void target.setHeader('Last-Modified', date).text('x')
    expect((await answer(handler, { headers: { 'If-Modified-Since': date } })).status).to.equal(304)
    expect(
      (await answer(handler, { headers: { 'If-Modified-Since': 'Sun, 06 Nov 1994 08:49:36 GMT' } })).status,
    ).to.equal(200)
  })

  it('the same value in JSON has the same tag, whichever door it goes through', async () => {
    const value = { a: 'ü' }
    const returned = await answer(responding(framework, () => value))
    const replied = await answer((target) => target.reply(json(value)))
    const native = await answer((target: any) => void target.json(value))
    expect(returned.headers.etag).to.equal(replied.headers.etag)
    if (framework.family === 'express') expect(native.headers.etag).to.equal(returned.headers.etag)
  })

  it('a stream has none', async () => {
    const { headers } = await answer(responding(framework, () => new Set(['a'])))
    expect(headers).not.to.have.property('etag')
  })
})

for (const framework of frameworks.filter(({ family }) => family === 'express')) {
  describe(`entity-tags under the app's own setting: ${framework.name}`, () => {
    const settings: [string, (app: any) => void][] = [
      ['the default', () => {}],
      ["'weak'", (app) => app.set('etag', 'weak')],
      ["'strong'", (app) => app.set('etag', 'strong')],
      ['true', (app) => app.set('etag', true)],
      ['disabled', (app) => app.disable('etag')],
      [
        'a function',
        (app) =>
          app.set('etag', (body: Buffer, encoding: unknown) => `"${Buffer.isBuffer(body)}-${body.length}-${encoding}"`),
      ],
    ]
    for (const [title, setUp] of settings) {
      for (const body of ['', 'x', 'ümlaut', 'long '.repeat(500)]) {
        it(`${title}: text() of ${body.length} characters has the tag of res.send()`, async () => {
          const plain = framework.module()
          setUp(plain)
          plain.use((_req: any, res: any) => res.type('text/plain').send(body))
          const own = await listen(plain)
          const kit = await listen(framework.createListener((target) => void target.text(body), { setUp }, []))
          const [expected, actual] = [await request(own.port), await request(kit.port)]
          await Promise.all([own.close(), kit.close()])
          expect(actual.headers.etag).to.equal(expected.headers.etag)
        })
      }
    }
  })
}
