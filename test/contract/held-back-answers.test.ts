import { truncateSync } from 'node:fs'
import { PassThrough } from 'node:stream'
import { expect } from 'chai'
import { type ErrorContext, html, type ResponseMethods } from '../../src/index.js'
import { contract } from '../support/contract.js'
import { LARGE_SIZE, largePath } from '../support/large-body.js'
import { Sandbox } from '../support/sandbox.js'
import { Wire } from '../support/wire.js'

const sandbox = new Sandbox()
after(() => sandbox.remove())

async function* failing(): AsyncGenerator<string> {
  yield 'the text of a user'
  throw new Error('a late failure')
}

const streams: Readonly<Record<string, (target: ResponseMethods) => unknown>> = {
  'streaming()': (target) => target.streaming(failing()),
  'ndjson()': (target) => target.ndjson(failing()),
  'jsonArray()': (target) => target.jsonArray(failing()),
  'csv()': (target) =>
    target.csv(
      (async function* () {
        for await (const text of failing()) yield [text]
      })(),
    ),
  'sse()': (target) => target.sse(failing()),
  'html()': (target) => target.html(html`<p>${failing()}</p>`),
  'download()': (target) => target.download(failing(), 'a.txt'),
  'zip()': (target) =>
    target.zip([
      { name: 'a', source: Buffer.alloc(300_000), compress: false },
      { name: 'b', source: failing() },
    ]),
}

/** Runs with the response before the kit does. */
const inFront = (wrap: (res: any) => void) => (app: any) =>
  app.use((first: any, second: any, third: any) => {
    wrap(first.res ?? second)
    return (third ?? second)()
  })

/** Holds the whole answer back, as middleware that changes pages does. */
const holdBack = (whenHeld = (): void => undefined) =>
  inFront((res) => {
    const { write, end } = res
    const held: Buffer[] = []
    res.write = (chunk: any) => {
      held.push(Buffer.from(chunk))
      whenHeld()
      return true
    }
    res.end = (chunk: any) => {
      if (chunk !== undefined) held.push(Buffer.from(chunk))
      Object.assign(res, { write, end })
      return res.end(Buffer.concat(held))
    }
  })

contract('middleware that holds the answer back', ({ serve, framework }) => {
  for (const [call, answer] of Object.entries(streams)) {
    for (const problems of [undefined, {}]) {
      const title = problems === undefined ? '' : ', with problemHandler()'
      it(`gets no error page after the first bytes of a stream: ${call}${title}`, async () => {
        const app = await serve(answer, { setUp: holdBack(), ...(problems && { problems }) })
        const wire = await Wire.connect(app.port)
        expect((await wire.get('/').receiveAll()).toString(), framework.name).to.equal('')
      })
    }
  }

  it('gets no error page after the first bytes of a file that shrinks', async () => {
    const path = sandbox.write(`${framework.name}.bin`, Buffer.alloc(3_000_000, 'x'))
    const reported: unknown[] = []
    const onError = (error: Error, { aborted }: ErrorContext): void => void reported.push([error, aborted])
    const app = await serve((target) => target.file(path), {
      setUp: holdBack(() => truncateSync(path, 1000)),
      kit: { onError },
    })
    const wire = await Wire.connect(app.port)
    expect((await wire.get('/').receiveAll()).toString(), framework.name).to.equal('')
    expect(app.errors).to.have.property('0').with.property('code', 'SHORT_BODY')
    expect(reported).to.deep.equal([[app.errors[0], false]])
  })

  it('gets no error page after the first bytes that other code passes on', async () => {
    const app = await serve(
      async (target: any, { native: { ctx } }) => {
        await target.streaming(failing())
        if (ctx !== undefined) ctx.body = ctx.body.pipe(new PassThrough())
      },
      { setUp: holdBack() },
    )
    const wire = await Wire.connect(app.port)
    expect((await wire.get('/').receiveAll()).toString(), framework.name).to.equal('')
  })

  it('gets a whole answer', async () => {
    const app = await serve((target) => target.streaming(['a', 'b']), { setUp: holdBack() })
    const wire = await Wire.connect(app.port)
    expect((await wire.get('/', 'Connection: close\r\n').receiveAll()).toString()).to.match(/\r\n\r\nab$/)
  })
})

contract('middleware that throws as it is given a chunk', ({ serve, framework }) => {
  for (const [call, answer] of Object.entries<(target: ResponseMethods) => unknown>({
    'file()': (target) => target.file(largePath),
    'streaming()': (target) => target.streaming(Array.from({ length: 50 }, () => 'x'.repeat(100_000))),
  })) {
    for (const [place, method, count] of [
      ['the first write()', 'write', 1],
      ['the third write()', 'write', 3],
      ['end()', 'end', 1],
    ] as const) {
      if (method === 'end' && framework.family === 'koa') continue // Koa itself calls it, and catches nothing
      it(`ends the answer, which does not look whole: ${call}, at ${place}`, async () => {
        const setUp = inFront((res) => {
          const native = res[method]
          let left: number = count
          res[method] = (...given: unknown[]) => {
            if (--left === 0) throw new Error('of the middleware')
            return Reflect.apply(native, res, given)
          }
        })
        const app = await serve(answer, { setUp })
        const wire = await Wire.connect(app.port)
        const text = (await wire.get('/', 'Connection: close\r\n').receiveAll()).toString('latin1')
        const isWhole = text.endsWith('\r\n0\r\n\r\n') || wire.body.length === LARGE_SIZE
        expect(text.startsWith('HTTP/1.1 200 ') && isWhole).to.equal(false)
      })
    }
  }
})
