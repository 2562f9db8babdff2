import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, chmodSync, readdirSync, readlinkSync, renameSync, truncateSync, unlinkSync } from 'node:fs'
import http from 'node:http'
import net from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'chai'
import { OpenFile } from '../../src/shared/files/disk/open-file.js'
import { contract } from '../support/contract.js'
import { LARGE_SIZE, largeBytes, largePath } from '../support/large-body.js'
import { promised } from '../support/promised.js'
import { Sandbox } from '../support/sandbox.js'
import { Wire } from '../support/wire.js'

const sandbox = new Sandbox()
const small = sandbox.write('small.txt', 'small')
after(() => sandbox.remove())

/** Waits for what has to become true soon, and fails if it does not. */
async function eventually(isTrue: () => boolean, what: string): Promise<void> {
  for (const deadline = Date.now() + 1000; !isTrue(); await delay(5)) {
    if (Date.now() > deadline) throw new Error(`not within a second: ${what}`)
  }
}

function isOpen(path: string): boolean {
  if (process.platform !== 'linux') return false
  return readdirSync('/proc/self/fd').some((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(path)
    } catch {
      return false
    }
  })
}

contract('a client that goes away', ({ serve }) => {
  for (const [title, count] of [
    ['after the head', 1],
    ['after 64 kB', 65_536],
    ['after 1 MB', 1_000_000],
    ['after 5 MB', 5_000_000],
  ] as const) {
    for (const cut of ['FIN', 'RST'] as const) {
      it(`${title}, by ${cut}, closes the file; the hook is told, the error handling is not`, async () => {
        const told: boolean[] = []
        const app = await serve((target) => target.download(largePath), {
          kit: { onError: (_error, { aborted }) => void told.push(aborted) },
        })
        const wire = await Wire.connect(app.port)
        await wire.get().receive(count)
        if (cut === 'FIN') wire.socket.destroy()
        else wire.reset()
        await eventually(() => told.length > 0 && !isOpen(largePath), 'told and closed')
        expect(told).to.deep.equal([true])
        expect(app.errors).to.have.length(0)
      })
    }
  }

  it('is cut off by the timeout of its socket if it stops reading, and the file closed', async () => {
    const told: boolean[] = []
    const app = await serve((target) => target.download(largePath), {
      kit: { onError: (_error, { aborted }) => void told.push(aborted) },
    })
    app.server.setTimeout(100) // node's own answer to it: the socket is destroyed
    const wire = await Wire.connect(app.port)
    await wire.get().receive(1)
    await eventually(() => told.length > 0 && !isOpen(largePath), 'told and closed')
    expect(told).to.deep.equal([true])
    expect(app.errors).to.have.length(0)
    const received = await wire.receiveAll()
    expect(received.length).to.be.below(LARGE_SIZE)
  })

  /** What other code does to the response before the file is sent. */
  const wrappers: Readonly<Record<string, (res: any) => void>> = {
    'a plain response': () => undefined,
    'a response without its length': (res) => {
      const { writeHead } = res
      res.writeHead = (...given: unknown[]) => {
        res.removeHeader('Content-Length')
        return writeHead.apply(res, given)
      }
    },
    'a response whose write() is replaced': (res) => {
      const { write } = res
      res.write = (...given: unknown[]) => write.apply(res, given)
    },
  }
  for (const [what, wrap] of Object.entries(wrappers))
    it(`by RST, and code that ends ${what} on the error of the socket while the file is read`, async () => {
      const { read } = OpenFile.prototype
      const [reading, begin] = promised<void>()
      let finishRead = (): void => undefined
      let count = 0
      OpenFile.prototype.read = function (buffer, length, position, done) {
        read.call(this, buffer, length, position, (error, bytes) => {
          if (count++ < 3) done(error, bytes)
          else {
            finishRead = () => done(error, bytes)
            begin()
          }
        })
      }
      try {
        const told: boolean[] = []
        const app = await serve(
          (target, { native }) => {
            const res = native.res ?? native.ctx.res
            wrap(res)
            res.socket.once('error', () => {
              res.end()
              finishRead()
            })
            return target.download(largePath)
          },
          { kit: { onError: (_error, { aborted }) => void told.push(aborted) } },
        )
        const wire = await Wire.connect(app.port)
        wire.get().socket.resume()
        await reading
        wire.reset()
        await eventually(() => told.length > 0 && !isOpen(largePath), 'told and closed')
        expect(told).to.deep.equal([true])
      } finally {
        OpenFile.prototype.read = read
      }
    })

  it('is ECONNABORTED for a callback, once', async () => {
    const calls: any[] = []
    const app = await serve((target) => target.download(largePath, (error) => void calls.push(error)))
    const wire = await Wire.connect(app.port)
    await wire.get().receive(1000)
    wire.socket.destroy()
    await eventually(() => calls.length > 0, 'called back')
    expect(calls.map((error) => error?.code)).to.deep.equal(['ECONNABORTED'])
    expect(app.errors).to.have.length(0)
  })

  it('before the handler answers: nothing stays open, the error handling hears nothing', async () => {
    const gone = new AbortController()
    let settled = false
    let hasArrived = false
    const app = await serve(async (target, { native: { res } }) => {
      hasArrived = true
      await once(res, 'close', { signal: gone.signal })
      await target.download(small)
      settled = true
    })
    const wire = await Wire.connect(app.port)
    wire.get()
    await eventually(() => hasArrived, 'arrived')
    wire.socket.destroy()
    await eventually(() => settled, 'settled')
    expect(app.errors).to.have.length(0)
  })
})

