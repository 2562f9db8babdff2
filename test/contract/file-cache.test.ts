import { unlinkSync } from 'node:fs'
import type http from 'node:http'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect } from 'chai'
import { contract } from '../support/contract.js'
import { Sandbox } from '../support/sandbox.js'
import { Wire } from '../support/wire.js'

const sandbox = new Sandbox()
after(() => sandbox.remove())

contract('files.cache', ({ serve, askForError, framework }) => {
  const path = `cached-${framework.name}.txt`

  it('validated each time: a change is seen at once, validators and bytes together', async () => {
    const file = sandbox.write(path, 'first')
    const app = await serve((target) => target.file(file), { kit: { files: { cache: {} } } })
    const first = await askForError(app)
    expect(first.text).to.equal('first')
    expect((await askForError(app)).headers.etag).to.equal(first.headers.etag)
    sandbox.write(path, 'other', new Date('2021-02-03T00:00:00Z'))
    const second = await askForError(app, { headers: { 'If-None-Match': first.headers.etag } })
    expect(second.status).to.equal(200)
    expect(second.text).to.equal('other')
    expect(second.headers['last-modified']).to.equal('Wed, 03 Feb 2021 00:00:00 GMT')
    expect(second.headers.etag).not.to.equal(first.headers.etag)
  })

  it('trusted for maxAge: the old validators go with the old bytes', async () => {
    const file = sandbox.write(path, 'first')
    const app = await serve((target) => target.file(file), { kit: { files: { cache: { maxAge: '1h' } } } })
    const first = await askForError(app)
    sandbox.write(path, 'other', new Date('2021-02-03T00:00:00Z'))
    const second = await askForError(app)
    expect(second.text).to.equal('first')
    expect(second.headers.etag).to.equal(first.headers.etag)
  })

  it('trusted no longer than maxAge if the clock of the system is set back', async () => {
    const file = sandbox.write(path, 'first')
    const app = await serve((target) => target.file(file), { kit: { files: { cache: { maxAge: '1ms' } } } })
    await askForError(app)
    const { now } = Date
    Date.now = () => now() - 3_600_000
    try {
      sandbox.write(path, 'other', new Date('2021-02-03T00:00:00Z'))
      let text = 'first'
      for (const end = now() + 1000; text === 'first' && now() < end; ) text = (await askForError(app)).text
      expect(text).to.equal('other')
    } finally {
      Date.now = now
    }
  })

  it('a file that is gone is a 404', async () => {
    const file = sandbox.write(path, 'first')
    const app = await serve((target) => target.file(file), { kit: { files: { cache: {} } } })
    await askForError(app)
    unlinkSync(file)
    expect((await askForError(app)).status).to.equal(404)
  })

  it('answers ranges, 304 and files too large for it', async () => {
    const file = sandbox.write(path, 'abcdef')
    for (const maxFileSize of [10, 3]) {
      const app = await serve((target) => target.file(file), { kit: { files: { cache: { maxFileSize } } } })
      const { headers } = await askForError(app)
      expect((await askForError(app, { headers: { 'If-None-Match': headers.etag } })).status).to.equal(304)
      const part = await askForError(app, { headers: { Range: 'bytes=1-2' } })
      expect(part.status).to.equal(206)
      expect(part.text).to.equal('bc')
    }
  })

  it('many requests at once get one version', async () => {
    const file = sandbox.write(path, 'abcdef')
    const app = await serve((target) => target.file(file), { kit: { files: { cache: { maxBytes: 8 } } } })
    const answers = await Promise.all(Array.from({ length: 20 }, () => askForError(app)))
    expect(new Set(answers.map(({ text }) => text))).to.deep.equal(new Set(['abcdef']))
  })

  it('refuses options it does not have', () => {
    const kit = { files: { cache: { maxSize: 1 } } } as object
    return serve(() => {}, { kit }).then(
      () => expect.fail('not refused'),
      (error: Error) => expect(error.message).to.match(/'files\.cache': unknown option 'maxSize'/),
    )
  })
})

contract('the memory of files.cache', ({ serve, ask, framework }) => {
  it('is not copied whole for each answer that waits for its turn on a connection', async () => {
    const bytes = Buffer.alloc(1_000_000, 'one megabyte ')
    const file = sandbox.write('pipelined.txt', bytes)
    const waiting: http.ServerResponse[] = []
    let answerFirst = (): void => undefined
    const first = new Promise<void>((resolve) => {
      answerFirst = resolve
    })
    const app = await serve(
      async (target, { url, native }) => {
        if (url === '/first') {
          await first
          return target.text('first')
        }
        waiting.push(native.res ?? native.ctx.res)
        return target.file(file)
      },
      { kit: { files: { cache: { maxAge: '1h' } } } },
    )
    const wire = await Wire.connect(app.port)
    wire.get('/first').get().get().get('/', 'Connection: close\r\n')
    while (waiting.length < 3 || !waiting.every((res) => res.writableLength > 0)) await nextTurn()
    // One piece of 256 kB, and the head.
    for (const res of waiting) expect(res.writableLength).to.be.below(300_000)
    answerFirst()
    let rest = await wire.receiveAll()
    for (const expected of [Buffer.from('first'), bytes, bytes, bytes]) {
      rest = rest.subarray(rest.indexOf('\r\n\r\n') + 4)
      expect(rest.subarray(0, expected.length).equals(expected)).to.equal(true)
      rest = rest.subarray(expected.length)
    }
  })

  it('is not what an answer hands out: a middleware that changes a body changes that one alone', async () => {
    const file = sandbox.write('spoiled.txt', 'as it is')
    const kit = { files: { cache: { maxAge: '1h' } } }
    const spoil = (bytes: unknown): void => {
      if (Buffer.isBuffer(bytes)) bytes.fill('X')
    }
    const setUp = (app: any): void => {
      if (framework.family === 'koa') {
        app.use(async (ctx: any, next: any) => {
          await next()
          if (ctx.query.spoil !== undefined) spoil(ctx.body)
        })
        return
      }
      app.use((req: any, res: any, next: any) => {
        const { end, write } = res
        if (req.query.spoil !== undefined) {
          for (const [name, native] of Object.entries({ end, write })) {
            res[name] = function (this: unknown, ...given: unknown[]) {
              spoil(given[0])
              return Reflect.apply(native as () => void, this, given)
            }
          }
        }
        next()
      })
    }
    const app = await serve((target) => target.file(file), { kit, setUp })
    for (const headers of [{}, { Range: 'bytes=0-1' }]) {
      expect((await ask(app, { headers })).text).to.equal('as it is'.slice(0, 'Range' in headers ? 2 : 8))
      await ask(app, { path: '/?spoil=1', headers })
      expect((await ask(app, { headers })).text).to.equal('as it is'.slice(0, 'Range' in headers ? 2 : 8))
    }
  })
})
