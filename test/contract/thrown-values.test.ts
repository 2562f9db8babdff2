import { expect } from 'chai'
import type { ResponseMethods } from '../../src/index.js'
import { contract } from '../support/contract.js'
import { requestPartially } from '../support/partial-request.js'

contract('what is thrown and is no error', ({ serve, askForError }) => {
  for (const [kind, thrown] of [
    ['an object without a prototype', Object.create(null)],
    ['a Proxy that answers nothing', refusingProxy()],
    ['undefined', undefined],
  ] as const) {
    it(`is reported once where a file's source throws ${kind} after its first bytes`, async () => {
      const reported: Error[] = []
      const source = async function* () {
        yield Buffer.from('a')
        throw thrown
      }
      const app = await serve((target) => target.file({ size: 3, read: source }), {
        kit: { onError: (error) => void reported.push(error) },
      })
      await askForError(app).then(
        () => expect.fail('a cut body looked whole'),
        () => {},
      )
      expect(reported.map((error) => (error as { code?: string }).code)).to.deep.equal(['SOURCE_FAILED'])
    })

    it(`is one error of the framework where a source throws ${kind}`, async () => {
      const app = await serve((target) =>
        target.streaming(() => {
          throw thrown
        }),
      )
      expect((await askForError(app)).status).to.equal(500)
      expect(app.errors.map((error) => (error as { code?: string }).code)).to.deep.equal(['SOURCE_FAILED'])
    })
  }

  it('survives a task after sending that throws an object without a prototype', async () => {
    let tell: (error: Error) => void = () => {}
    const told = new Promise<Error>((resolve) => {
      tell = resolve
    })
    const app = await serve(
      (target) =>
        void target
          .afterSend(() => {
            throw Object.create(null)
          })
          .text('sent'),
      { kit: { onError: (error) => tell(error) } },
    )
    expect((await askForError(app)).status).to.equal(200)
    expect(await told).to.have.property('code', 'SOURCE_FAILED')
  })
})

class NotFound extends Error {
  get status(): number {
    return 404
  }
}

const FAILING_CALLS: Readonly<Record<string, (target: ResponseMethods, error: Error) => Promise<void>>> = {
  streaming: (target, error) => target.streaming(throwing(error)),
  'streaming of a function': (target, error) => target.streaming(() => throwing(error)),
  download: (target, error) => target.download({ size: 1, read: () => Promise.reject(error) }, 'x'),
  zip: (target, error) => target.zip([{ name: 'a', source: throwing(error) }]),
  reply: (target, error) => target.reply(Promise.reject(error)),
}

async function* throwing(error: Error): AsyncGenerator<string> {
  yield Promise.reject(error)
}

contract('an error that no code can write on', ({ serve, askForError }) => {
  const errors: readonly [kind: string, make: () => Error, status: number][] = [
    ['a frozen error', () => Object.freeze(new Error('fixed')), 500],
    ['a frozen error with a status', () => Object.freeze(Object.assign(new Error('fixed'), { status: 409 })), 409],
    ['an error of a class whose status is a getter', () => new NotFound('fixed'), 404],
  ]
  for (const [kind, make, status] of errors) {
    for (const [call, send] of Object.entries(FAILING_CALLS)) {
      it(`${call}: ${kind} becomes an error page with its status`, async () => {
        const app = await serve((target) => send(target, make()))
        expect((await askForError(app)).status).to.equal(status)
        expect(app.errors).to.have.length(1)
      })
    }
  }
})

contract('an error whose members the framework cannot copy to its page', ({ serve, askForError }) => {
  const kinds: Readonly<Record<string, object>> = {
    'the headers of a fetch Response, as the SDKs of some services have': {
      headers: new Headers({ 'retry-after': '3' }),
    },
    'a field with an invalid name': { headers: { 'a b': 'c' } },
    'a field with a line break': { headers: { 'X-Reason': 'a\nb' } },
    'a field outside Latin-1': { headers: { 'X-Reason': '“no”' } },
    'a field without a value': { headers: { 'X-Reason': undefined } },
    'a field that is no text': { headers: { 'X-Reason': { toString: null } } },
    'the length of another body': { headers: { 'content-length': '5' } },
    'the framing of another body': { headers: { 'Transfer-Encoding': 'chunked', 'Content-Encoding': 'gzip' } },
    'a message that is no text': { message: { a: 1 }, expose: true },
    'the fields of a connection with an upstream': { headers: { 'keep-alive': 'timeout=5', te: 'trailers' } },
    'no message': { message: undefined, expose: true },
    'a stack that is no text': { stack: ['at a'] },
  }
  for (const [kind, members] of Object.entries(kinds)) {
    for (const [call, send] of Object.entries(FAILING_CALLS)) {
      it(`${call}: an error with ${kind} becomes an error page that is whole, with its other fields`, async () => {
        const { headers, ...others } = members as { headers?: object }
        const error = Object.assign(new Error('late'), { status: 429 }, others, {
          headers: headers instanceof Headers ? headers : { ...headers, Allow: 'GET' },
        })
        const app = await serve((target) => send(target, error))
        const { status, headers: sent, text } = await askForError(app)
        expect(status).to.equal(429)
        expect(sent['content-length']).to.equal(`${Buffer.byteLength(text)}`)
        expect(sent).not.to.have.any.keys('transfer-encoding', 'content-encoding', 'x-reason', 'te')
        if (!(headers instanceof Headers)) expect(sent.allow).to.equal('GET')
        expect(app.errors).to.have.length(1)
      })
    }
  }

  it('the hook and the error listeners are given the error itself, with the headers that it has', async () => {
    const seen: unknown[] = []
    const headers = new Headers({ 'retry-after': '3' })
    const error = Object.assign(new Error('late'), { status: 429, headers })
    const app = await serve((target) => target.streaming(throwing(error)), {
      kit: { onError: (given) => seen.push(given, (given as { headers?: unknown }).headers) },
    })
    expect((await askForError(app)).status).to.equal(429)
    expect(seen).to.deep.equal([error, headers])
    expect(app.errors[0]).to.equal(error)
    expect(error.headers).to.equal(headers)
  })
})

contract('an error whose getters throw', ({ serve, askForError }) => {
  for (const [call, send] of Object.entries(FAILING_CALLS)) {
    it(`${call}: becomes an error page`, async () => {
      const app = await serve((target) => send(target, unreadable()))
      expect((await askForError(app)).status).to.equal(500)
      expect(app.errors.map((error: any) => error.code)).to.deep.equal(['SOURCE_FAILED'])
    })
  }

  it('cuts an answer that has begun', async () => {
    const app = await serve((target) =>
      target.streaming(async function* () {
        yield 'first'
        await new Promise((resolve) => setImmediate(resolve))
        throw unreadable()
      }),
    )
    const { isComplete, text } = await requestPartially(app.port)
    expect([isComplete, text]).to.deep.equal([false, 'first'])
    expect(app.errors.map((error: any) => error.code)).to.deep.equal(['SOURCE_FAILED'])
  })
})

function unreadable(): Error {
  const get = (): never => {
    throw new Error('refused')
  }
  const names = ['name', 'message', 'code', 'status', 'statusCode', 'expose']
  return Object.defineProperties(new Error('x'), Object.fromEntries(names.map((name) => [name, { get }])))
}

function refusingProxy(): object {
  const refuse = () => {
    throw new Error('refused')
  }
  return new Proxy({}, { get: refuse, getPrototypeOf: refuse, has: refuse, ownKeys: refuse })
}
