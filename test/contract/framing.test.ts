import { once } from 'node:events'
import net from 'node:net'
import { expect } from 'chai'
import { text } from '../../src/index.js'
import { contract } from '../support/contract.js'

/** All that a server answers until it closes the connection. */
async function readAll(port: number, ask: string): Promise<string> {
  const socket = net.connect(port, '127.0.0.1')
  let text = ''
  socket.setEncoding('latin1').on('data', (chunk) => {
    text += chunk
  })
  socket.write(ask)
  await once(socket, 'close')
  return text
}

contract('one framing a message (RFC 9112 §6.2)', ({ answer, serve }) => {
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

  // A call decides fields too: by the option `headers`, or as a Reply.
  const given: [title: string, send: (target: any, headers: Record<string, string>) => unknown][] = [
    ['file', (target, headers) => target.file(Buffer.from('hello'), { headers })],
    ['download', (target, headers) => target.download(Buffer.from('hello'), 'a.txt', { headers })],
    ['a Reply', (target, headers) => target.reply(text('hello', { headers }))],
  ]
  for (const [title, send] of given) {
    for (const headers of [{ 'Transfer-Encoding': 'chunked' }, { Trailer: 'X-Sum' }, { 'Transfer-Encoding': 'gzip' }]) {
      it(`${title} with the headers ${JSON.stringify(headers)} has a length and is whole`, async () => {
        const answered = await answer((target) => send(target, headers))
        expect([answered.status, answered.text]).to.deep.equal([200, 'hello'])
        expect(answered.headers).to.include({ 'content-length': '5' })
        expect(answered.headers).not.to.have.any.keys('transfer-encoding', 'trailer')
      })
    }
  }

  it('a stream is chunked, or has the staged length, never both', async () => {
    const { headers, text } = await answer((target) =>
      target.setHeaders({ 'Transfer-Encoding': 'chunked', 'Content-Length': 5 }).streaming(['hello']),
    )
    expect(headers).to.include({ 'content-length': '5' })
    expect(headers).not.to.have.property('transfer-encoding')
    expect(text).to.equal('hello')
  })

  for (const length of ['3,3', '3, 3', '+3', '3x', '']) {
    it(`a staged Content-Length that is no number is not sent: '${length}'`, async () => {
      const { headers, text } = await answer((target) =>
        target.setHeader('Content-Length', length).streaming(['hello']),
      )
      expect(headers).not.to.have.property('content-length')
      expect(text).to.equal('hello')
    })
  }

  for (const length of [' 3', '3 ', '\t3']) {
    it(`a stream is held to a staged Content-Length with spaces: ${JSON.stringify(length)}`, async () => {
      const { port } = await serve((target) => target.setHeader('Content-Length', length).streaming(['hello']))
      const text = await readAll(port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n')
      expect(text.split('\r\n\r\n')[1]).to.equal('hel') // and the connection ends
    })
  }

  it('events have no length', async () => {
    const { headers, text } = await answer((target) =>
      target.setHeader('Content-Length', 3).sse([{ data: 'a' }, { data: 'b' }]),
    )
    expect(headers).not.to.have.property('content-length')
    expect(text).to.contain('data: a\n\ndata: b\n\n')
  })

  it('a staged Content-Length promises nothing if there is no content', async () => {
    const { headers, text } = await answer((target) => void target.setHeader('Content-Length', '9').empty(200))
    expect(headers).to.include({ 'content-length': '0' })
    expect(text).to.equal('')
  })

  const calls: [title: string, send: (target: any) => unknown][] = [
    ['text', (target) => target.text('hello')],
    ['empty', (target) => target.empty()],
    ['problem', (target) => target.problem({ status: 404 })],
    ['redirectLocal', (target) => target.redirectLocal('/next')],
    ['file', (target) => target.file(Buffer.from('hello'))],
    ['streaming', (target) => target.streaming(['hello'])],
    ['streaming with 204', (target) => target.setStatus(204).streaming(['hello'])],
    ['ndjson', (target) => target.ndjson([1])],
  ]
  for (const [title, send] of calls) {
    it(`a staged Trailer does not stop the answer: ${title}`, async () => {
      const app = await serve((target) => void send(target.setHeader('Trailer', 'X-Sum')))
      const plain = await serve((target) => void send(target))
      for (const head of ['GET / HTTP/1.1', 'GET / HTTP/1.0', 'HEAD / HTTP/1.1']) {
        const ask = `${head}\r\nHost: a.example\r\nConnection: close\r\n\r\n`
        const [got, expected] = [await readAll(app.port, ask), await readAll(plain.port, ask)]
        const withoutTrailer = got.replace('Trailer: X-Sum\r\n', '')
        expect(withoutTrailer.replace(/^Date: .*\r\n/m, ''), head).to.equal(expected.replace(/^Date: .*\r\n/m, ''))
        expect(got.includes('Trailer:'), head).to.equal(/^Transfer-Encoding: chunked/m.test(got))
      }
    })
  }
})