contract('a file that changes while it is sent', ({ serve, framework }) => {
  async function startSlowly(app: { port: number }): Promise<Wire> {
    const wire = await Wire.connect(app.port)
    return wire.get('/', 'Connection: close\r\n').receive(100)
  }

  it('truncated: the connection is destroyed within a second, so that nothing short looks complete', async () => {
    const path = sandbox.write(`large-${framework.name}.bin`, largeBytes)
    const told: boolean[] = []
    const app = await serve((target) => target.download(path), {
      kit: { onError: (_error, { aborted }) => void told.push(aborted) },
    })
    const wire = await startSlowly(app)
    truncateSync(path, 200_000)
    const start = Date.now()
    await wire.receiveAll()
    expect(Date.now() - start).to.be.below(1000)
    expect(wire.body.length).to.be.below(LARGE_SIZE)
    await eventually(() => told.length > 0 && !isOpen(path), 'told and closed')
    expect(told).to.deep.equal([false])
  })

  it('grown: exactly what was announced is sent', async () => {
    const path = sandbox.write(`large-${framework.name}.bin`, largeBytes)
    const app = await serve((target) => target.download(path))
    const wire = await startSlowly(app)
    appendFileSync(path, 'more')
    await wire.receiveAll()
    expect(wire.body.equals(largeBytes)).to.equal(true)
  })

  it('replaced or removed: the old one is sent whole', async () => {
    for (const change of [
      (path: string) => renameSync(sandbox.write('other.bin', Buffer.alloc(LARGE_SIZE, 'other')), path),
      (path: string) => unlinkSync(path),
    ]) {
      const path = sandbox.write(`large-${framework.name}.bin`, largeBytes)
      const app = await serve((target) => target.download(path))
      const wire = await startSlowly(app)
      change(path)
      await wire.receiveAll()
      expect(wire.body.equals(largeBytes)).to.equal(true)
    }
  })
})

contract('what is no regular file, or cannot be read', ({ serve, askForError, answer, framework }) => {
  it('a FIFO, a socket and a device are 404 at once', async function () {
    if (process.platform === 'win32') this.skip() // has no mkfifo
    const fifo = sandbox.path(`fifo-${framework.name}`)
    execFileSync('mkfifo', [fifo])
    const socketPath = sandbox.path(`socket-${framework.name}`)
    const server = net.createServer().listen(socketPath)
    await once(server, 'listening')
    for (const path of [fifo, socketPath, '/dev/zero', sandbox.root]) {
      const app = await serve((target) => target.download(path))
      expect((await askForError(app)).status).to.equal(404)
      expect(app.errors).to.have.length(1)
    }
    server.close()
  })

  it('a loop of links and a name that is too long are 404, and name no path', async () => {
    const app = await serve((target) => target.download(sandbox.path('x'.repeat(300))))
    const { status } = await askForError(app)
    expect(status).to.equal(404)
    expect(app.errors[0]?.message).to.equal('File not found')
  })

  it('a file that may not be read is 403, and names no path', async () => {
    chmodSync(sandbox.root, 0o755)
    chmodSync(sandbox.write('locked.txt', 'x'), 0o000)
    const app = await serve((target) => target.download(sandbox.path('locked.txt')))
    const isRoot = process.geteuid?.() === 0 // who may read everything
    if (isRoot) process.seteuid?.(65_534)
    try {
      const { status, text } = await askForError(app)
      expect(status).to.equal(403)
      expect(text + app.errors[0]?.message).not.to.include('locked')
    } finally {
      if (isRoot) process.seteuid?.(0)
    }
  })

  it('a time in the future, before 1970 or with a fraction makes a Last-Modified that holds', async () => {
    for (const time of ['2100-01-01T00:00:00Z', '1960-05-05T05:05:05Z', '2021-01-01T00:00:00.789Z']) {
      const path = sandbox.write(`dated-${framework.name}.txt`, 'dated', new Date(time))
      const app = await serve((target) => target.file(path))
      const first = await askForError(app)
      const modified = first.headers['last-modified'] ?? ''
      expect(new Date(modified).getTime()).to.be.at.most(new Date(first.headers.date ?? '').getTime())
      expect((await askForError(app, { headers: { 'If-Modified-Since': modified } })).status).to.equal(304)
    }
    expect(await answer((target) => target.text('x'))).to.include({ status: 200 })
  })
})

