import { once } from 'node:events'
import { Readable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { expect } from 'chai'
import { html, jsonArray, jsonStream, Reply } from '../../src/index.js'
import { contract } from '../support/contract.js'
import { request } from '../support/request.js'
import { Wire } from '../support/wire.js'

/** Where a promise may stand. `before` is what is sent before its turn comes. */
const places: Readonly<Record<string, (target: any, before: unknown, promise: Promise<unknown>) => unknown>> = {
  'a member of jsonStream': (target, before, promise) => target.jsonStream({ before, promise }),
  'an item of a list in jsonStream': (target, before, promise) => target.jsonStream([before, promise]),
  'an item of a set in jsonStream': (target, before, promise) => target.jsonStream({ all: new Set([before, promise]) }),
  'an item of jsonArray': (target, before, promise) => target.jsonArray([before, promise]),
  'a member of an item of jsonArray': (target, before, promise) => target.jsonArray([{ before }, { promise }]),
  'a page': (target, before, promise) => target.html(html`${before}${promise}`),
  'jsonStream()': (target, before, promise) => target.reply(jsonStream({ before, promise })),
  'jsonArray()': (target, before, promise) => target.reply(jsonArray([before, { promise }])),
  'a page of a Reply': (target, before, promise) => target.reply(html`${before}${promise}`),
}

interface Drop {
  readonly before: () => unknown
  readonly init?: { readonly method?: string; readonly headers?: Record<string, string> }
  readonly isRefused?: true
  readonly leaves?: true
}

/** Why the value of the promise is not sent. */
const drops: Readonly<Record<string, Drop>> = {
  'HEAD asks for no body': { before: () => 'x', init: { method: 'HEAD' } },
  'the client has the answer already': { before: () => 'x', init: { headers: { 'If-None-Match': '"v1"' } } },
  'the request has been answered': { before: () => 'x', isRefused: true },
  'what stands before it fails': { before: () => Promise.reject(new Error('the database is away')) },
  'the client leaves before its turn': { before: () => new Promise(() => undefined), leaves: true },
  'the client leaves while it is waited for': { before: () => 'x', leaves: true },
}

/** A promise that a test keeps, and what it gives: a stream, and a promise that fails. */
class Late {
  readonly stream = new Readable({ read: () => undefined })
  readonly promise: Promise<unknown>
  #resolve: (value: unknown) => void = () => undefined

  constructor() {
    this.promise = new Promise((resolve) => {
      this.#resolve = resolve
    })
  }

  give(isPage: boolean): void {
    const failing = Promise.reject(new Error('the database is away'))
    this.#resolve(isPage ? [[this.stream], failing] : { rows: this.stream, list: [{ failing }] })
  }
}

contract('what a promise gives that is not needed is released', ({ serve }) => {
  for (const [place, send] of Object.entries(places)) {
    for (const [why, { before, init, isRefused, leaves }] of Object.entries(drops)) {
      it(`${place}, if ${why}`, async () => {
        const late = new Late()
        let told: (res: any) => void = () => undefined
        const called = new Promise<any>((resolve) => {
          told = resolve
        })
        const app = await serve((target, { native }) => {
          target.setEtag('v1')
          if (isRefused) target.text('first')
          told(native.ctx?.res ?? native.res)
          try {
            return send(target, before(), late.promise)
          } catch (error) {
            expect(error).to.have.property('code', 'ALREADY_SENT')
          }
        })
        if (leaves) {
          const wire = await Wire.connect(app.port)
          wire.get()
          const res = await called
          await turn() // the call has returned
          const closed = once(res, 'close')
          wire.reset()
          await closed
        } else await request(app.port, init).catch(() => undefined)
        late.give(place.includes('page'))
        while (!late.stream.destroyed) await turn()
      })
    }
  }

  const others: typeof places = {
    'a choice that the client does not get': (target, _, promise) => target.negotiate({ text: 'x', csv: promise }),
    'the content of a 304': (target, _, promise) => target.reply(new Reply().setNotModified({ etag: 'v1' }, promise)),
    'a value that reply() refuses': (target, _, promise) => {
      target.text('first')
      expect(() => target.reply(promise)).to.throw(/already been answered/)
    },
    'a source that streaming refuses': (target, _, promise) => {
      expect(() => target.streaming(promise)).to.throw(/must be an iterable/)
      target.text('x')
    },
    'an argument too many': (target, _, promise) => {
      expect(() => target.text('x', promise)).to.throw(/one argument/)
      target.text('x')
    },
  }
  for (const [place, send] of Object.entries(others)) {
    it(place, async () => {
      const stream = new Readable({ read: () => undefined })
      const app = await serve((target) => send(target, undefined, turn(stream)))
      await request(app.port, { headers: { Accept: 'text/plain', 'If-None-Match': '"v1"' } })
      while (!stream.destroyed) await turn()
    })
  }
})

contract('what a promise gives before its turn may fail', ({ serve }) => {
  for (const [place, send] of Object.entries(places)) {
    it(place, async () => {
      const late = new Late()
      let goOn: (value: string) => void = () => undefined
      const before = new Promise((resolve) => {
        goOn = resolve
      })
      const app = await serve((target) => {
        setImmediate(() => late.give(place.includes('page')))
        return send(target, before, late.promise)
      })
      const answer = request(app.port).catch(() => 'cut')
      await late.promise
      const closed = once(late.stream, 'close')
      late.stream.destroy(new Error('the other server is away'))
      await closed.catch(() => undefined) // once() rejects with the error
      await turn() // an unhandled rejection is told by now
      goOn('x')
      await answer
      while (app.errors.length === 0) await turn()
    })
  }
})

let reads = 0
const manyItems: readonly object[] = Array.from({ length: 100_000 }, () => ({
  get id() {
    reads++
    return 7
  },
}))

/** The most members of items that are read in one turn, until a stream is destroyed. */
async function mostReadsInATurn(stream: Readable): Promise<number> {
  let most = 0
  while (!stream.destroyed) {
    const before = reads
    await turn()
    most = Math.max(most, reads - before)
  }
  return most
}

contract('a large list that is not needed is released in many turns', ({ serve }) => {
  const lists: Readonly<Record<string, (target: any, list: readonly object[]) => unknown>> = {
    'jsonArray(list)': (target, list) => target.jsonArray(list),
    'reply(jsonArray(list))': (target, list) => target.reply(jsonArray(list)),
    'a list of a list': (target, list) => target.jsonArray([list]),
    'a promise of a list': (target, list) => target.jsonStream(Promise.resolve(list)),
  }
  const head = 'HEAD asks for no body'
  const rows: readonly (readonly [string, string])[] = [
    ...Object.keys(lists).map((name) => [name, head] as const),
    ['jsonArray(list)', 'the request has been answered'],
    ['jsonArray(list)', 'the client leaves before its turn'],
    ['reply(jsonArray(list))', 'the client leaves before its turn'],
  ]
  for (const [name, why] of rows) {
    it(`${name}, if ${why}`, async () => {
      const { before, init, isRefused, leaves } = drops[why] as Drop
      const stream = new Readable({ read: () => undefined })
      const list = [{ before: before() }, ...manyItems, { deep: [{ stream }] }]
      let told: () => void = () => undefined
      const called = new Promise<void>((resolve) => {
        told = resolve
      })
      const app = await serve((target) => {
        if (isRefused) target.text('first')
        told()
        try {
          return lists[name]?.(target, list)
        } catch (error) {
          expect(error).to.have.property('code', 'ALREADY_SENT')
        }
      })
      const most = mostReadsInATurn(stream)
      if (leaves) {
        const wire = await Wire.connect(app.port)
        wire.get()
        await called
        await turn()
        wire.reset()
      } else await request(app.port, init)
      // Of 20,000 each: a Reply looks when it is made, when it is sent, and when it is released.
      expect(await most).to.be.at.most(80_000)
    })
  }
})

contract('a Reply that is dropped releases what stands after the first 20,000 members', ({ serve }) => {
  const refused = (target: any, value: unknown): void => {
    target.text('first')
    expect(() => target.reply(value)).to.throw(/already been answered/)
  }
  const drops: Readonly<Record<string, (target: any, rows: readonly unknown[]) => unknown>> = {
    'a refused jsonArray(list)': (target, rows) => refused(target, jsonArray(rows)),
    'a refused jsonStream(promise)': (target, rows) => refused(target, jsonStream(Promise.resolve(rows))),
    'a choice that the client does not get': (target, rows) =>
      target.negotiate({ text: 'x', json: jsonStream({ rows }) }),
    'a body that another replaces': (target, rows) => target.reply(new Reply().setJsonArray(rows).setText('x')),
  }
  for (const [name, drop] of Object.entries(drops)) {
    it(name, async () => {
      const stream = new Readable({ read: () => undefined })
      const rows = [...Array.from({ length: 20_000 }, () => 1), { stream }]
      const app = await serve((target) => drop(target, rows))
      await request(app.port, { headers: { Accept: 'text/plain' } })
      while (!stream.destroyed) await turn()
    })
  }
})

contract('an answer holds what stands after the first 20,000 members', ({ serve }) => {
  it('a stream that fails before its turn does not end the process', async () => {
    let goOn: (value: number) => void = () => undefined
    const before = new Promise((resolve) => {
      goOn = resolve
    })
    const stream = new Readable({ read: () => undefined })
    const app = await serve((target) => {
      return target.jsonArray([before, ...Array.from({ length: 20_000 }, () => 1), { stream }])
    })
    const answer = request(app.port).catch(() => 'cut')
    while (stream.listenerCount('error') === 0) await turn()
    const closed = once(stream, 'close')
    stream.destroy(new Error('the other server is away'))
    await closed.catch(() => undefined)
    goOn(1)
    await answer
    while (app.errors.length === 0) await turn()
  })
})
