import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'chai'
import {
  csv,
  defineRoutes,
  html,
  json,
  jsonArray,
  jsonStream,
  ndjson,
  negotiate,
  notModified,
  Reply,
  sse,
  streaming,
  text,
} from '../../src/index.js'
import { contract } from '../support/contract.js'
import { request } from '../support/request.js'

const kit = { routes: defineRoutes({ home: '/', user: '/users/:id' }), templates: () => 'page' }

/** Calls that do not take a promise in this place: it was not awaited. Each is to refuse it. */
const refusing: Readonly<Record<string, (target: any, promise: Promise<any>) => unknown>> = {
  text: (target, promise) => target.text(promise),
  html: (target, promise) => target.html(promise),
  bytes: (target, promise) => target.bytes(promise),
  'json()': (_target, promise) => json(promise),
  'the data of an event': (target, promise) => target.sse([{ data: promise }]),
  'bytes, in place of the options': (target, promise) => target.bytes(Buffer.from('x'), promise),
  'an option of bytes': (target, promise) => target.bytes(Buffer.from('x'), { type: promise }),
  file: (target, promise) => target.file(promise),
  'file, in place of the options': (target, promise) => target.file(Buffer.from('x'), promise),
  'an option of file': (target, promise) => target.file(Buffer.from('x'), { root: promise }),
  'download, in place of the name': (target, promise) => target.download(Buffer.from('x'), promise),
  'zip, as a list': (target, promise) => target.zip(promise),
  'zip, as a source': (target, promise) => target.zip([{ name: 'a', source: promise }]),
  streaming: (target, promise) => target.streaming(promise),
  'streaming, in place of the options': (target, promise) => target.streaming(['x'], promise),
  sse: (target, promise) => target.sse(promise),
  csv: (target, promise) => target.csv(promise),
  'a cell of csv': (target, promise) => target.csv([[promise]]),
  'a later cell of csv': (target, promise) => target.csv([[Symbol('a'), promise]]),
  'zip, in place of an entry': (target, promise) => target.zip([promise]),
  setStatus: (target, promise) => target.setStatus(promise),
  setHeaders: (target, promise) => target.setHeaders(promise),
  setCookie: (target, promise) => target.setCookie('a', promise),
  'setCookie, in place of the attributes': (target, promise) => target.setCookie('a', 'b', promise),
  'deleteCookie, in place of the attributes': (target, promise) => target.deleteCookie('a', promise),
  setEtag: (target, promise) => target.setEtag(promise),
  template: (target, promise) => target.template(promise),
  'template, in place of the variables': (target, promise) => target.template('page', promise),
  problem: (target, promise) => target.problem(promise),
  negotiate: (target, promise) => target.negotiate(promise),
  withFlash: (target, promise) => target.withFlash(promise),
  withErrors: (target, promise) => target.withErrors(promise),
  withInput: (target, promise) => target.withInput(promise),
  redirectTo: (target, promise) => target.redirectTo(promise),
  'redirectTo, in place of the parameters': (target, promise) => target.redirectTo('user', promise),
  'a parameter of redirectTo': (target, promise) => target.redirectTo('user', { id: promise }),
  'the fields of file': (target, promise) => target.file(Buffer.from('x'), { headers: promise }),
  'redirectTo, in place of the options': (target, promise) => target.redirectTo('home', {}, promise),
  back: (target, promise) => target.back(promise),
  'an argument too many': (target, promise) => target.text('x', promise),
  Reply: (_target, promise) => new Reply(promise),
  'a factory, in place of the options': (_target, promise) => json(1, promise as any),
  'sse(), in place of the options': (target, promise) => target.reply(sse([], promise as any)),
  'an option of a factory': (_target, promise) => text('x', { headers: promise as any }),
  'notModified()': (_target, promise) => notModified({ etag: promise as any }),
}

