import { Readable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { expect } from 'chai'
import { file, html, json, Reply, redirect, redirectTo, streaming, text } from '../../../src/index.js'

describe('Reply#toWebResponse()', () => {
  it('has status, fields, every cookie and the body', async () => {
    const response = await json({ a: 1 }, { status: 201, headers: { 'X-Foo': 'bar' } })
      .setCookie('a', '1')
      .setCookie('b', '2')
      .toWebResponse()
    expect(response.status).to.equal(201)
    expect(response.headers.get('content-type')).to.equal('application/json; charset=utf-8')
    expect(response.headers.get('x-foo')).to.equal('bar')
    expect(response.headers.get('content-length')).to.equal('7')
    expect(response.headers.getSetCookie()).to.have.length(2)
    expect(await response.json()).to.deep.equal({ a: 1 })
  })

  it('answers the request it is given: 304, HEAD, 303 after POST', async () => {
    const { headers } = await html('<p>').toWebResponse()
    const etag = headers.get('etag') ?? ''
    const known = await html('<p>').toWebResponse(
      new Request('http://a.example/', { headers: { 'If-None-Match': etag } }),
    )
    expect(known.status).to.equal(304)
    expect(known.body).to.equal(null)
    const head = await html('<p>').toWebResponse(new Request('http://a.example/', { method: 'HEAD' }))
    expect(head.headers.get('content-length')).to.equal('3')
    expect(head.body).to.equal(null)
    const after = await redirect('/next').toWebResponse(new Request('http://a.example/', { method: 'POST' }))
    expect(after.status).to.equal(303)
    expect(after.headers.get('location')).to.equal('/next')
  })

  it('streams', async () => {
    const response = await streaming(
      async function* () {
        yield 'a'
        yield 'b'
      },
      { type: 'text/plain' },
    ).toWebResponse()
    expect(response.headers.get('content-type')).to.equal('text/plain; charset=utf-8')
    expect(await response.text()).to.equal('ab')
  })

  it('sends a file', async () => {
    const response = await file(import.meta.filename).toWebResponse()
    expect(response.headers.get('etag')).to.match(/^"/)
    expect((await response.text()).startsWith('import { ')).to.equal(true)
  })

  it('destroys the source if there is no such Response', async () => {
    const source = new Readable({
      read() {
        this.push(Buffer.alloc(100_000))
      },
    })
    const reply = new Reply(undefined, { status: 600 }).setStreaming(source)
    expect(await reply.toWebResponse().catch((error) => error)).to.be.instanceOf(RangeError)
    await turn()
    expect(source.destroyed).to.equal(true)
  })

  it('no content is a 204 without a body', async () => {
    const response = await new Reply().toWebResponse()
    expect(response.status).to.equal(204)
    expect(response.body).to.equal(null)
  })

  it('a 404 by attribute', async () => {
    const reply = text('gone')
    reply.status = 404
    expect((await reply.toWebResponse()).status).to.equal(404)
  })

  it('rejects if the body cannot be described', async () => {
    const failures = await Promise.allSettled([json(1n).toWebResponse(), redirectTo('home').toWebResponse()])
    expect(failures.map((each) => each.status === 'rejected' && each.reason.code)).to.deep.equal([
      'INVALID_ARGUMENT',
      'NOT_CONFIGURED',
    ])
  })
})
