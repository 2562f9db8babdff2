import { expect } from 'chai'
import { text } from '../../src/index.js'
import { contract } from '../support/contract.js'

contract('negotiate() (RFC 9110 §12.5.1)', ({ answer, serve, ask, askForError }) => {
  const choices = { html: () => '<p>hi', json: () => ({ hi: true }), text: () => 'hi' }
  const chosen = async (accept?: string) => {
    const headers = accept === undefined ? {} : { Accept: accept }
    return answer((target) => target.negotiate(choices), { headers })
  }

  for (const [accept, type, body] of [
    [undefined, 'text/html; charset=utf-8', '<p>hi'],
    ['*/*', 'text/html; charset=utf-8', '<p>hi'],
    ['application/json', 'application/json; charset=utf-8', '{"hi":true}'],
    ['text/plain', 'text/plain; charset=utf-8', 'hi'],
    ['text/html;q=0.5, application/json;q=0.8', 'application/json; charset=utf-8', '{"hi":true}'],
    ['text/*;q=0.3, text/plain;q=0.7, */*;q=0.5', 'text/plain; charset=utf-8', 'hi'],
    ['text/html;q=0, */*;q=0.1', 'application/json; charset=utf-8', '{"hi":true}'],
    ['application/*', 'application/json; charset=utf-8', '{"hi":true}'],
  ] as const) {
    it(`Accept: ${accept ?? '(none)'} -> ${type}`, async () => {
      const { status, headers, text } = await chosen(accept)
      expect(status).to.equal(200)
      expect(headers['content-type']).to.equal(type)
      expect(headers.vary).to.equal('Accept')
      expect(text).to.equal(body)
    })
  }

  for (const accept of ['image/png', 'text/html;q=0, application/json;q=0, text/plain;q=0']) {
    it(`Accept: ${accept} -> 406 with the list (§15.5.7)`, async () => {
      const { status, headers, text } = await chosen(accept)
      expect(status).to.equal(406)
      expect(headers.vary).to.equal('Accept')
      expect(JSON.parse(text)).to.deep.equal({
        title: 'Not Acceptable',
        status: 406,
        available: ['text/html', 'application/json', 'text/plain'],
      })
    })
  }

  it('default stands for none of them', async () => {
    const { text } = await answer((target) => target.negotiate({ ...choices, default: () => 'whatever' }), {
      headers: { Accept: 'image/png' },
    })
    expect(text).to.equal('whatever')
  })

  it('takes media types, values that are no functions, and Replies; adds to a staged Vary', async () => {
    const handler = (target: any) =>
      target.setHeader('Vary', 'Origin').negotiate({
        'application/vnd.api+json': { data: [] },
        csv: 'a,b',
        'text/x-other': async () => text('other', { status: 201, type: 'text/x-other' }),
      })
    const api = await answer(handler)
    expect(api.headers).to.include({ 'content-type': 'application/vnd.api+json', vary: 'Origin, Accept' })
    expect(api.text).to.equal('{"data":[]}')
    const csv = await answer(handler, { headers: { Accept: 'text/csv' } })
    expect(csv.headers['content-type']).to.equal('text/csv; charset=utf-8')
    expect(csv.text).to.equal('a,b')
    const other = await answer(handler, { headers: { Accept: 'text/x-other' } })
    expect(other.status).to.equal(201)
    expect(other.headers['content-type']).to.equal('text/x-other; charset=utf-8')
  })

  it('a choice may answer by itself', async () => {
    const { status, text } = await answer((target) =>
      target.negotiate({ html: () => target.setStatus(202).html('<p>mine'), json: () => ({}) }),
    )
    expect(status).to.equal(202)
    expect(text).to.equal('<p>mine')
  })

  it('runs only the choice that was made', async () => {
    const ran: string[] = []
    await answer((target) =>
      target.negotiate({ html: () => ran.push('html') && '', json: () => ran.push('json') && {} }),
    )
    expect(ran).to.deep.equal(['html'])
  })

  it('a choice that fails reaches the error handling once, awaited or not', async () => {
    const fail = () => {
      throw new Error('boom')
    }
    for (const handler of [
      (target: any) => target.negotiate({ html: fail }),
      (target: any) => void target.negotiate({ html: fail }),
    ]) {
      const app = await serve(handler)
      expect((await askForError(app)).status).to.equal(500)
      expect(app.errors.map(({ message }) => message)).to.deep.equal(['boom'])
    }
  })

  it('an unknown extension is an error that names it', async () => {
    const app = await serve((target) => target.negotiate({ htlm: '' }))
    expect((await askForError(app)).status).to.equal(500)
    expect(app.errors[0]?.message).to.include("a media type or a known extension, got 'htlm'")
  })

  it('a huge Accept is still answered', async () => {
    const app = await serve((target) => target.negotiate(choices))
    const accept = `${'text/x;q=0.1,'.repeat(1000)}application/json`
    expect((await ask(app, { headers: { Accept: accept } })).text).to.equal('{"hi":true}')
  })
})
