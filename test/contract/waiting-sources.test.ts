import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PassThrough, Stream, type Writable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { expect } from 'chai'
import { html, streaming } from '../../src/index.js'
import { collectGarbage } from '../support/collect-garbage.js'
import { contract } from '../support/contract.js'
import { readZip } from '../support/read-zip.js'
import { request } from '../support/request.js'

/** Longer than what a stream holds before it pauses, if each character is a chunk. */
const TEXT = 'all of it, and in this order'

interface Late {
  readonly source: any
  /** Resolves when what could take the bytes away has happened. */
  readonly wait: () => Promise<unknown>
}

/** The output of a process that ends while it waits: Node throws away what no code waits for. */
function outputOfProcess(): Late {
  const child = spawn(process.execPath, ['-e', `process.stdout.write(${JSON.stringify(TEXT)})`], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const isOver = new Promise((resolve) => child.once('exit', resolve)).then(() => turn())
  return { source: child.stdout.setEncoding('utf8'), wait: () => isOver }
}

/** The body of a `Response` that is garbage: `fetch` cancels a body without a reader. */
async function bodyOfGarbage(): Promise<Late> {
  const server = createServer((_, response) => response.end(TEXT)).listen(0)
  const { port } = server.address() as AddressInfo
  const responses = new Set<string>()
  const registry = new FinalizationRegistry<string>((name) => responses.delete(name))
  const open = async (): Promise<unknown> => {
    const response = await fetch(`http://127.0.0.1:${port}`)
    registry.register(response, 'response')
    responses.add('response')
    return response.body
  }
  const source = await open()
  server.close()
  const wait = async (): Promise<void> => {
    while (responses.size > 0) {
      collectGarbage()
      await turn() // finalizers run in a turn of their own
    }
    await turn() // those of fetch may come after that of this test
  }
  return { source, wait }
}

/** A stream as Node had them before 0.10, as `through` and JSONStream make them: it closes when it ends, read or not. */
function oldTransform(): Late {
  const noMethod = (): void => undefined
  const methods = { write: noMethod, end: noMethod, pause: noMethod, resume: noMethod, destroy: noMethod }
  const source = Object.assign(new Stream(), methods, { readable: true, writable: true })
  const wait = async (): Promise<void> => {
    if (!source.readable) return
    source.emit('data', TEXT)
    source.readable = false
    source.emit('end')
    source.emit('close')
  }
  return { source, wait }
}

interface Cursor {
  /** Starts the cursor. It gives a row, and then the next one unless it is paused. */
  readonly begin: (source: Stream & { resume(): void }) => unknown
  /** Resolves while it gives rows, or when it is paused. */
  readonly until: 'running' | 'paused'
}

/** A stream of the old kind whose `resume` asks for the next row. Each reader of such streams resumes only what it has paused. */
function oldCursor({ begin, until }: Cursor): Late {
  const rows = [...TEXT]
  let isPaused = false
  const give = async (): Promise<void> => {
    const row = rows.shift()
    if (row === undefined) {
      source.emit('end')
      return
    }
    await turn()
    if (rows.length % 2 === 0) await turn() // some rows take longer than others
    source.emit('data', row)
    if (!isPaused) void give()
  }
  const source = Object.assign(new Stream(), {
    readable: true,
    pause() {
      isPaused = true
      source.emit('paused')
    },
    resume() {
      isPaused = false
      void give()
    },
  })
  const isReady = until === 'running' ? turn() : once(source, 'paused')
  begin(source)
  return { source, wait: () => isReady }
}

const cursors: Record<string, Cursor> = {
  'a cursor of the old kind': { begin: (cursor) => cursor.resume(), until: 'running' },
  'a cursor of the old kind that is paused': { begin: (cursor) => cursor.resume(), until: 'paused' },
  // As `from` does.
  'a cursor of the old kind that begins in the next tick': {
    begin: (cursor) => process.nextTick(() => cursor.resume()),
    until: 'running',
  },
  // As form-data does.
  'a cursor of the old kind that begins in its own pipe': {
    begin: (cursor) =>
      Object.assign(cursor, {
        pipe(destination: Writable) {
          Stream.prototype.pipe.call(cursor, destination)
          cursor.resume()
          return destination
        },
      }),
    until: 'running',
  },
}

const sources: Record<string, () => Late | Promise<Late>> = {
  'the output of a process that has ended': outputOfProcess,
  'the body of a Response that is garbage': bodyOfGarbage,
  'a stream of the old kind': oldTransform,
  ...Object.fromEntries(Object.entries(cursors).map(([title, cursor]) => [title, () => oldCursor(cursor)])),
}

contract('a source that waits for its turn keeps its bytes', ({ serve }) => {
  for (const [title, make] of Object.entries(sources)) {
    it(`in zip: ${title}`, async () => {
      const app = await serve(async (target) => {
        const { source, wait } = await make()
        const entries = [
          { name: 'before.txt', source: yieldAfter(wait) },
          { name: 'late.txt', source },
        ]
        await target.zip(entries)
      })
      const { status, body } = await request(app.port)
      expect([status, readZip(body)]).to.deep.equal([200, { 'before.txt': 'before', 'late.txt': TEXT }])
    })

    it(`in a page that a promise gives: ${title}`, async () => {
      const app = await serve(async (target) => {
        const { source, wait } = await make()
        await target.html(html`<p>${Promise.resolve().then(() => html`${yieldAfter(wait)}, ${source}`)}`)
      })
      const { status, text } = await request(app.port)
      expect([status, text]).to.deep.equal([200, `<p>before, ${TEXT}`])
    })

    it(`in jsonStream: ${title}`, async () => {
      const app = await serve(async (target) => {
        const { source, wait } = await make()
        await target.jsonStream({ before: yieldAfter(wait), late: source })
      })
      const { status, text } = await request(app.port)
      const { before, late } = JSON.parse(text)
      const given = late.map((chunk: string | number[]) => (Array.isArray(chunk) ? `${Buffer.from(chunk)}` : chunk))
      expect([status, before, given.join('')]).to.deep.equal([200, ['before'], TEXT])
    })
  }
})

contract('a Reply that is not sent yet leaves its source to the app', ({ serve, answer, askForError }) => {
  it('a web stream can be piped through another one', async () => {
    const { text } = await answer((target) => {
      const upper = new TransformStream({ transform: (chunk, out) => out.enqueue(`${chunk}`.toUpperCase()) })
      const source = new ReadableStream({
        start(controller) {
          controller.enqueue('piped')
          controller.close()
        },
      })
      streaming(source)
      expect(source.locked).to.equal(false)
      return target.reply(streaming(source.pipeThrough(upper)))
    })
    expect(text).to.equal('PIPED')
  })

  it('the output of a process still ends if no answer takes it', async () => {
    const { text } = await answer(async (target) => {
      const child = spawn(process.execPath, ['-e', `process.stdout.write('x')`], {
        stdio: ['ignore', 'pipe', 'ignore'],
      })
      streaming(child.stdout)
      await once(child, 'close')
      target.text('closed')
    })
    expect(text).to.equal('closed')
  })

  it('a stream of the old kind, which does not wait, keeps its bytes', async () => {
    const { text } = await answer(async (target) => {
      const { source, wait } = oldTransform()
      const reply = streaming(source)
      await wait()
      return target.reply(reply)
    })
    expect(text).to.equal(TEXT)
  })

  it('the output of a process that has ended meanwhile is an error, and no part of it', async () => {
    const app = await serve(async (target) => {
      // More than a stream holds (65,536), and as little as a Linux socket takes in one piece (106,432): after a second piece
      // the process can wait for a reader, and does not end.
      const code = `process.stdout.write('x'.repeat(100_000))`
      const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'ignore'] })
      const reply = streaming(child.stdout)
      await once(child, 'exit')
      await turn()
      return target.reply(reply)
    })
    expect((await askForError(app)).status).to.equal(500)
    expect(app.errors.map((error: any) => error.code)).to.deep.equal(['SOURCE_FAILED'])
  })

  it('a web stream that the app cancels meanwhile is an error, and no empty answer', async () => {
    const app = await serve(async (target) => {
      const source = new Blob(['x']).stream()
      const reply = streaming(source)
      await source.cancel()
      return target.reply(reply)
    })
    expect((await askForError(app)).status).to.equal(500)
    expect(app.errors.map((error: any) => error.code)).to.deep.equal(['SOURCE_FAILED'])
  })
})

