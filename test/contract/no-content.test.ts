import { expect } from 'chai'
import { defineRoutes, text } from '../../src/index.js'
import { contract } from '../support/contract.js'
import type { Handler } from '../support/frameworks.js'
import { request } from '../support/request.js'
import { Wire } from '../support/wire.js'

const kit = {
  routes: defineRoutes({ home: '/' }),
  templates: (name: string) => `<p>${name}</p>`,
}

function* chunks() {
  yield 'a'
  yield 'b'
}

/** Every finishing call that has content to send. */
const bodies: readonly [string, Handler][] = [
  ['text()', (target) => void target.text('text')],
  ['html()', (target) => void target.html('<p>')],
  ['bytes()', (target) => void target.bytes(Buffer.from('bytes'))],
  ['streaming()', (target) => target.streaming(chunks())],
  ['ndjson()', (target) => target.ndjson(chunks())],
  ['jsonArray()', (target) => target.jsonArray(chunks())],
  ['sse()', (target) => target.sse(chunks())],
  ['template()', (target) => target.template('page')],
  ['file()', (target) => target.file(Buffer.from('file'), { name: 'a.txt' })],
  ['download()', (target) => target.download(Buffer.from('file'), 'a.txt')],
  ['reply() of a Reply', (target) => target.reply(text('reply'))],
  ['reply() of an object', (target) => target.reply({ a: 1 })],
  ['reply() of an iterable', (target) => target.reply(chunks())],
]

/** The first chunk tells the type of these. HEAD reads no chunk, so it may leave the type out (RFC 9110 §9.3.2). */
const typedByContent: readonly string[] = ['streaming()', 'reply() of an iterable']

/** These decide their status themselves. */
const withStatus: readonly [string, Handler][] = [
  ['redirectTo()', (target) => target.redirectTo('home')],
  ['back()', (target) => target.back('/start')],
  ['problem()', (target) => void target.problem({ status: 404 })],
  ['empty()', (target) => void target.empty()],
  ['empty(404)', (target) => void target.empty(404)],
  [
    'reply() of a WHATWG Response',
    (target) => target.reply(new Response('web', { status: 203, headers: { 'Content-Type': 'a/b' } })),
  ],
]

contract('HEAD (RFC 9110 §9.3.2)', ({ serve, ask }) => {
  for (const [name, handler] of [...bodies, ...withStatus]) {
    it(`${name} has the status and fields of GET, and no content`, async () => {
      const app = await serve(handler, { kit })
      const get = await ask(app)
      const head = await ask(app, { method: 'HEAD' })
      expect(head.body).to.have.length(0)
      expect(head.status).to.equal(get.status)
      // How a body is framed that there is none of may be left out.
      const fields = ({ headers: { date, 'transfer-encoding': _, ...rest } }: typeof get) => rest
      const expected = fields(get)
      if (typedByContent.includes(name)) delete expected['content-type']
      expect(fields(head)).to.deep.equal(expected)
    })
  }
})

contract('status codes without content (RFC 9110 §15)', ({ serve }) => {
  for (const status of [204, 205, 304]) {
    for (const [name, handler] of bodies) {
      it(`${name} under a staged ${status} sends none and describes none`, async () => {
        const app = await serve((target, facts) => handler(target.setStatus(status), facts), { kit })
        const { headers, body, ...rest } = await request(app.port)
        expect(rest.status).to.equal(status)
        expect(body).to.have.length(0)
        expect(headers).not.to.have.any.keys('content-type', 'transfer-encoding')
        expect(headers['content-length']).to.equal(status === 205 ? '0' : undefined) // §15.3.6
      })
    }
  }

  for (const [name, handler] of bodies) {
    it(`${name} under a 1xx that the app has set natively sends none`, async () => {
      const app = await serve(
        (target, facts) => {
          if (facts.native.ctx === undefined) facts.native.res.statusCode = 199
          else facts.native.ctx.status = 199
          return handler(target, facts)
        },
        { kit },
      )
      const wire = await Wire.connect(app.port)
      const received = (await wire.get('/', 'Connection: close\r\n').receiveAll()).toString('latin1')
      expect(received).to.match(/^HTTP\/1\.1 199 /)
      expect(wire.body).to.have.length(0)
      expect(received).not.to.match(/^(?:content-type|content-length|transfer-encoding):/im)
    })
  }
})

contract('empty(status)', ({ answer, serve, ask }) => {
  for (const status of [200, 202, 404, 503]) {
    it(`empty(${status}) has no Content-Type and is framed as empty`, async () => {
      const answered = await answer((target) => void target.setHeader('Content-Type', 'a/b').empty(status))
      expect(answered.status).to.equal(status)
      expect(answered.headers).not.to.have.any.keys('content-type', 'transfer-encoding')
      expect(answered.headers['content-length']).to.equal('0')
      expect(answered.body).to.have.length(0)
    })
  }

  it('outranks a staged status, as an explicit option does', async () => {
    const { status } = await answer((target) => void target.setStatus(500).empty(202))
    expect(status).to.equal(202)
  })

  for (const status of [199, 1000, 204.5, '204', null]) {
    it(`empty(${JSON.stringify(status)}) is a RangeError, and nothing has been sent`, async () => {
      let caught: unknown
      const app = await serve((target) => {
        try {
          target.empty(status as number)
        } catch (error) {
          caught = error
        }
        target.text('still here')
      })
      expect((await ask(app)).text).to.equal('still here')
      expect(caught).to.be.instanceOf(RangeError)
      expect(caught).to.have.property('code', 'INVALID_ARGUMENT')
    })
  }
})
