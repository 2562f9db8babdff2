import { expect } from 'chai'
import { contract } from '../support/contract.js'

contract('text, html, bytes, empty', ({ answer }) => {
  it('text() is text/plain in UTF-8 with its exact length in octets', async () => {
    const { status, headers, text } = await answer((target) => target.text('héllo') && undefined)
    expect(status).to.equal(200)
    expect(headers['content-type']).to.equal('text/plain; charset=utf-8')
    expect(headers['content-length']).to.equal('6')
    expect(text).to.equal('héllo')
  })

  it('html() is text/html in UTF-8', async () => {
    const { headers, text } = await answer((target) => void target.html('<h1>hi</h1>'))
    expect(headers['content-type']).to.equal('text/html; charset=utf-8')
    expect(text).to.equal('<h1>hi</h1>')
  })

  it('an empty text is a 200 with Content-Length 0', async () => {
    const { status, headers } = await answer((target) => void target.text(''))
    expect(status).to.equal(200)
    expect(headers['content-length']).to.equal('0')
    expect(headers['content-type']).to.equal('text/plain; charset=utf-8')
  })

  it('bytes() sends the view, not the buffer behind it', async () => {
    const view = new Uint8Array([0, 1, 2, 255]).subarray(1)
    const { headers, body } = await answer((target) => void target.bytes(view))
    expect(headers['content-type']).to.equal('application/octet-stream')
    expect([...body]).to.deep.equal([1, 2, 255])
  })

  it('a type given outranks a type staged, which outranks the inferred one', async () => {
    const given = await answer(
      (target) => void target.setHeader('Content-Type', 'a/b').bytes(Buffer.from('x'), { type: 'c/d' }),
    )
    expect(given.headers['content-type']).to.equal('c/d')
    const staged = await answer((target) => void target.setHeader('Content-Type', 'a/b').text('x'))
    expect(staged.headers['content-type']).to.equal('a/b')
  })

  it('keeps a staged status', async () => {
    const { status } = await answer((target) => void target.setStatus(201).html('made'))
    expect(status).to.equal(201)
  })

  it('empty() is 204 without Content-Type and Content-Length', async () => {
    const { status, headers, body } = await answer((target) => void target.setHeader('Content-Type', 'a/b').empty())
    expect(status).to.equal(204)
    expect(headers).not.to.have.any.keys('content-type', 'content-length')
    expect(body).to.have.length(0)
  })

  it('HEAD has the fields of GET and no body', async () => {
    const { headers, body } = await answer((target) => void target.text('hello'), { method: 'HEAD' })
    expect(headers['content-length']).to.equal('5')
    expect(headers.etag).to.be.a('string')
    expect(body).to.have.length(0)
  })

  it('answers 304 to If-None-Match with its own weak entity-tag (RFC 9110 §13.1.2)', async () => {
    const first = await answer((target) => void target.text('hello'))
    expect(first.headers.etag).to.match(/^W\/"/)
    const second = await answer((target) => void target.text('hello'), {
      headers: { 'If-None-Match': first.headers.etag },
    })
    expect(second.status).to.equal(304)
    expect(second.headers.etag).to.equal(first.headers.etag)
    expect(second.headers).not.to.have.any.keys('content-type', 'content-length')
  })

  it('answers 412 to an If-Match of another tag (RFC 9110 §13.1.1)', async () => {
    const { status, body } = await answer((target) => void target.text('hello'), { headers: { 'If-Match': '"other"' } })
    expect(status).to.equal(412)
    expect(body).to.have.length(0)
  })
})

contract('a second finishing call', ({ serve, ask }) => {
  it('is ALREADY_SENT, and the first answer stays whole', async () => {
    let caught: unknown
    const app = await serve((target) => {
      target.text('first')
      try {
        target.text('second')
      } catch (error) {
        caught = error
      }
    })
    const { status, text } = await ask(app)
    expect(status).to.equal(200)
    expect(text).to.equal('first')
    expect(caught).to.include({ name: 'ResponseKitError', code: 'ALREADY_SENT' })
  })
})
