import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { expect } from 'chai'
import { contract } from '../support/contract.js'
import { requestPartially } from '../support/partial-request.js'
import { Sandbox } from '../support/sandbox.js'

const sandbox = new Sandbox()
const path = sandbox.write('large.bin', Buffer.alloc(8_000_000, 'x'))
const { read } = fs

type Read = (
  fd: number,
  buffer: NodeJS.ArrayBufferView,
  offset: number,
  length: number,
  position: number,
  done: (error: NodeJS.ErrnoException | null, count: number) => void,
) => void

/** A disk that fails at every read from `position` on, as libuv reports it. */
function failReadsFrom(position: number): void {
  const failing: Read = (fd, buffer, offset, length, from, done) => {
    if (from < position) read(fd, buffer, offset, length, from, done)
    else {
      const error = Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO', errno: -5, syscall: 'read' })
      setImmediate(() => done(error, 0))
    }
  }
  replaceRead(failing as typeof read) // the one overload that the kit calls
}

function replaceRead(replacement: typeof read): void {
  fs.read = replacement
  syncBuiltinESMExports()
}

afterEach(() => replaceRead(read))
after(() => sandbox.remove())

contract('a disk that fails', ({ serve, askForError }) => {
  it('at the first read is an error page without a field of the file', async () => {
    failReadsFrom(0)
    const told: unknown[] = []
    const app = await serve((target) => target.download(path), { kit: { onError: (error) => told.push(error) } })
    const { status, headers, text } = await askForError(app)
    expect(status).to.equal(500)
    expect(headers).not.to.have.any.keys('content-disposition', 'etag', 'last-modified', 'accept-ranges')
    expect(text).not.to.contain(path)
    expect(app.errors).to.have.length(1)
    expect(app.errors[0]).to.include({ code: 'EIO', status: 500 })
    expect(told).to.deep.equal(app.errors)
  })

  it('in mid-body destroys the connection, so that nothing short looks complete', async () => {
    failReadsFrom(1_000_000)
    const told: unknown[] = []
    const app = await serve((target) => target.download(path), {
      kit: { onError: (error, { aborted }) => told.push([(error as { code?: string }).code, aborted]) },
    })
    const { status, headers, text, isComplete } = await requestPartially(app.port)
    expect([status, headers['content-length'], isComplete]).to.deep.equal([200, '8000000', false])
    expect(text.length).to.be.lessThan(8_000_000)
    expect(told).to.deep.equal([['EIO', false]])
  })

  // That every descriptor comes back is asked after each test (test/hooks.ts).
  for (const [title, options, headers] of [
    ['several ranges', {}, { Range: 'bytes=0-999999,3000000-5000000,-9' }],
    ['onProgress', { onProgress: () => {} }, {}],
    ['several ranges and onProgress', { onProgress: () => {} }, { Range: 'bytes=0-999999,3000000-5000000' }],
  ] as const) {
    it(`in mid-body with ${title} destroys the connection, and closes the file`, async () => {
      failReadsFrom(4_000_000)
      const app = await serve((target) => target.file(path, options))
      const { isComplete } = await requestPartially(app.port, { headers })
      expect(isComplete).to.equal(false)
    })
  }

  it('while a hash is computed is an error page, and closes the file', async () => {
    failReadsFrom(4_000_000)
    for (const options of [{ digest: 'sha-256' }, { etag: 'content' }] as const) {
      const app = await serve((target) => target.file(path, options))
      expect((await askForError(app)).status).to.equal(500)
      expect(app.errors[0]).to.include({ code: 'EIO' })
    }
  })
})
