import { expect } from 'chai'
import { contract } from '../support/contract.js'

contract('one framing a message (RFC 9112 §6.2)', ({ answer }) => {
  it('a staged Transfer-Encoding gives way to the length of a text', async () => {
    const { headers, text } = await answer(
      (target) => void target.setHeader('Transfer-Encoding', 'chunked').text('hello'),
    )
    expect(headers).to.include({ 'content-length': '5' })
    expect(headers).not.to.have.property('transfer-encoding')
    expect(text).to.equal('hello')
  })

  it('a staged Transfer-Encoding gives way to the length of a file', async () => {
    const { headers, text } = await answer((target) =>
      target.setHeader('Transfer-Encoding', 'chunked').file(Buffer.from('hello')),
    )
    expect(headers).to.include({ 'content-length': '5' })
    expect(headers).not.to.have.property('transfer-encoding')
    expect(text).to.equal('hello')
  })

  it('a stream is chunked, or has the staged length, never both', async () => {
    const { headers, text } = await answer((target) =>
      target.setHeaders({ 'Transfer-Encoding': 'chunked', 'Content-Length': 5 }).streaming(['hello']),
    )
    expect(headers).to.include({ 'content-length': '5' })
    expect(headers).not.to.have.property('transfer-encoding')
    expect(text).to.equal('hello')
  })

  it('a staged Content-Length promises nothing if there is no content', async () => {
    const { headers, text } = await answer((target) => void target.setHeader('Content-Length', '9').empty(200))
    expect(headers).to.include({ 'content-length': '0' })
    expect(text).to.equal('')
  })
})
