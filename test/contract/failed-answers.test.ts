import { expect } from 'chai'
import { csv, file, html, jsonArray, ndjson, negotiate, notModified, sse, streaming } from '../../src/index.js'
import { contract } from '../support/contract.js'
import type { Handler, RunningApp } from '../support/frameworks.js'
import { serveWithOwnErrors } from '../support/own-error-handling.js'

/** A source of ten bytes that cannot be read. */
const broken = {
  size: 10,
  read(): never {
    throw new Error('unreadable')
  },
}

async function* failing(): AsyncGenerator<never> {
  yield await Promise.reject(new Error('unreadable'))
}

contract('an answer that fails before its head', ({ answer, serve, askForError, framework }) => {
  const serveWithErrors = (handler: Handler): Promise<RunningApp> => serveWithOwnErrors({ framework, serve }, handler)

  it('leaves status and fields as they were before the call', async () => {
    const app = await serveWithErrors((target) => target.setHeader('Cache-Control', 'no-store').file(broken))
    const { status, headers, text } = await askForError(app, { headers: { Range: 'bytes=1-2' } })
    expect(status).to.equal(200)
    expect(headers).to.include({ 'cache-control': 'no-store' })
    expect(headers).not.to.have.any.keys('content-range', 'accept-ranges', 'content-disposition')
    expect(text).to.equal('failed')
  })

  it('leaves nothing of a head in which one line is refused', async () => {
    const app = await serveWithErrors((target) =>
      target
        .setHeader('Content-Disposition', 'inline')
        .file({ size: 1, read: () => Buffer.from('x'), type: 'text/plain\r\nX-Evil: 1' }),
    )
    const { status, headers, text } = await askForError(app)
    expect(status).to.equal(200)
    expect(headers).to.include({ 'content-disposition': 'inline' })
    expect(headers).not.to.have.any.keys('accept-ranges', 'x-content-type-options', 'cache-control', 'x-evil')
    expect(text).to.equal('failed')
  })

  it('is an error page if a source with a size has not one byte', async () => {
    const app = await serve((target) => target.file({ size: 1, read: () => [] }))
    expect((await askForError(app)).status).to.equal(500)
    expect(app.errors.map((error) => (error as { code?: string }).code)).to.deep.equal(['SHORT_BODY'])
  })

  const head = { status: 201, headers: { 'X-Late': 'a', ETag: '"late"' }, cookies: { late: 'a' } }
  const replies: Readonly<Record<string, () => unknown>> = {
    'file()': () => file(broken, head),
    'streaming()': () => streaming(failing(), head),
    'streaming() of a function': () => streaming(failing, head),
    'ndjson()': () => ndjson(failing(), head),
    'jsonArray()': () => jsonArray(failing(), head),
    'csv()': () => csv(failing() as AsyncIterable<string[]>, head),
    'html()': () => html(html`${Promise.reject(new Error('unreadable'))}`, head),
    'sse()': () => sse(failing(), head),
    'notModified()': () => notModified({ etag: 'late' }, () => streaming(failing()), head),
    'negotiate()': () => negotiate({ json: () => streaming(failing()) }, head),
  }
  for (const [name, make] of Object.entries(replies)) {
    it(`leaves nothing of the head of a Reply: ${name}`, async () => {
      const app = await serveWithErrors((target) =>
        target.setHeader('X-Kept', 'b').setCookie('kept', 'b').reply(make()),
      )
      const { status, headers, text } = await askForError(app)
      expect({ status, text }).to.deep.equal({ status: 200, text: 'failed' })
      expect([headers['x-kept'], headers['set-cookie']]).to.deep.equal(['b', ['kept=b; Path=/']])
      expect(headers).not.to.have.any.keys('x-late', 'etag')
    })
  }

  it('leaves each cookie of the handler once, if the Reply stages cookies in two ways', async () => {
    const app = await serveWithErrors((target) =>
      target
        .setCookie('a', '1')
        .setCookie('b', '1')
        .reply(streaming(failing()).setHeader('Set-Cookie', 'x=1').setCookie('a', '2')),
    )
    const { headers } = await askForError(app)
    expect(headers['set-cookie']).to.deep.equal(['a=1; Path=/', 'b=1; Path=/'])
  })

  it('may be answered again by the code that catches it', async () => {
    const { text } = await answer((target) => {
      expect(() => target.bytes(Buffer.from('x'), { type: 'a\r\nb' })).to.throw("option 'type'")
      target.text('still here')
    })
    expect(text).to.equal('still here')
  })
})
