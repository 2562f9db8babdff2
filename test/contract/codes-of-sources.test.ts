import { once } from 'node:events'
import { Readable } from 'node:stream'
import { expect } from 'chai'
import type { ResponseMethods, SendOutcome } from '../../src/index.js'
import { contract } from '../support/contract.js'
import { requestPartially } from '../support/partial-request.js'
import { Wire } from '../support/wire.js'

type Fail = () => never
type Answer = (target: ResponseMethods, fail: Fail) => unknown

/** Codes that the kit itself gives to a client that left and to an answer of other code. axios names its timeout so. */
const CODES = ['ECONNABORTED', 'ALREADY_SENT']

async function* atOnce(fail: Fail): AsyncGenerator<string> {
  yield fail()
}

async function* late(fail: Fail): AsyncGenerator<string> {
  yield 'first'
  await new Promise((resolve) => setImmediate(resolve))
  yield fail()
}

const BEFORE_THE_HEAD: Readonly<Record<string, Answer>> = {
  streaming: (target, fail) => target.streaming(atOnce(fail)),
  'streaming of a function': (target, fail) => target.streaming(async () => fail()),
  jsonArray: (target, fail) => target.jsonArray(atOnce(fail)),
  sse: (target, fail) => target.sse(atOnce(fail)),
  'download of a generator': (target, fail) => target.download(atOnce(fail), 'a.txt'),
  'download of a function': (target, fail) => target.download(async () => fail(), 'a.txt'),
  'download of a Node stream': (target, fail) => target.download(Readable.from(atOnce(fail)), 'a.txt'),
  'file of a random-access object': (target, fail) => target.file({ size: 5, read: fail }),
  'zip of a generator': (target, fail) => target.zip([{ name: 'a', source: atOnce(fail) }]),
  'reply of a promise': (target, fail) => target.reply(Promise.resolve().then(fail)),
}

const AFTER_THE_HEAD: Readonly<Record<string, Answer>> = {
  streaming: (target, fail) => target.streaming(late(fail)),
  ndjson: (target, fail) => target.ndjson(late(fail)),
  'download of a generator': (target, fail) => target.download(late(fail), 'a.txt'),
  'download of a Node stream': (target, fail) => target.download(Readable.from(late(fail)), 'a.txt'),
}

contract('a source that fails with a code of the kit, while the client is there', ({ serve, askForError }) => {
  for (const code of CODES) {
    const failure = (): Error => Object.assign(new Error('timeout of 5000ms exceeded'), { code })
    for (const [call, answer] of Object.entries(BEFORE_THE_HEAD)) {
      it(`${code}, ${call}: before the head it is an error page`, async () => {
        const told: boolean[] = []
        const app = await serve(
          (target) =>
            answer(target, () => {
              throw failure()
            }),
          { kit: { onError: (_error, { aborted }) => told.push(aborted) } },
        )
        expect((await askForError(app)).status).to.equal(500)
        expect(app.errors.map((error) => error.message)).to.deep.equal(['timeout of 5000ms exceeded'])
        expect(told).to.deep.equal([false])
      })
    }

    for (const [call, answer] of Object.entries(AFTER_THE_HEAD)) {
      it(`${code}, ${call}: after the head it cuts the answer`, async () => {
        let tell = (_outcome: SendOutcome): void => undefined
        const ended = new Promise<SendOutcome>((resolve) => {
          tell = resolve
        })
        const app = await serve((target) => {
          target.afterSend(tell)
          return answer(target, () => {
            throw failure()
          })
        })
        expect(await requestPartially(app.port)).to.include({ status: 200, isComplete: false })
        const { aborted, error } = await ended
        expect([aborted, error?.message]).to.deep.equal([false, 'timeout of 5000ms exceeded'])
      })
    }
  }

  it('a source that answers a second time cuts the answer', async () => {
    const app = await serve((target) =>
      target.streaming(async function* () {
        yield 'first'
        await new Promise((resolve) => setImmediate(resolve))
        target.text('second')
      }),
    )
    expect(await requestPartially(app.port)).to.include({ status: 200, isComplete: false })
    expect(app.errors.map((error) => (error as { code?: unknown }).code)).to.deep.equal(['ALREADY_SENT'])
  })

  it('work that ended with another client is an error page', async () => {
    let shared: Promise<string> | undefined
    const app = await serve((target) =>
      target.streaming(async ({ signal }) => {
        shared ??= once(signal, 'abort').then(() => {
          throw signal.reason
        })
        return [await shared]
      }),
    )
    const first = await Wire.connect(app.port)
    const asked = once(app.server, 'request')
    first.get('/first')
    await asked
    const secondAsked = once(app.server, 'request')
    const second = askForError(app, { path: '/second' })
    await secondAsked
    first.socket.destroy()
    expect((await second).status).to.equal(400) // the status of the error that it was given
    expect(app.errors).to.have.length(1)
  })
})
