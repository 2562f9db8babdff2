import { once } from 'node:events'
import type http from 'node:http'
import { Duplex } from 'node:stream'
import { expect } from 'chai'
import { contract } from '../support/contract.js'
import { request } from '../support/request.js'
import { Sandbox } from '../support/sandbox.js'
import { Wire } from '../support/wire.js'

const sandbox = new Sandbox()
after(() => sandbox.remove())

const SIZES = [1, 4095, 4096, 16_384, 16_385, 65_536, 100_000, 262_144, 300_000, 1_100_000]

/** Files of each size. No two of them have a byte in common. */
const files = SIZES.flatMap((size) =>
  [0, 1, 2, 3].map((copy) => {
    const byte = 1 + SIZES.indexOf(size) * 4 + copy
    return { size, byte, path: sandbox.write(`${size}-${copy}.bin`, Buffer.alloc(size, byte)) }
  }),
)

/** Says what a body has that its file does not have. */
function difference(body: Buffer, { size, byte }: { size: number; byte: number }): string | undefined {
  if (body.length !== size) return `${body.length} bytes in place of ${size}`
  const index = body.findIndex((each) => each !== byte)
  return index < 0 ? undefined : `byte ${index} is ${body[index]} in place of ${byte}`
}

/** The chunks of an answer over a connection that is no socket of Node. They are read when all answers are there. */
async function keepAnswer(server: http.Server, path: string): Promise<readonly Buffer[]> {
  const kept: Buffer[] = []
  const connection = new Duplex({
    read: () => undefined,
    write(chunk: Buffer, _encoding, done) {
      kept.push(chunk)
      setImmediate(done)
    },
  })
  server.emit('connection', connection)
  connection.push(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
  await once(connection, 'finish')
  return kept
}

contract('the memory of a file that was sent is used again', ({ serve, framework }) => {
  const download = (target: any, { url }: { url: string }) => target.download(files[Number(url.slice(1))]?.path)

  async function askForAll(port: number): Promise<void> {
    const bodies = await Promise.all(files.map((_, index) => request(port, { path: `/${index}` })))
    for (const [index, { body }] of bodies.entries()) {
      expect(difference(body, files[index] as (typeof files)[number])).to.equal(undefined)
    }
  }

  it('only after all of it has left: every client gets its own file', async () => {
    const app = await serve(download)
    for (let round = 0; round < 3; round++) await askForAll(app.port)
  })

  it('not while a client has not taken it', async () => {
    const app = await serve(download)
    const wire = await Wire.connect(app.port)
    const asked = Array.from({ length: 60 }, (_, index) => index % files.length)
    for (const index of asked) wire.get(`/${index}`)
    await wire.receive(1)
    for (let round = 0; round < 3; round++) await askForAll(app.port)
    wire.get('/0', 'Connection: close\r\n')
    let rest = await wire.receiveAll()
    for (const index of [...asked, 0]) {
      const file = files[index] as (typeof files)[number]
      const start = rest.indexOf('\r\n\r\n') + 4
      expect(difference(rest.subarray(start, start + file.size), file), `answer ${index}`).to.equal(undefined)
      rest = rest.subarray(start + file.size)
    }
  })

  it("not over a Duplex of server.emit('connection') that keeps what is written to it", async () => {
    const app = await serve(download)
    const kept = await Promise.all(files.map((_, index) => keepAnswer(app.server, `/${index}`)))
    for (const [index, chunks] of kept.entries()) {
      const whole = Buffer.concat(chunks)
      const body = whole.subarray(whole.indexOf('\r\n\r\n') + 4)
      expect(difference(body, files[index] as (typeof files)[number])).to.equal(undefined)
    }
  })

  it('not if the client has left before its end', async () => {
    const app = await serve(download)
    for (let round = 0; round < 2; round++) {
      const wires = await Promise.all(files.map(() => Wire.connect(app.port)))
      for (const [index, wire] of wires.entries()) {
        wire.get(`/${index}`).get(`/${(index + 7) % files.length}`)
      }
      await Promise.all(wires.map((wire) => wire.receive(1)))
      for (const wire of wires) wire.reset()
      await askForAll(app.port)
    }
  })

  /** Code of the app that keeps the bytes it sees. */
  const keepers: readonly (readonly [string, (app: any, keep: (bytes: unknown) => void) => void])[] =
    framework.family === 'express'
      ? [
          [
            'a middleware that replaces res.end',
            (app, keep) =>
              app.use((_req: unknown, res: any, next: () => void) => {
                const { end } = res
                res.end = function (this: unknown, ...given: unknown[]) {
                  keep(given[0])
                  return end.apply(this, given)
                }
                next()
              }),
          ],
        ]
      : [
          [
            'a middleware that reads ctx.body',
            (app: any, keep) =>
              app.use(async (ctx: any, next: () => Promise<void>) => {
                await next()
                keep(ctx.body)
              }),
          ],
          [
            'a middleware that answers in place of Koa',
            (app: any, keep) =>
              app.use(async (ctx: any, next: () => Promise<void>) => {
                await next()
                ctx.respond = false
                const { body } = ctx
                keep(body)
                ctx.res.end(Buffer.isBuffer(body) ? body : undefined)
                if (!Buffer.isBuffer(body)) body.destroy()
              }),
          ],
          [
            'a cache inside of a middleware that ends the response itself',
            (app: any, keep) => {
              app.use(async (ctx: any, next: () => Promise<void>) => {
                await next()
                ctx.res.writeHead(503, { 'Content-Length': 8 }).end('too late')
              })
              app.use(async (ctx: any, next: () => Promise<void>) => {
                await next()
                keep(ctx.body)
              })
            },
          ],
          [
            'a middleware that keeps ctx.body and sends it itself',
            (app: any, keep) =>
              app.use(async (ctx: any, next: () => Promise<void>) => {
                await next()
                const { body } = ctx
                keep(body)
                if (Buffer.isBuffer(body)) ctx.res.end(body)
              }),
          ],
          [
            'a middleware that takes a part of ctx.body',
            (app: any, keep) =>
              app.use(async (ctx: any, next: () => Promise<void>) => {
                await next()
                if (Buffer.isBuffer(ctx.body)) keep(ctx.body.subarray(1))
              }),
          ],
          [
            'a middleware that sets ctx.body again',
            (app: any, keep) =>
              app.use(async (ctx: any, next: () => Promise<void>) => {
                await next()
                const { body } = ctx
                ctx.body = 'another body'
                keep(body)
                ctx.body = body
              }),
          ],
          [
            'a listener for the end',
            (app: any, keep) =>
              app.use(async (ctx: any, next: () => Promise<void>) => {
                ctx.res.once('finish', () => keep(ctx.body))
                await next()
              }),
          ],
          [
            'a middleware that replaces res.end',
            (app: any, keep) =>
              app.use(async (ctx: any, next: () => Promise<void>) => {
                const { end } = ctx.res
                ctx.res.end = function (this: unknown, ...given: unknown[]) {
                  keep(given[0])
                  return end.apply(this, given)
                }
                await next()
              }),
          ],
        ]

  for (const [title, install] of keepers) {
    it(`not if other code may hold it: ${title}`, async () => {
      const kept: { readonly bytes: Buffer; readonly asKept: Buffer }[] = []
      const app = await serve(download, {
        setUp: (native) =>
          install(native, (bytes) => {
            if (Buffer.isBuffer(bytes)) kept.push({ bytes, asKept: Buffer.from(bytes) })
          }),
      })
      const small = files.filter(({ size }) => size <= 262_144)
      // A larger one is a stream to what reads `ctx.body`. To `res.end` it gives its last bytes, but not on Koa 3.
      const sent = title.endsWith('res.end') ? files : small
      for (let round = 0; round < 2; round++) {
        for (const file of sent) await request(app.port, { path: `/${files.indexOf(file)}` })
      }
      expect(kept).to.have.length.of.at.least(2 * small.length)
      for (const [index, { bytes, asKept }] of kept.entries()) {
        expect(bytes.equals(asKept), `kept ${index}`).to.equal(true)
      }
    })
  }
})
