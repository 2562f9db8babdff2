import { once } from 'node:events'
import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { expect } from 'chai'
import {
  download,
  type FileOptions,
  type FileSource,
  file,
  type Reply,
  type ResponseMethods,
  type SendOutcome,
  sendReply,
} from '../../src/index.js'
import { contract } from '../support/contract.js'
import type { Framework, Handler, HandlerRequest } from '../support/frameworks.js'
import { LARGE_SIZE, largeBytes } from '../support/large-body.js'
import { type RequestInit, request } from '../support/request.js'
import { responding } from '../support/responding.js'
import { Sandbox } from '../support/sandbox.js'
import { Wire } from '../support/wire.js'

const DELETE = { deleteAfterSend: true } as const
const sandbox = new Sandbox()
after(() => sandbox.remove())

async function gone(path: string): Promise<void> {
  for (const deadline = Date.now() + 2000; existsSync(path); await delay(5)) {
    if (Date.now() > deadline) throw new Error('still there')
  }
}

/** How a call is given the file. A function makes it. */
const sources: Readonly<Record<string, (path: string, make: () => Promise<string>) => FileSource>> = {
  'a path': (path) => path,
  'a path that is asked for a range': (path) => path,
  'a URL': (path) => pathToFileURL(path),
  'a function for a path': (_path, make) => make,
  'a function for a path that is asked for a range': (_path, make) => make,
  'a function for a URL': (_path, make) => async () => pathToFileURL(await make()),
}

/** What a call gets that a test gives the file to. */
interface Given {
  readonly framework: Framework
  readonly target: ResponseMethods
  readonly asked: HandlerRequest
  readonly path: string
  /** A call that waits for its value gets it after this. */
  readonly later: Promise<unknown>
}

const replyOf = ({ path }: Given): Reply => download(path, 'a.txt', DELETE)

/** The same, after `later`. */
const replyLater = (given: Given): Promise<Reply> => given.later.then(() => replyOf(given))

const respond = ({ framework, target, asked }: Given, handler: (reply: Reply) => unknown): unknown =>
  responding(framework, handler)(target, asked)

type Calls = Readonly<Record<string, (given: Given) => unknown>>

/** The calls that send a file. */
const calls: Calls = {
  'file()': ({ target, path }) => target.file(path, DELETE),
  'download()': ({ target, path }) => target.download(path, undefined, DELETE),
  'reply(file())': ({ target, path }) => target.reply(file(path, DELETE)),
  'reply(download())': (given) => given.target.reply(replyOf(given)),
  'reply(promise)': (given) => given.target.reply(replyLater(given)),
  'respond()': (given) => respond(given, () => replyOf(given)),
  'respond() and setFile()': (given) => respond(given, (reply) => void reply.setFile(given.path, DELETE)),
  'sendReply()': (given) => sendReply(given.asked.native.req, given.asked.native.res, replyOf(given)),
}

/** The calls that wait for what they send. */
const waitingCalls: Calls = {
  'reply(promise)': (given) => given.target.reply(replyLater(given)),
  'respond()': (given) => respond(given, () => replyLater(given)),
  'negotiate()': (given) => given.target.negotiate({ html: () => replyLater(given) }),
  'negotiate() and download()': ({ target, path, later }) =>
    target.negotiate({ html: () => later.then(() => target.download(path, 'a.txt', DELETE)) }),
  'sendReply()': (given) => sendReply(given.asked.native.req, given.asked.native.res, replyLater(given)),
}

/** Gives a Reply to a request that has its answer. */
function replyTooLate(given: Given, reply = replyOf(given)): Promise<void> {
  given.target.text('another answer')
  return given.target.reply(reply)
}

