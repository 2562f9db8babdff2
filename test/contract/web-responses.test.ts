import { gzipSync } from 'node:zlib'
import { expect } from 'chai'
import { contract } from '../support/contract.js'
import { listen } from '../support/frameworks.js'
import { responding } from '../support/responding.js'

contract('a WHATWG Response returned', ({ framework, answer, serve, askForError }) => {
  const given = (make: () => unknown, init = {}) => answer(responding(framework, make), init)

  it('keeps status, fields, body and every Set-Cookie line', async () => {
    const { status, headers, text } = await given(() => {
      const response = new Response('hello', { status: 201, headers: { 'X-Foo': 'bar', 'Content-Type': 'text/x-own' } })
      response.headers.append('Set-Cookie', 'a=1; Path=/')
      response.headers.append('Set-Cookie', 'b=2; Expires=Thu, 01 Jan 2099 00:00:00 GMT')
      return response
    })
    expect(status).to.equal(201)
    expect(headers['x-foo']).to.equal('bar')
    expect(headers['content-type']).to.equal('text/x-own')
    expect(headers['set-cookie']).to.deep.equal(['a=1; Path=/', 'b=2; Expires=Thu, 01 Jan 2099 00:00:00 GMT'])
    expect(text).to.equal('hello')
  })

  it('Response.json and Response.redirect', async () => {
    const body = await given(() => Response.json({ a: 1 }))
    expect(body.headers['content-type']).to.equal('application/json')
    expect(body.text).to.equal('{"a":1}')
    const moved = await given(() => Response.redirect('http://a.example/x', 307))
    expect(moved.status).to.equal(307)
    expect(moved.headers.location).to.equal('http://a.example/x')
  })

  it('without a body: its own status, no content', async () => {
    expect((await given(() => new Response(null))).status).to.equal(200)
    expect((await given(() => new Response(null, { status: 204 }))).status).to.equal(204)
  })

  it('HEAD sends its fields and reads nothing of it', async () => {
    let cancelled = false
    const { status, body } = await given(
      () =>
        new Response(
          new ReadableStream({
            cancel: () => {
              cancelled = true
            },
          }),
          { status: 202 },
        ),
      { method: 'HEAD' },
    )
    expect(status).to.equal(202)
    expect(body).to.have.length(0)
    expect(cancelled).to.equal(true)
  })

  it('what fetch() brought is passed on decoded, without the coding and length of the original', async () => {
    const origin = await listen((_req, res) => {
      res.setHeader('Content-Encoding', 'gzip')
      res.setHeader('X-Origin', 'yes')
      res.end(gzipSync('hello'.repeat(100)))
    })
    try {
      const { headers, text } = await given(() => fetch(origin.origin, { headers: { Connection: 'close' } }))
      expect(headers).to.include({ 'x-origin': 'yes' })
      expect(headers).not.to.have.property('content-encoding')
      expect(text).to.equal('hello'.repeat(100))
    } finally {
      await origin.close()
    }
  })

  it('what fetch() brought without a coding keeps its length', async () => {
    const origin = await listen((_req, res) => {
      res.setHeader('Content-Length', '5')
      res.end('hello')
    })
    try {
      const { headers, text } = await given(() => fetch(origin.origin, { headers: { Connection: 'close' } }))
      expect(headers).to.include({ 'content-length': '5' })
      expect(headers).not.to.have.property('transfer-encoding')
      expect(text).to.equal('hello')
    } finally {
      await origin.close()
    }
  })

  it('the Response to a HEAD has no content: the length it announces is not sent with an empty body', async () => {
    const origin = await listen((_req, res) => {
      res.setHeader('Content-Length', '5')
      res.end()
    })
    try {
      const { headers, text } = await given(() =>
        fetch(origin.origin, { method: 'HEAD', headers: { Connection: 'close' } }),
      )
      expect(headers).to.include({ 'content-length': '0' })
      expect(text).to.equal('')
    } finally {
      await origin.close()
    }
  })

  for (const [name, make] of [
    [
      'whose body has been read',
      async () => {
        const response = new Response('x')
        await response.text()
        return response
      },
    ],
    ['of a network error', () => Response.error()],
  ] as const) {
    it(`one ${name} is a clear error`, async () => {
      const app = await serve(responding(framework, make))
      expect((await askForError(app)).status).to.equal(500)
      expect(app.errors[0]?.message).to.match(/^respond: Response must be/)
    })
  }
})