contract('calls that come too late or are not waited for', ({ serve, ask, askForError }) => {
  it('a second send is ALREADY_SENT; the first stays whole', async () => {
    const codes: unknown[] = []
    const app = await serve(async (target) => {
      const first = target.download(small)
      try {
        await target.download(small)
      } catch (error) {
        codes.push((error as { code?: string }).code)
      }
      await first
    })
    const { status, text } = await ask(app)
    expect(status).to.equal(200)
    expect(text).to.equal('small')
    expect(codes).to.deep.equal(['ALREADY_SENT'])
  })

  it('a download without await: a missing file still is one 404', async () => {
    const app = await serve((target) => {
      target.download(sandbox.path('missing'))
    })
    expect((await askForError(app)).status).to.equal(404)
    expect(app.errors).to.have.length(1)
  })

  it('a callback that throws is one error for the framework', async () => {
    const app = await serve((target) =>
      target.download(sandbox.path('missing'), () => {
        throw new Error('of the callback')
      }),
    )
    expect((await askForError(app)).status).to.equal(500)
    expect(app.errors.map(({ message }) => message)).to.deep.equal(['of the callback'])
  })
})

contract('one connection for many', ({ serve }) => {
  it('serves on after 206, 304, 412, 416, HEAD and 204', async () => {
    const app = await serve((target, { url }) =>
      url === '/nothing' ? void target.empty() : target.download(small, { etag: '"v1"' }),
    )
    const wire = await Wire.connect(app.port)
    wire
      .get('/', 'Range: bytes=0-1\r\n')
      .get('/', 'If-None-Match: "v1"\r\n')
      .get('/', 'If-Match: "v2"\r\n')
      .get('/', 'Range: bytes=9-\r\n')
      .send('HEAD / HTTP/1.1\r\nHost: x\r\n\r\n')
      .get('/nothing')
      .get('/', 'Connection: close\r\n')
    const text = (await wire.receiveAll()).toString('latin1')
    expect([...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map((each) => each[1])).to.deep.equal(
      '206 304 412 416 200 204 200'.split(' '),
    )
    expect(text.endsWith('\r\n\r\nsmall')).to.equal(true)
  })

  it('answers 20 pipelined downloads in order', async () => {
    const paths = Array.from({ length: 20 }, (_, index) =>
      sandbox.write(`p${index}.txt`, `file ${index} `.repeat(index % 5 === 0 ? 60_000 : 3)),
    )
    const app = await serve((target, { url }) => target.download(paths[Number(url.slice(1))] ?? ''))
    const wire = await Wire.connect(app.port)
    for (let index = 0; index < 20; index++) wire.get(`/${index}`, index === 19 ? 'Connection: close\r\n' : '')
    const text = (await wire.receiveAll()).toString('latin1')
    const bodies = text.split(/HTTP\/1\.1 200 OK\r\n/).slice(1)
    expect(bodies.map((each) => each.slice(each.indexOf('\r\n\r\n') + 4))).to.deep.equal(
      paths.map((_, index) => `file ${index} `.repeat(index % 5 === 0 ? 60_000 : 3)),
    )
  })

  it('cut inside 50 pipelined downloads leaves nothing open', async () => {
    const app = await serve((target) => target.download(largePath))
    const wire = await Wire.connect(app.port)
    for (let index = 0; index < 50; index++) wire.get()
    await wire.receive(LARGE_SIZE + 1000)
    wire.reset()
    await eventually(() => !isOpen(largePath), 'closed')
    expect(app.errors).to.have.length(0)
  })

  it('an HTTP/1.0 client gets a stream without chunked coding, ended by the close', async () => {
    const app = await serve((target) => target.file(new Set([Buffer.from('one'), Buffer.from('two')])))
    const wire = await Wire.connect(app.port)
    wire.send('GET / HTTP/1.0\r\n\r\n')
    const text = (await wire.receiveAll()).toString()
    expect(text.toLowerCase()).not.to.include('transfer-encoding')
    expect(text.endsWith('\r\n\r\nonetwo')).to.equal(true)
  })

  it('many requests add no listener to it', async () => {
    const app = await serve((target) => target.download(small))
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
    const warnings: string[] = []
    const onWarning = ({ name }: Error): void => void warnings.push(name)
    process.on('warning', onWarning)
    for (let index = 0; index < 200; index++) {
      await new Promise<void>((resolve, reject) => {
        http
          .get({ port: app.port, host: '127.0.0.1', agent }, (incoming) => incoming.resume().once('end', resolve))
          .once('error', reject)
      })
    }
    process.removeListener('warning', onWarning)
    agent.destroy()
    expect(warnings).to.deep.equal([])
  })
})