contract('a source that an answer has closed without reading it', ({ serve, answer, askForError }) => {
  for (const [title, make] of Object.entries<() => any>({
    'a web stream': () => new Blob(['x']).stream(),
    'a generator': () =>
      (function* () {
        yield 'x'
      })(),
    'an async generator': () => yieldAfter(async () => undefined),
  })) {
    it(`is an error for the next one, and no empty answer: ${title}`, async () => {
      const source = make()
      const app = await serve((target) => target.streaming(source))
      expect((await request(app.port, { method: 'HEAD' })).status).to.equal(200)
      expect((await askForError(app)).status).to.equal(500)
      expect(app.errors.map((error: any) => error.code)).to.deep.equal(['SOURCE_FAILED'])
    })
  }

  it('a second reply() of the same stream is refused, and the first answer is whole', async () => {
    const { text } = await answer((target) => {
      const stream = new PassThrough()
      stream.end('x')
      const sent = target.reply(stream)
      for (const value of [stream, Promise.resolve(stream)]) expect(() => target.reply(value)).to.throw()
      return sent
    })
    expect(text).to.equal('x')
  })

  it('a stream in two places of a Reply is closed', async () => {
    const stream = new PassThrough()
    stream.end('x')
    await answer((target) => target.reply(html`${stream}, ${stream}`)).catch(() => undefined)
    expect(stream.destroyed).to.equal(true)
  })
})

async function* yieldAfter(wait: Late['wait']): AsyncGenerator<string> {
  await wait()
  yield 'before'
}