/** Why the file of a Reply stays, though it is not sent. */
const drops: Readonly<Record<string, { readonly init?: RequestInit; readonly give: Calls[string] }>> = {
  'it comes too late for HEAD': { init: { method: 'HEAD' }, give: (given) => replyTooLate(given) },
  'it comes too late for a range': { init: { headers: { Range: 'bytes=0-1' } }, give: (given) => replyTooLate(given) },
  'it comes too late for a range that was refused with 503': {
    init: { headers: { Range: 'bytes=0-1' } },
    give: (given) => replyTooLate({ ...given, target: given.target.setStatus(503) }),
  },
  'it comes too late for a condition': {
    init: { headers: { 'If-None-Match': '"other"' } },
    give: (given) => replyTooLate(given),
  },
  'it comes too late and has a status without content': {
    give: (given) => replyTooLate(given, replyOf(given).setStatus(204)),
  },
  'another choice is sent': { give: (given) => given.target.negotiate({ html: '<p>', json: replyOf(given) }) },
  'another body takes its place': { give: (given) => given.target.reply(replyOf(given).setText('another')) },
  'the handler returns another value': {
    give: (given) => respond(given, (reply) => reply.setFile(given.path, DELETE) && 'another'),
  },
  'the handler fails meanwhile': {
    give: async (given) => {
      void given.target.reply(replyLater(given))
      throw new Error('no luck')
    },
  },
}

function deferred(): { promise: Promise<string>; resolve: (value: string) => void } {
  let resolve: (value: string) => void = () => {}
  const promise = new Promise<string>((done) => {
    resolve = done
  })
  return { promise, resolve }
}

