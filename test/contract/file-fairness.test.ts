import crypto, { createHash, Hash } from 'node:crypto'
import { once } from 'node:events'
import fs, { type BigIntStats } from 'node:fs'
import { open } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { setTimeout as delay } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { expect } from 'chai'
import { contract } from '../support/contract.js'
import { countReads } from '../support/counted-reads.js'
import { request } from '../support/request.js'
import { Sandbox } from '../support/sandbox.js'

const sandbox = new Sandbox()
const SIZE = 48_000_000
const bytes = Buffer.alloc(SIZE, 'something to hash ')
const large = sandbox.write('large.bin', bytes)
const given = sandbox.write('given.bin', bytes, new Date('1980-01-01'))
after(() => sandbox.remove())

function* lines(): Generator<string> {
  for (let line = 0; line < 200_000; line++) yield `${line},some,more,columns,of,a,line\n`
}

async function* linesWithoutWaiting(): AsyncGenerator<string> {
  yield* lines()
}

const WHOLE = [...lines()].join('')

function randomAccess(): object {
  return { size: Buffer.byteLength(WHOLE), read: () => lines() }
}

/** A client in a thread of its own: one in this thread would take turns of the loop that is measured. */
const CLIENT = `
const { parentPort, workerData } = require('node:worker_threads')
const http = require('node:http')
const { createHash } = require('node:crypto')
const hash = createHash('sha256')
http.get(workerData, (incoming) => {
  incoming.on('data', (chunk) => hash.update(chunk))
  incoming.on('end', () => parentPort.postMessage(hash.digest('hex')))
})`

async function downloadInThread(port: number, path: string): Promise<string> {
  const worker = new Worker(CLIENT, { eval: true, execArgv: [], workerData: { port, host: '127.0.0.1', path } })
  const [digest] = await once(worker, 'message')
  await worker.terminate()
  return digest as string // the one message of CLIENT
}

contract('the event loop is shared', ({ serve }) => {
  for (const [title, source] of [
    ['a synchronous generator', lines],
    ['an asynchronous generator that never waits', linesWithoutWaiting],
    ['a random-access object whose parts are synchronous', randomAccess],
  ] as const) {
    it(`with three downloads of ${title}`, async function () {
      this.timeout(30_000)
      const app = await serve((target, { url }) =>
        url === '/other' ? void target.text('other') : target.download(source() as Generator<string>, 'export.csv'),
      )
      const expected = createHash('sha256').update(WHOLE).digest('hex')
      await request(app.port, { path: '/other' })
      let isOver = false
      let answered = 0
      const downloads = Promise.all([1, 2, 3].map(() => downloadInThread(app.port, '/')))
      const others = (async () => {
        while (!isOver) {
          await request(app.port, { path: '/other' })
          answered++
        }
      })()
      for (const digest of await downloads) expect(digest).to.equal(expected)
      isOver = true
      await others
      // A body that holds the loop until its end leaves room for one or two answers in all.
      expect(answered).to.be.greaterThan(10)
    })
  }
})

