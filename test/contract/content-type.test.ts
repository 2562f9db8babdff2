import { expect } from 'chai'
import { bytes, file, type ResponseMethods, streaming, text } from '../../src/index.js'
import { contract } from '../support/contract.js'

const CSV = 'text/csv; charset=utf-8'
const body = Buffer.from('Gr\u00f6\u00dfe')
const source = () => ({ size: body.length, read: () => [body], type: 'text/csv' })

type Call = (target: ResponseMethods) => unknown
const staged = (target: ResponseMethods) => target.setHeader('Content-Type', 'text/csv')

/** Each way to name a type that is text, without its charset. */
const WAYS: Readonly<Record<string, Call>> = {
  'bytes({ type })': (target) => target.bytes(body, { type: 'text/csv' }),
  'streaming({ type })': (target) => target.streaming([body], { type: 'text/csv' }),
  'streaming() of a Blob': (target) => target.streaming(new Blob([body], { type: 'text/csv' })),
  'file({ type })': (target) => target.file(body, { type: 'text/csv' }),
  'download({ type })': (target) => target.download(body, 'a.bin', { type: 'text/csv' }),
  'file() of a Blob': (target) => target.file(new Blob([body], { type: 'text/csv' })),
  'file() of a random-access source': (target) => target.file(source() as never),
  'file({ headers })': (target) => target.file(body, { headers: { 'content-type': 'text/csv' } }),
  'a staged type before text()': (target) => staged(target).text('a'),
  'a staged type before html()': (target) => staged(target).html('a'),
  'a staged type before bytes()': (target) => staged(target).bytes(body),
  'a staged type before streaming()': (target) => staged(target).streaming([body]),
  'a staged type before file()': (target) => staged(target).file(body),
  'a staged type before template()': (target) => staged(target).template('x'),
  'a Reply with an option': (target) => target.reply(bytes(body, { type: 'text/csv' })),
  'a Reply with headers': (target) => target.reply(text('a', { headers: { 'Content-Type': 'text/csv' } })),
  'a Reply with an attribute': (target) => {
    const reply = streaming([body])
    reply.headers['content-type'] = 'text/csv'
    return target.reply(reply)
  },
  'a Reply of a file': (target) => target.reply(file(body, { type: 'text/csv' })),
  'negotiate() with bytes': (target) => target.negotiate({ 'text/csv': body }),
  'negotiate() with an iterable': (target) => target.negotiate({ 'text/csv': () => [body] }),
}

contract('a text type without a charset gets UTF-8', ({ answer }) => {
  const kit = { templates: (name: string) => name }
  for (const [way, call] of Object.entries(WAYS)) {
    it(way, async () => {
      const { status, headers } = await answer((target) => call(target), {}, { kit })
      expect([status, headers['content-type']]).to.deep.equal([200, CSV])
    })
  }

  it('a charset that is given stays', async () => {
    const type = 'text/html; charset=iso-8859-1'
    for (const call of [
      (target) => target.bytes(body, { type }),
      (target) => target.file(body, { type }),
      (target) => target.setHeader('Content-Type', type).html('a'),
    ] satisfies Call[]) {
      expect((await answer((target) => call(target))).headers['content-type']).to.equal(type)
    }
  })

  it('a type that is no text gets none', async () => {
    const { headers } = await answer((target) => target.bytes(body, { type: 'image/png' }))
    expect(headers['content-type']).to.equal('image/png')
  })
})

contract('a text that is no media type is refused by every call in the same words', ({ serve, ask }) => {
  const CALLS: Readonly<Record<string, (target: ResponseMethods, type: string) => unknown>> = {
    bytes: (target, type) => target.bytes(body, { type }),
    streaming: (target, type) => target.streaming([body], { type }),
    'file()': (target, type) => target.file(body, { type }),
    'download()': (target, type) => target.download(body, 'a', { type }),
    Reply: (_target, type) => bytes(body, { type }),
  }
  for (const [name, call] of Object.entries(CALLS)) {
    it(name, async () => {
      const messages: unknown[] = []
      const types = ['nonsense', 'text/html\r\nX-A: y', 'text/h\u00e4ml', '']
      const app = await serve(async (target) => {
        for (const type of types) {
          try {
            await call(target, type)
          } catch (error) {
            messages.push([(error as { code?: unknown }).code, (error as Error).message])
          }
        }
        target.text('still here')
      })
      const { text: sent, headers } = await ask(app)
      expect(sent).to.equal('still here')
      expect(headers).not.to.have.property('x-a')
      const expected = "must be a media type such as 'text/csv', got"
      expect(messages).to.deep.equal([
        ['INVALID_OPTION', `${name}: option 'type' ${expected} 'nonsense'`],
        ['INVALID_OPTION', `${name}: option 'type' ${expected} 'text/html\\r\\nX-A: y'`],
        ['INVALID_OPTION', `${name}: option 'type' ${expected} 'text/h\u00e4ml'`],
        ['INVALID_OPTION', `${name}: option 'type' ${expected} ''`],
      ])
    })
  }
})

contract('the type of a Blob that is no media type, as a client can send it, does not count', ({ answer }) => {
  const upload = Object.defineProperty(new Blob([body]), 'type', { value: 'text/html\r\nX-A: y' })
  const blobs = { 'of two words': new Blob([body], { type: 'foo bar' }), 'of two lines': upload }
  for (const [kind, blob] of Object.entries(blobs)) {
    for (const call of ['file', 'download', 'streaming'] as const) {
      it(`${call}() of one ${kind}`, async () => {
        const { status, headers } = await answer((target: any) => target[call](blob))
        expect([status, headers['content-type']]).to.deep.equal([200, 'application/octet-stream'])
      })
    }
  }
})