contract('deleteAfterSend', ({ serve, askForError, framework }) => {
  const name = (suffix: string) => `${framework.name}/${suffix}`

  /** Whether the file is there after a later answer: what would delete it has had its turn by then. */
  async function stays(path: string, port: number): Promise<boolean> {
    await request(port, { path: '/after' })
    await delay(50)
    return existsSync(path)
  }

  it('deletes the file when the answer has ended, and only then', async () => {
    const path = sandbox.write(name('once.bin'), largeBytes)
    const app = await serve((target) => target.download(path, undefined, DELETE))
    const wire = await Wire.connect(app.port)
    await wire.get('/', 'Connection: close\r\n').receive(1000)
    expect(existsSync(path)).to.equal(true)
    await wire.receiveAll()
    expect(wire.body.length).to.equal(LARGE_SIZE)
    await gone(path)
  })

  it('keeps the next file of that name, to which the system may give the same inode', async () => {
    const path = sandbox.write(name('next.txt'), 'x'.repeat(1000))
    const app = await serve((target, { url }) =>
      url === '/' ? target.download(path, undefined, DELETE) : target.bytes(largeBytes),
    )
    const wire = await Wire.connect(app.port)
    // The second answer is ready, and waits for the first.
    await wire.get('/large').get('/', 'Connection: close\r\n').receive(1000)
    await request(app.port, { path: '/large' })
    unlinkSync(path)
    writeFileSync(path, 'next')
    await wire.receiveAll()
    expect(await stays(path, app.port)).to.equal(true)
  })

  it('deletes it after a POST that sent the whole', async () => {
    const path = sandbox.write(name('post.txt'), 'x')
    const app = await serve((target) => target.download(path, undefined, DELETE))
    expect((await askForError(app, { method: 'POST' })).text).to.equal('x')
    await gone(path)
  })

  for (const field of ['If-None-Match: "other"', 'If-None-Match: *', 'If-Match: "other"', 'Range: bytes=0-0']) {
    it(`deletes what a function makes after the client has left, also with ${field}`, async () => {
      const path = sandbox.path(name('late.txt'))
      const [asked, made] = [deferred(), deferred()]
      const app = await serve((target, { native: { res, ctx } }) => {
        const closed = once(res ?? ctx.res, 'close')
        const make = async (): Promise<string> => {
          asked.resolve('')
          await closed
          made.resolve(sandbox.write(name('late.txt'), 'x'))
          return path
        }
        return target.download(make, 'a.txt', DELETE)
      })
      const wire = await Wire.connect(app.port)
      wire.get('/', `${field}\r\n`)
      await asked.promise
      wire.socket.destroy()
      await made.promise
      await gone(path)
    })
  }

  it('deletes a whole that a condition has decided, if the client leaves while its digest is computed', async () => {
    const path = sandbox.path(name('digest.bin'))
    const app = await serve((target) => target.download(path, 'a', { ...DELETE, digest: 'sha-512' }))
    // On a slow machine the condition is decided later: before that, the file stays. The digest takes seconds.
    for (const ms of [20, 200, 1000]) {
      truncateSync(sandbox.write(name('digest.bin'), 'x'), 4e9)
      const wire = await Wire.connect(app.port)
      wire.get('/', 'If-None-Match: "other"\r\n')
      await delay(ms)
      wire.socket.destroy()
      for (const deadline = Date.now() + 500; existsSync(path) && Date.now() < deadline; ) await delay(5)
      if (!existsSync(path)) return
    }
    throw new Error('still there')
  })

  it('deletes what comes too late for a POST: its answer is never a part (RFC 9110 §14.2)', async () => {
    const path = sandbox.write(name('post-late.txt'), 'x')
    const app = await serve((target) => {
      target.text('another answer')
      expect(() => target.reply(download(path, 'a.txt', DELETE))).to.throw('already been answered')
    })
    const { text } = await askForError(app, { method: 'POST', headers: { Range: 'bytes=0-0', 'If-Match': '*' } })
    expect(text).to.equal('another answer')
    await gone(path)
  })

  it('deletes it if the client leaves in mid-body', async () => {
    const path = sandbox.write(name('once.bin'), largeBytes)
    const app = await serve((target) => target.download(path, undefined, DELETE))
    const wire = await Wire.connect(app.port)
    await wire.get().receive(1000)
    wire.socket.destroy()
    await gone(path)
  })

  it('deletes it if the client has left before the call', async () => {
    const path = sandbox.write(name('once.txt'), 'x')
    let hasArrived = (): void => {}
    const arrived = new Promise<void>((resolve) => {
      hasArrived = resolve
    })
    const app = await serve(async (target, { native: { res } }) => {
      hasArrived()
      await once(res, 'close')
      await target.download(path, undefined, DELETE)
    })
    const wire = await Wire.connect(app.port)
    wire.get()
    await arrived
    wire.socket.destroy()
    await gone(path)
    expect(app.errors).to.deep.equal([])
  })

  for (const [moment, table] of Object.entries({ 'before the call': calls, 'while the call waits': waitingCalls })) {
    for (const [call, give] of Object.entries(table)) {
      for (const other of ['a call of the kit', 'other code', 'other code beside problemHandler()']) {
        if (other === 'a call of the kit' && moment !== 'before the call') continue // it is refused

        it(`deletes it if ${other} has answered ${moment}: ${call}`, async () => {
          const path = sandbox.write(name('once.txt'), 'content')
          const handler: Handler = async (target, asked) => {
            const { res, ctx } = asked.native
            const over = deferred()
            const answerOtherwise = async (): Promise<void> => {
              if (other === 'a call of the kit') target.text('another answer')
              else {
                if (ctx !== undefined) ctx.respond = false
                res.end('another answer')
                await once(res, 'close')
              }
              over.resolve('')
            }
            if (moment === 'before the call') await answerOtherwise()
            const sent = give({ framework, target, asked, path, later: over.promise })
            if (moment !== 'before the call') await answerOtherwise()
            await sent
          }
          const app = await serve(handler, other.endsWith('problemHandler()') ? { problems: { onError() {} } } : {})
          await request(app.port)
          await gone(path)
          for (const error of app.errors) expect(error).to.include({ code: 'ALREADY_SENT' })
        })
      }
    }
  }

  for (const [title, answerAgain] of Object.entries<(target: ResponseMethods) => unknown>({
    'a second answer': (target) => target.text('second'),
    'one of two more': (target) => Promise.all(['second', 'third'].map(async (text) => target.text(text))),
    'one of two more choices': (target) =>
      Promise.all(['second', 'third'].map(async (text) => target.negotiate({ html: text }))),
  })) {
    it(`deletes what was sent although ${title} was refused, which is no failure of the first`, async () => {
      const path = sandbox.write(name('once.txt'), 'content')
      const outcomes: SendOutcome[] = []
      const app = await serve(
        async (target) => {
          const sent = target.afterSend((outcome) => void outcomes.push(outcome)).download(path, 'a.txt', DELETE)
          await answerAgain(target)
          await sent
        },
        { problems: { onError() {} } },
      )
      expect((await askForError(app)).text).to.equal('content')
      await gone(path)
      expect(outcomes).to.deep.equal([{ aborted: false, error: undefined }])
    })
  }

  it('hashes nothing for a file that comes too late, and reports nothing but the refused call', async () => {
    const path = sandbox.write(name('once.bin'), largeBytes)
    const told: unknown[] = []
    const app = await serve(
      async (target) => {
        target.text('first')
        await target.download(path, 'a', { ...DELETE, digest: 'sha-512' }, (error) => void told.push(error))
      },
      { kit: { onError: (error) => void told.push(error) } },
    )
    expect((await askForError(app)).text).to.equal('first')
    await gone(path)
    expect(told.map((error) => (error as Error).message)).to.deep.equal(
      Array(2).fill('download(): this request has already been answered'),
    )
  })

  for (const [why, { init, give }] of Object.entries(drops)) {
    it(`keeps the file of a Reply if ${why}`, async () => {
      const path = sandbox.write(name('kept.txt'), 'content')
      const handler: Handler = (target, asked) => {
        if (asked.url === '/after') return void target.text('x')
        return give({ framework, target, asked, path, later: new Promise((resolve) => setImmediate(resolve)) })
      }
      const app = await serve(handler, { problems: { onError() {} } })
      expect((await askForError(app, init)).text).not.to.include('content')
      expect(await stays(path, app.port)).to.equal(true)
    })
  }

  for (const [title, init, status] of [
    ['HEAD', { method: 'HEAD' }, 200],
    ['304', { headers: { 'If-None-Match': '"v1"' } }, 304],
    ['412', { headers: { 'If-Match': '"v2"' } }, 412],
    ['416', { headers: { Range: 'bytes=99-' } }, 416],
    ['a range', { headers: { Range: 'bytes=0-1' } }, 206],
    ['several ranges', { headers: { Range: 'bytes=0-0,2-2' } }, 206],
  ] as const) {
    it(`keeps it after ${title}; the next GET of the whole deletes it`, async () => {
      const path = sandbox.write(name('kept.txt'), 'content')
      const options: FileOptions = { ...DELETE, etag: '"v1"' }
      const app = await serve((target, { url }) =>
        url === '/after' ? void target.text('x') : target.download(path, 'a.txt', options),
      )
      expect((await askForError(app, init)).status).to.equal(status)
      expect(await stays(path, app.port)).to.equal(true)
      expect((await askForError(app)).text).to.equal('content')
      await gone(path)
    })
  }

  for (const status of [204, 205, 304]) {
    it(`keeps it if the handler staged ${status}, which sends no content`, async () => {
      const path = sandbox.write(name('kept.txt'), 'content')
      const app = await serve((target, { url }) => {
        if (url === '/after') return void target.text('x')
        if (url === '/empty') target.setStatus(status)
        return target.download(path, 'a.txt', DELETE)
      })
      const answer = await askForError(app, { path: '/empty' })
      expect([answer.status, answer.text]).to.deep.equal([status, ''])
      expect(await stays(path, app.port)).to.equal(true)
      expect((await askForError(app)).text).to.equal('content')
      await gone(path)
    })
  }

  it('keeps it if the answer failed, because the file became shorter meanwhile', async () => {
    const path = sandbox.write(name('shorter.bin'), largeBytes)
    const outcomes: unknown[] = []
    const app = await serve((target, { url }) => {
      if (url === '/after') return void target.text('x')
      target.afterSend(({ aborted, error }) => void outcomes.push([aborted, (error as { code?: string })?.code]))
      return target.download(path, undefined, DELETE)
    })
    const wire = await Wire.connect(app.port)
    await wire.get('/', 'Connection: close\r\n').receive(1000)
    truncateSync(path, 1000)
    await wire.receiveAll().catch(() => undefined)
    expect(wire.body.length).to.be.below(LARGE_SIZE)
    expect(await stays(path, app.port)).to.equal(true)
    expect(outcomes).to.deep.equal([[false, 'SHORT_BODY']])
  })

  // Express sends the answer before a handler that awaits it can fail. Its own error page is another answer.
  const [moments, problems] =
    framework.family === 'koa'
      ? [['after the call', 'while the call waits']]
      : [['while the call waits'], { onError() {} }]
  for (const when of moments) {
    for (const expected of [500, 403]) {
      it(`keeps it if the handler fails ${when} with ${expected}, as nothing of it is sent`, async () => {
        const thrown = Object.assign(new Error('no luck'), expected === 403 && { status: expected })
        const path = sandbox.write(name('kept.txt'), 'content')
        const outcomes: SendOutcome[] = []
        const app = await serve(
          async (target, { url }) => {
            if (url === '/after') return void target.text('x')
            const sent = target.afterSend((outcome) => void outcomes.push(outcome)).download(path, 'a.txt', DELETE)
            if (when === 'after the call') await sent
            throw thrown
          },
          { ...(problems && { problems }) },
        )
        const { status, text } = await askForError(app)
        expect([status, text.includes('content')]).to.deep.equal([expected, false])
        expect(await stays(path, app.port)).to.equal(true)
        expect(outcomes).to.deep.equal([{ aborted: false, error: thrown }])
      })
    }
  }

  it('keeps what was refused', async () => {
    const path = sandbox.write(name('.hidden'), 'x')
    const app = await serve((target, { url }) =>
      url === '/after' ? void target.text('x') : target.download(path, undefined, DELETE),
    )
    expect((await askForError(app)).status).to.equal(404)
    expect(await stays(path, app.port)).to.equal(true)
  })

  it('keeps another file that has taken the place of the one that was sent', async () => {
    const path = sandbox.write(name('replaced.bin'), largeBytes)
    const app = await serve((target, { url }) =>
      url === '/after' ? void target.text('x') : target.download(path, undefined, DELETE),
    )
    const wire = await Wire.connect(app.port)
    await wire.get('/', 'Connection: close\r\n').receive(1000)
    renameSync(sandbox.write(name('next.bin'), 'the next'), path)
    await wire.receiveAll()
    expect(await stays(path, app.port)).to.equal(true)
    expect(readFileSync(path, 'utf8')).to.equal('the next')
  })

  it('deletes nothing outside if the directory is exchanged for a link to elsewhere meanwhile', async () => {
    const path = sandbox.write(name('reports/report.bin'), largeBytes)
    const elsewhere = sandbox.path(name('elsewhere'))
    mkdirSync(elsewhere)
    writeFileSync(`${elsewhere}/report.bin`, 'precious')
    // The same inode outside of the directory: only its place tells it from the one that was sent.
    linkSync(path, `${elsewhere}/linked.bin`)
    const directory = sandbox.path(name('reports'))
    const app = await serve((target, { url }) =>
      url === '/after' ? void target.text('x') : target.file('report.bin', { ...DELETE, root: directory }),
    )
    const wire = await Wire.connect(app.port)
    await wire.get('/', 'Connection: close\r\n').receive(1000)
    renameSync(directory, `${directory}.moved`)
    renameSync(`${elsewhere}/linked.bin`, `${elsewhere}/report.bin`)
    symlinkSync(elsewhere, directory)
    await wire.receiveAll()
    expect(await stays(`${elsewhere}/report.bin`, app.port)).to.equal(true)
  })

  for (const [given, sourceOf] of Object.entries(sources)) {
    for (const moment of ['before the call', 'during the call', 'while its tag is computed'] as const) {
      for (const end of ['the client leaves', 'other code answers'] as const) {
        const isFunction = given.startsWith('a function')
        const isMade = !(isFunction && moment === 'before the call')
        // No other request knows what a function has made.
        const isDeleted = isMade && (isFunction || !given.endsWith('for a range'))
        const outcome = isDeleted ? 'deletes the file' : isMade ? 'keeps the file' : 'makes no file'

        it(`${outcome} of ${given} if ${end} ${moment}`, async () => {
          const path = sandbox.path(name('once.txt'))
          rmSync(path, { force: true })
          const [made, asked, over, settled] = [deferred(), deferred(), deferred(), deferred()]
          const write = (): void => made.resolve(sandbox.write(name('once.txt'), 'content'))
          const make = async (): Promise<string> => {
            if (moment === 'during the call') await over.promise
            write()
            return path
          }
          const options: FileOptions = moment === 'while its tag is computed' ? { ...DELETE, etag: 'content' } : DELETE
          const app = await serve(async (target, { url, native: { res, ctx } }) => {
            if (url === '/after') return void target.text('x')
            if (!isFunction) write()
            const endAnswer = async (): Promise<void> => {
              const closed = once(res, 'close')
              if (end === 'other code answers') {
                if (ctx !== undefined) ctx.respond = false
                res.end('another answer')
              } else asked.resolve('')
              await closed
              over.resolve('')
            }
            try {
              if (moment === 'before the call') await endAnswer()
              const sent = target.download(sourceOf(path, make), 'a.txt', options)
              if (moment !== 'before the call') await endAnswer()
              await sent
            } catch (error) {
              expect(error).to.include({ code: 'ALREADY_SENT' })
            }
            settled.resolve('')
          })
          const wire = await Wire.connect(app.port)
          wire.get('/', given.endsWith('for a range') ? 'Range: bytes=0-1\r\n' : '')
          if (end === 'the client leaves') {
            await asked.promise
            wire.socket.destroy()
          }
          await settled.promise
          wire.socket.destroy()
          if (isMade) await made.promise
          if (isDeleted) await gone(path)
          else expect(isMade ? await stays(path, app.port) : existsSync(path)).to.equal(isMade)
          for (const error of app.errors) expect(error).to.include({ code: 'ALREADY_SENT' })
        })
      }
    }
  }

  for (const value of [1, 'true', {}, [], 'false', 0]) {
    it(`is only true: ${JSON.stringify(value)} is an error`, async () => {
      const path = sandbox.write(name('kept.txt'), 'x')
      const options = { deleteAfterSend: value } as unknown as FileOptions
      const app = await serve((target, { url }) =>
        url === '/after' ? void target.text('x') : target.download(path, 'a.txt', options),
      )
      expect((await askForError(app)).status).to.equal(500)
      expect(app.errors[0]).to.include({ code: 'INVALID_OPTION' })
      expect(await stays(path, app.port)).to.equal(true)
    })
  }

  for (const value of [true, '1', 'true', 1]) {
    it(`in the place of the filename ${JSON.stringify(value)} is an error, as ?name[deleteAfterSend]=1 puts it there`, async () => {
      const path = sandbox.write(name('kept.txt'), 'x')
      const fromQuery = { deleteAfterSend: value } as unknown as string
      const app = await serve((target, { url }) =>
        url === '/after' ? void target.text('x') : target.download(path, fromQuery),
      )
      expect((await askForError(app)).status).to.equal(500)
      expect(app.errors[0]).to.include({ code: 'INVALID_OPTION' })
      expect(await stays(path, app.port)).to.equal(true)
    })
  }

  it('is refused for a file that the server in front opens later, also if the call comes too late', async () => {
    const path = sandbox.write(name('offloaded.txt'), 'x')
    const kit = { files: { offload: { header: 'X-Accel-Redirect', map: { [sandbox.root]: '/protected' } } } }
    const app = await serve(
      async (target, { url }) => {
        if (url === '/after') return void target.text('x')
        if (url !== '/late') return target.download(path, undefined, DELETE)
        const sent = target.download(path)
        expect(() => target.download(path, undefined, DELETE)).to.throw('already been answered')
        await sent
      },
      { kit },
    )
    expect((await askForError(app)).status).to.equal(500)
    expect(app.errors[0]).to.include({ code: 'INVALID_OPTION' })
    const { headers } = await askForError(app, { path: '/late' })
    expect(headers).to.have.property('x-accel-redirect')
    expect(await stays(path, app.port)).to.equal(true)
  })
})