contract('a hash', ({ serve, ask }) => {
  const wanted = countReads()
  // A new version: no hash is remembered.
  beforeEach(() => fs.utimesSync(large, new Date(), new Date()))

  for (const [title, source, options] of [
    ['digest of a file', () => large, { digest: 'sha-256' }],
    ["etag: 'content' of a file", () => large, { etag: 'content' }],
    ["etag: 'content' of a Blob", () => new Blob([bytes]), { etag: 'content' }],
    ['the entity-tag of a Buffer', () => Buffer.from(bytes), {}],
    ['the entity-tag of a file with a given time', () => given, {}],
  ] as const) {
    it(`of more than 1 MB runs in another thread: ${title}`, async () => {
      const { update } = Hash.prototype
      const { hash } = crypto
      const longest = { update: 0, hash: 0 }
      Hash.prototype.update = function (this: unknown, ...given: Parameters<typeof update>) {
        longest.update += given[0].length
        return Reflect.apply(update, this, given)
      } as typeof update // called as the original is
      crypto.hash = ((algorithm: string, data: Uint8Array, ...rest: []) => {
        longest.hash += data.length
        return hash(algorithm, data, ...rest)
      }) as typeof hash
      syncBuiltinESMExports()
      try {
        const app = await serve((target) => target.file(source(), options))
        const { status, headers } = await request(app.port, { method: 'HEAD' })
        expect([status, headers['content-length']]).to.deep.equal([200, `${SIZE}`])
        expect(longest).to.deep.equal({ update: 0, hash: 0 })
      } finally {
        Hash.prototype.update = update
        crypto.hash = hash
        syncBuiltinESMExports()
      }
    })
  }

  it('is computed once for the requests that come meanwhile, and for those after', async () => {
    const app = await serve((target) => target.file(large, { etag: 'content' }))
    const answers = await Promise.all([1, 2, 3, 4].map(() => request(app.port, { method: 'HEAD' })))
    const tag = `"${createHash('sha256').update(bytes).digest('base64').slice(0, 27)}"`
    expect(answers.map(({ headers }) => headers.etag)).to.deep.equal([tag, tag, tag, tag])
    expect(wanted.bytes).to.be.within(SIZE, SIZE * 1.5)
    expect((await ask(app, { method: 'HEAD', headers: { 'If-None-Match': tag } })).status).to.equal(304)
    expect(wanted.bytes).to.be.within(SIZE, SIZE * 1.5)
  })

  it('goes on for the client that stays, and stops when the last one has left', async () => {
    const app = await serve((target) => target.file(large, { digest: 'sha-512' }))
    const { default: http } = await import('node:http')
    const leave = (): void => {
      const outgoing = http.request({ port: app.port, host: '127.0.0.1', method: 'HEAD', agent: false })
      outgoing.on('error', () => {})
      outgoing.end()
      const watch = setInterval(() => {
        if (wanted.bytes < 1_000_000) return
        clearInterval(watch)
        outgoing.destroy()
      }, 1)
    }
    leave()
    const staying = await request(app.port, { method: 'HEAD' })
    const digest = createHash('sha512').update(bytes).digest('base64')
    expect(staying.headers['repr-digest']).to.equal(`sha-512=:${digest}:`)
    fs.utimesSync(large, new Date(), new Date())
    wanted.bytes = 0
    leave()
    leave()
    while (wanted.bytes < 1_000_000) await delay(1)
    let before = -1
    while (before !== wanted.bytes) {
      before = wanted.bytes
      await delay(100)
    }
    expect(wanted.bytes).to.be.below(SIZE)
    expect(app.errors).to.deep.equal([])
  })

  it('is computed again if the request that began it fails alone, as its app closes its FileHandle', async () => {
    const handle = await open(large)
    let fail = (_error: Error): void => undefined
    const never = new Promise<never>((_resolve, reject) => {
      fail = reject
    })
    let tellAsked = (): void => undefined
    const asked = new Promise<void>((resolve) => {
      tellAsked = resolve
    })
    const common = { fd: handle.fd, close: async () => undefined }
    const stat = (): Promise<BigIntStats> => handle.stat({ bigint: true })
    const first: any = {
      ...common,
      stat,
      read() {
        tellAsked()
        return never
      },
    }
    const second: any = {
      ...common,
      async stat() {
        const stats = await stat()
        setImmediate(() => fail(new Error('file closed'))) // by then it waits for the hash of the first one
        return stats
      },
      read: handle.read.bind(handle),
    }
    const options = { etag: 'content', autoClose: false } as const
    const app = await serve((target, { url }) => target.file(url === '/first' ? first : second, options))
    const failing = request(app.port, { path: '/first', method: 'HEAD' })
    await asked
    const { status, headers } = await request(app.port, { path: '/second', method: 'HEAD' })
    const tag = `"${createHash('sha256').update(bytes).digest('base64').slice(0, 27)}"`
    expect([status, headers.etag]).to.deep.equal([200, tag])
    expect((await failing).status).to.equal(500)
    await handle.close()
  })

  it('of a Buffer is computed once for each Buffer, ranges included', async () => {
    const buffer = Buffer.alloc(3_000_000, 'once')
    const tag = `"${(3_000_000).toString(16)}-${createHash('sha1').update(buffer).digest('base64').slice(0, 27)}"`
    const { postMessage } = Worker.prototype
    let hashed = 0
    Worker.prototype.postMessage = function (this: Worker, ...given: Parameters<typeof postMessage>) {
      hashed += given[0].bytes?.byteLength ?? 0
      Reflect.apply(postMessage, this, given)
    }
    try {
      const app = await serve((target) => target.file(buffer))
      for (const headers of [{}, { Range: 'bytes=0-1' }, { Range: 'bytes=0-1,9-9' }, { 'If-None-Match': tag }]) {
        expect((await request(app.port, { headers })).headers.etag).to.equal(tag)
      }
      expect(hashed).to.equal(3_000_000)
    } finally {
      Worker.prototype.postMessage = postMessage
    }
  })
})