contract('a promise that was not awaited', ({ serve, ask }) => {
  for (const [title, call] of Object.entries(refusing)) {
    it(`${title}: is refused, and its rejection does not end the process`, async () => {
      let refusal: any
      const app = await serve(
        async (target) => {
          try {
            await call(target, Promise.reject(new Error('the database is away')))
          } catch (error) {
            refusal = error
          }
          if (refusal !== undefined) target.text('sent')
        },
        { kit },
      )
      await request(app.port)
      await delay(1) // an unhandled rejection is told by now
      expect(`${refusal?.code ?? app.errors.map((error: any) => error.code)}`).to.match(
        /^(?:INVALID_(?:ARGUMENT|OPTION|FIELD|COOKIE|CHUNK)|ROUTE_PARAMETER)$/,
      )
    })
  }

  const choices = () => ({ text: 'text', html: Promise.reject(new Error('late')), default: new Reply('x') })

  it('a choice of negotiate() that the client does not get may be rejected', async () => {
    const app = await serve((target) => target.negotiate(choices()))
    expect((await ask(app, { headers: { accept: 'text/plain' } })).text).to.equal('text')
    await delay(1)
  })

  it('and so may one of a Reply that is sent later, or not at all', async () => {
    const app = await serve(async (target) => {
      const [sent] = [negotiate(choices()), negotiate(choices())]
      await delay(1)
      return target.reply(sent)
    })
    expect((await ask(app, { headers: { accept: 'text/plain' } })).text).to.equal('text')
    await delay(1)
  })

  it('and so may one in a Reply that is not sent, whatever its body is', async () => {
    const app = await serve((target) => {
      const late = () => Promise.reject(new Error('late'))
      void [jsonStream({ a: late() }), jsonStream([[late()]]), jsonArray([late()]), html`${late()}`]
      target.text('sent')
    })
    expect((await ask(app)).text).to.equal('sent')
    await delay(1)
  })

  for (const [title, call] of Object.entries<(target: any, promise: Promise<unknown>) => unknown>({
    reply: (target, promise) => target.reply(promise),
    negotiate: (target, promise) => target.negotiate({ text: promise }),
    created: (target, promise) => target.created('/a', undefined, promise),
    jsonStream: (target, promise) => target.jsonStream({ a: promise }),
  })) {
    it(`${title} after the answer is refused, and its promise may be rejected`, async () => {
      const app = await serve((target) => {
        target.text('first')
        expect(() => call(target, Promise.reject(new Error('late')))).to.throw(/already been answered/)
      })
      expect((await ask(app)).text).to.equal('first')
      await delay(1)
    })
  }

  for (const [title, call] of Object.entries<(target: any, list: any) => unknown>({
    ndjson: (target, list) => target.ndjson(list),
    jsonArray: (target, list) => target.jsonArray(list),
    jsonStream: (target, list) => target.jsonStream({ list }),
    streaming: (target, list) => target.streaming(list),
    csv: (target, list) => target.csv(list),
    sse: (target, list) => target.sse(list),
    download: (target, list) => target.download(() => list),
    'a Reply that is not sent,': (target, list) => [ndjson(list), target.text('sent')],
  })) {
    it(`${title} of a long list: each promise in it may be rejected at once`, async () => {
      const app = await serve(async (target) => {
        const list = Array.from({ length: 3000 }, (_, id) => (id < 2500 ? 'x' : rejectedAtOnce(id)))
        // The turn of the event loop is used up when the promises are looked for.
        Object.defineProperty(list, 1500, { get: () => work(20) })
        await Promise.resolve(call(target, list)).catch(() => undefined)
      })
      await request(app.port).catch(() => undefined) // most answers are cut
      await delay(1)
    })
  }
})

contract('a list to which a handler adds promises after it has made a Reply of it', ({ serve }) => {
  for (const [name, make] of Object.entries<(list: any) => Reply>({
    ndjson,
    jsonArray,
    csv,
    sse,
    streaming,
    'a set in ndjson': (list) => ndjson(list),
  })) {
    it(`${name}: one that rejects before its turn does not end the process`, async () => {
      const app = await serve((target) => {
        const list: unknown[] = []
        const set = new Set<unknown>()
        const reply = make(name.startsWith('a set') ? set : list)
        for (const promise of [delay(1, 'x'), Promise.reject(new Error('the database is away'))]) {
          list.push(promise)
          set.add(promise)
        }
        return target.reply(reply)
      })
      await request(app.port).catch(() => undefined) // the answer is cut
      await delay(1)
    })
  }
})

/** As a handler checks each id that its client sends: `ids.map(async (id) => ...)`. */
async function rejectedAtOnce(id: number): Promise<never> {
  throw new Error(`no such id: ${id}`)
}

function work(ms: number): string {
  for (const end = performance.now() + ms; performance.now() < end; );
  return 'x'
}
